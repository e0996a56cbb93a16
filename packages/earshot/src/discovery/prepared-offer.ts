import { UsageError } from "../core/errors.ts";
import type { HttpHandler, Network } from "../network/index.ts";
import {
  advertisement,
  contentId,
  type DeviceNode,
  type DeviceOffer,
  productTokens,
  type Advertisement as SsdpAdvertised,
} from "../ssdp/index.ts";
import {
  type DeviceToHost,
  type HostedDocuments,
  hostDevice,
  hostingHandler,
  typeName,
} from "../upnp/index.ts";
import { deviceOffer, type SsdpOffer } from "./offer.ts";

/** An offer, checked and completed, ready to be announced. */
export interface PreparedOffer {
  readonly advertised: SsdpAdvertised;
  /** Answers for its description, when that is ours to serve. */
  readonly handler?: HttpHandler;
}

/**
 * Checks and completes an offer, and writes its description, if it has one.
 * @throws UsageError for an offer that cannot be.
 */
export function prepareOffer(offer: SsdpOffer, network: Pick<Network, "uuid" | "system">): PreparedOffer {
  const device = deviceOffer(offer, (name) => network.uuid(name));
  if (offer.description === undefined) return { advertised: advertisement(device) };
  const { root } = device;
  if (!root) throw new UsageError("INVALID_OFFER", "only a device, urn:…:device:…:1, has a description");
  const path = pathOf(offer);
  const specVersion = device.dialect === "1.0" || device.dialect === "2.0" ? device.dialect : "1.1";
  const location = `http://{address}:{port}${path}`;
  const subject: DeviceToHost = {
    root,
    name: offer.name ?? typeName(offer.type),
    description: offer.description,
    path,
    specVersion,
  };
  const configId = device.configId ?? editionOf(root, hostDevice(subject, 0));
  const advertised = advertisement({ ...device, location, configId });
  const server = serverOf(device, productTokens(network.system, specVersion));
  return { advertised, handler: hostingHandler({ ...hostDevice(subject, configId), server }) };
}

function pathOf({ location, port, path = "/description.xml" }: SsdpOffer): string {
  if (location !== undefined || port !== undefined) {
    throw new UsageError(
      "INVALID_OFFER",
      "with a description that is served here there is no other location, nor a port to choose",
    );
  }
  return path.startsWith("/") ? path : `/${path}`;
}

/** CONFIGID: another one as soon as any document has another content (UDA 1.1 §1.2.2). */
function editionOf(root: DeviceNode, { files }: HostedDocuments): number {
  const latin = new TextDecoder("latin1");
  const texts = [...files].map(([path, { contentType, body }]) => [path, contentType, latin.decode(body)]);
  return contentId(JSON.stringify([root, texts]));
}

/** As in the announcements; HTTP cannot carry all that SSDP can. */
function serverOf({ server }: DeviceOffer, ours: string): string {
  return server !== undefined && /^[\x20-\x7e]+$/.test(server) ? server : ours;
}
