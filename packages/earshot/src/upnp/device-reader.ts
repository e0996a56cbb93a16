import type { XmlElement } from "../xml/index.ts";
import type { DescribedElements } from "./described-elements.ts";
import type { DescribedDevice, DescribedIcon, DescribedService } from "./description.ts";
import type { DescriptionUrls, Resolved } from "./description-urls.ts";
import type { Violations } from "./violations.ts";

const MOST_DEVICES = 256;
const MOST_DEPTH = 8;
/** Of one device. */
const MOST_SERVICES = 256;
const MOST_ICONS = 32;

/** Reads the devices of one description, within limits. Elements may stand in any order, and unknown ones between. */
export class DeviceReader {
  readonly #elements: DescribedElements;
  readonly #urls: DescriptionUrls;
  readonly #violations: Violations;
  readonly #udns = new Set<string>();
  #devices = 0;

  constructor(elements: DescribedElements, urls: DescriptionUrls, violations: Violations) {
    this.#elements = elements;
    this.#urls = urls;
    this.#violations = violations;
  }

  read(element: XmlElement): DescribedDevice {
    return this.#device(element, this.#identify(element), 1);
  }

  #device(element: XmlElement, udn: string | undefined, depth: number): DescribedDevice {
    this.#devices++;
    return {
      udn,
      deviceType: this.#required(element, "deviceType"),
      friendlyName: this.#required(element, "friendlyName"),
      manufacturer: this.#required(element, "manufacturer"),
      manufacturerUrl: this.#toShow(element, "manufacturerURL"),
      modelDescription: this.#elements.text(element, "modelDescription"),
      modelName: this.#required(element, "modelName"),
      modelNumber: this.#elements.text(element, "modelNumber"),
      modelUrl: this.#toShow(element, "modelURL"),
      serialNumber: this.#elements.text(element, "serialNumber"),
      upc: this.#elements.text(element, "UPC"),
      presentationUrl: this.#toShow(element, "presentationURL"),
      icons: this.#list(element, "icon", MOST_ICONS, "TOO_MANY_ICONS").map((icon) => this.#icon(icon)),
      services: this.#list(element, "service", MOST_SERVICES, "TOO_MANY_SERVICES").map((service) =>
        this.#service(service),
      ),
      devices: this.#embedded(element, depth + 1),
    };
  }

  #embedded(element: XmlElement, depth: number): DescribedDevice[] {
    const found = this.#list(element, "device", MOST_DEVICES, "TOO_MANY_DEVICES");
    if (found.length === 0) return [];
    if (depth > MOST_DEPTH) {
      this.#violations.note("DEVICES_TOO_DEEP");
      return [];
    }
    const devices: DescribedDevice[] = [];
    for (const device of found) {
      if (this.#devices >= MOST_DEVICES) {
        this.#violations.note("TOO_MANY_DEVICES");
        break;
      }
      const udn = this.#elements.text(device, "UDN");
      if (udn !== undefined && this.#udns.has(udn)) this.#violations.note("DUPLICATE_UDN", udn);
      else devices.push(this.#device(device, this.#identify(device), depth));
    }
    return devices;
  }

  #identify(element: XmlElement): string | undefined {
    const udn = this.#required(element, "UDN");
    if (udn !== undefined) this.#udns.add(udn);
    return udn;
  }

  #service(element: XmlElement): DescribedService {
    if (!this.#elements.first(element, "eventSubURL"))
      this.#violations.note("MISSING_ELEMENT", "eventSubURL");
    return {
      serviceType: this.#required(element, "serviceType"),
      serviceId: this.#required(element, "serviceId"),
      scpdUrl: this.#toFetch("SCPDURL", this.#required(element, "SCPDURL")),
      controlUrl: this.#toFetch("controlURL", this.#required(element, "controlURL")),
      // Present but empty is how a service says that it has no events (UDA 1.1 §2.3).
      eventSubUrl: this.#toFetch("eventSubURL", this.#elements.text(element, "eventSubURL")),
    };
  }

  #icon(element: XmlElement): DescribedIcon {
    return {
      mimeType: this.#required(element, "mimetype"),
      width: this.#number(element, "width"),
      height: this.#number(element, "height"),
      depth: this.#number(element, "depth"),
      url: this.#toFetch("url", this.#required(element, "url")),
    };
  }

  /** The items of `<itemList>`, or of several such lists. */
  #list(element: XmlElement, item: string, most: number, tooMany: string): readonly XmlElement[] {
    const lists = this.#elements.all(element, `${item}List`);
    const items = lists.flatMap((list) => this.#elements.all(list, item));
    if (items.length > most) this.#violations.note(tooMany);
    return items.slice(0, most);
  }

  #required(element: XmlElement, name: string): string | undefined {
    const text = this.#elements.text(element, name);
    if (text === undefined) this.#violations.note("MISSING_ELEMENT", name);
    return text;
  }

  #number(element: XmlElement, name: string): number | undefined {
    const text = this.#required(element, name);
    if (text === undefined) return undefined;
    if (/^\d{1,6}$/.test(text)) return Number(text);
    this.#violations.note("NOT_A_NUMBER", name);
    return undefined;
  }

  #toFetch(name: string, text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.#noted(name, text, this.#urls.toFetch(text));
  }

  #toShow(element: XmlElement, name: string): string | undefined {
    const text = this.#elements.text(element, name);
    if (text === undefined) return undefined;
    const resolved = this.#urls.toShow(text);
    // The makers' own pages are elsewhere by nature.
    if (resolved.url !== undefined && name !== "presentationURL") return resolved.url;
    return this.#noted(name, text, resolved);
  }

  #noted(name: string, text: string, { url, fault }: Resolved): string | undefined {
    if (fault) this.#violations.note(fault, `${name} ${text}`);
    return url;
  }
}
