import { UsageError } from "../core/errors.ts";
import { writeXml, type XmlOutput } from "../xml/write.ts";
import { DEVICE_NAMESPACE } from "./described-elements.ts";
import type { ServedDevice, ServedIcon, ServedService } from "./served-device.ts";

export interface WriteDescriptionOptions {
  /** The `configId` attribute, the same number as in CONFIGID.UPNP.ORG; 0 to 16777215. None is written for 1.0. */
  readonly configId?: number;
  /** Old clients refuse what they do not know, 2.0 above all. @default "1.1" */
  readonly specVersion?: SpecVersion;
}

/** The version of the UPnP Device Architecture that is claimed. */
export type SpecVersion = "1.0" | "1.1" | "2.0";

/**
 * Writes the device description to serve (UDA 1.1 §2.3), in UTF-8: elements in the order of the schema, which clients
 * depend on; no URLBase; texts cut to what readers are made for (§2.3: fewer than 64 characters of friendlyName and
 * manufacturer, 32 of modelName and modelNumber, 128 of modelDescription, 64 of serialNumber). All else is as given.
 * @throws UsageError `INVALID_XML` when a text holds a code point that XML cannot; `INVALID_OFFER` when two services
 * of one device have the same serviceId, or the name in a service type is longer than 64 characters.
 */
export function writeDescription(
  device: ServedDevice,
  options: WriteDescriptionOptions = {},
): Uint8Array<ArrayBuffer> {
  return writeXml({
    name: "root",
    attributes: rootAttributes(DEVICE_NAMESPACE, options),
    content: [specVersion(options), deviceElement(device)],
  });
}

/**
 * Writes the smallest service description that is valid (UDA 1.1 §2.5), for a service that is announced and not
 * implemented: no actions, and one variable of our own, which is not evented.
 */
export function writeEmptyScpd(options: WriteDescriptionOptions = {}): Uint8Array<ArrayBuffer> {
  const variable = {
    name: "stateVariable",
    attributes: [["sendEvents", "no"]] as const,
    content: [text("name", "X_Announced"), text("dataType", "boolean"), text("defaultValue", "1")],
  };
  return writeXml({
    name: "scpd",
    attributes: rootAttributes(SERVICE_NAMESPACE, options),
    content: [specVersion(options), { name: "serviceStateTable", content: [variable] }],
  });
}

const SERVICE_NAMESPACE = "urn:schemas-upnp-org:service-1-0";

function rootAttributes(
  namespace: string,
  { configId, specVersion = "1.1" }: WriteDescriptionOptions,
): readonly (readonly [string, string])[] {
  const xmlns = ["xmlns", namespace] as const;
  return configId === undefined || specVersion === "1.0" ? [xmlns] : [xmlns, ["configId", String(configId)]];
}

function specVersion({ specVersion = "1.1" }: WriteDescriptionOptions): XmlOutput {
  const [major = "", minor = ""] = specVersion.split(".");
  return { name: "specVersion", content: [text("major", major), text("minor", minor)] };
}

function deviceElement(device: ServedDevice): XmlOutput {
  checkServices(device.services);
  return {
    name: "device",
    content: [
      text("deviceType", device.deviceType),
      text("friendlyName", cut(device.friendlyName, 64)),
      text("manufacturer", cut(device.manufacturer, 64)),
      ...optional("manufacturerURL", device.manufacturerUrl),
      ...optional("modelDescription", device.modelDescription, 128),
      text("modelName", cut(device.modelName, 32)),
      ...optional("modelNumber", device.modelNumber, 32),
      ...optional("modelURL", device.modelUrl),
      ...optional("serialNumber", device.serialNumber, 64),
      text("UDN", device.udn),
      ...optional("UPC", device.upc),
      ...list("iconList", device.icons.map(iconElement)),
      ...list("serviceList", device.services.map(serviceElement)),
      ...list("deviceList", device.devices.map(deviceElement)),
      ...optional("presentationURL", device.presentationUrl),
    ],
  };
}

function iconElement({ mimeType, width, height, depth, url }: ServedIcon): XmlOutput {
  return {
    name: "icon",
    content: [
      text("mimetype", mimeType),
      text("width", String(width)),
      text("height", String(height)),
      text("depth", String(depth)),
      text("url", url),
    ],
  };
}

function serviceElement(service: ServedService): XmlOutput {
  return {
    name: "service",
    content: [
      text("serviceType", service.serviceType),
      text("serviceId", service.serviceId),
      text("SCPDURL", service.scpdUrl),
      text("controlURL", service.controlUrl),
      text("eventSubURL", service.eventSubUrl),
    ],
  };
}

/** UDA 1.1 §2.3: the name in a service type has at most 64 characters, and ids are unique in their device. */
function checkServices(services: readonly ServedService[]): void {
  const ids = new Set<string>();
  for (const { serviceType, serviceId } of services) {
    if ((serviceType.split(":")[3] ?? "").length > 64)
      throw new UsageError("INVALID_OFFER", `the name in the service type ${serviceType} is too long`);
    if (ids.has(serviceId))
      throw new UsageError("INVALID_OFFER", `two services of one device have the serviceId ${serviceId}`);
    ids.add(serviceId);
  }
}

function text(name: string, content: string): XmlOutput {
  return { name, content };
}

function optional(name: string, content: string | undefined, below?: number): readonly XmlOutput[] {
  if (content === undefined) return [];
  return [text(name, below === undefined ? content : cut(content, below))];
}

/** Lists are left out when empty: the schema wants at least one item. */
function list(name: string, content: readonly XmlOutput[]): readonly XmlOutput[] {
  return content.length === 0 ? [] : [{ name, content }];
}

/** Fewer than `below` characters, none of them cut in two. */
function cut(content: string, below: number): string {
  return [...content].slice(0, below - 1).join("");
}
