import { UsageError } from "../core/errors.ts";
import type { DeviceNode } from "../ssdp/index.ts";
import type { HostedFile } from "./hosting.ts";
import type { OfferedDescription } from "./offered.ts";
import { type DocumentPaths, PathPlan } from "./path-plan.ts";
import type { ServedDevice, ServedIcon } from "./served-device.ts";
import { serviceIds, typeName } from "./service-names.ts";
import {
  type SpecVersion,
  type WriteDescriptionOptions,
  writeDescription,
  writeEmptyScpd,
} from "./write-description.ts";

/** A device whose description we serve. */
export interface DeviceToHost {
  readonly root: DeviceNode;
  /** For people; used where the description has no friendlyName. */
  readonly name: string;
  readonly description: OfferedDescription;
  /** Absolute path of the description. */
  readonly path: string;
  readonly specVersion: SpecVersion;
}

/** Documents that belong together: those of one edition, which CONFIGID names. */
export interface HostedDocuments {
  readonly files: ReadonlyMap<string, HostedFile>;
  readonly silent: ReadonlySet<string>;
}

/**
 * The description of a device, a service description for each of its services, its icons and the files that go with them.
 * Every service has the smallest service description that is valid, unless a file of the offer is served in its place;
 * its control URL is there and answers nothing, and it has no events.
 * @param configId stands in each document; given to tell whether two are of the same content, any number will do.
 * @throws UsageError `INVALID_OFFER` or `INVALID_XML`.
 */
export function hostDevice(device: DeviceToHost, configId: number): HostedDocuments {
  const { root, description, path, specVersion } = device;
  const options: WriteDescriptionOptions = { configId, specVersion };
  const plan = new PathPlan(path, description.files ?? {});
  const described = new Describer(device, plan, { contentType: XML, body: writeEmptyScpd(options) });
  const tree = described.describe(root, description, undefined);
  described.assertAllDescribed();
  plan.addFiles(description.files ?? {});
  plan.add(path, { contentType: XML, body: writeDescription(tree, options) });
  return { files: plan.files, silent: plan.silent };
}

const XML = 'text/xml; charset="utf-8"';

/** Goes through a device tree, and plans what is served for it. */
class Describer {
  readonly #device: DeviceToHost;
  readonly #plan: DocumentPaths;
  readonly #scpd: HostedFile;
  /** What embedded devices tell of themselves, as far as no device was found that it is of. */
  readonly #unused: Set<string>;

  constructor(device: DeviceToHost, plan: DocumentPaths, scpd: HostedFile) {
    this.#device = device;
    this.#plan = plan;
    this.#scpd = scpd;
    this.#unused = new Set(Object.keys(device.description.devices ?? {}));
  }

  /** @param parent the device that it is embedded in; a maker who is not told of is that device's. */
  describe(node: DeviceNode, own: OfferedDescription, parent: ServedDevice | undefined): ServedDevice {
    const { devices: _, icons = [], files: __, presentationUrl, friendlyName, ...texts } = own;
    const name = parent ? typeName(node.type) : this.#device.name;
    const device = {
      manufacturer: parent?.manufacturer ?? "earshot",
      modelName: parent?.modelName ?? "earshot",
      ...texts,
      deviceType: node.type,
      udn: node.udn,
      friendlyName: friendlyName?.trim() || name,
      presentationUrl: presentationUrl === undefined ? undefined : this.#plan.page(presentationUrl),
      icons: icons.map((icon): ServedIcon => {
        const { mimeType, width, height, depth } = checkIcon(icon);
        return { mimeType, width, height, depth, url: this.#plan.icon(mimeType, icon.data) };
      }),
      services: this.#services(node.services ?? []),
    };
    checkTexts(device);
    const served: ServedDevice = { ...device, devices: [] };
    return { ...served, devices: this.#embedded(node.devices ?? [], served) };
  }

  /** @throws UsageError `INVALID_OFFER` when something is told of a device that is none of the tree. */
  assertAllDescribed(): void {
    const [stray] = this.#unused;
    if (stray === undefined) return;
    throw new UsageError(
      "INVALID_OFFER",
      `there is no embedded device ${JSON.stringify(stray)}; name it by UDN or type`,
    );
  }

  #services(types: readonly string[]): ServedDevice["services"] {
    const ids = serviceIds(types);
    return types.map((serviceType, index) => ({
      serviceType,
      serviceId: ids[index] ?? "",
      ...this.#plan.service(typeName(serviceType), this.#scpd),
      eventSubUrl: "",
    }));
  }

  #embedded(nodes: readonly DeviceNode[], parent: ServedDevice): readonly ServedDevice[] {
    const told = new Map(Object.entries(this.#device.description.devices ?? {}));
    return nodes.map((node) => {
      const key = [node.udn, node.type].find((name) => told.has(name));
      if (key !== undefined) this.#unused.delete(key);
      return this.describe(node, told.get(key ?? "") ?? {}, parent);
    });
  }
}

type Texts = Pick<ServedDevice, "manufacturerUrl" | "modelUrl" | "upc">;

function checkTexts({ manufacturerUrl, modelUrl, upc }: Texts): void {
  for (const [name, url] of Object.entries({ manufacturerUrl, modelUrl })) {
    if (url === undefined || (/^https?:\/\//i.test(url) && URL.canParse(url))) continue;
    throw new UsageError("INVALID_OFFER", `${name} ${JSON.stringify(url)} is no URL of http: or https:`);
  }
  if (upc !== undefined && !/^\d{12}$/.test(upc))
    throw new UsageError("INVALID_OFFER", `upc ${JSON.stringify(upc)} is not twelve digits`);
}

function checkIcon<Icon extends Omit<ServedIcon, "url">>(icon: Icon): Icon {
  const sizes = [icon.width, icon.height, icon.depth];
  if (sizes.every((size) => Number.isInteger(size) && size > 0)) return icon;
  throw new UsageError("INVALID_OFFER", "an icon needs its width, height and depth, whole numbers above 0");
}
