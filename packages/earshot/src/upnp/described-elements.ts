import { ownText } from "../core/own-text.ts";
import type { XmlElement } from "../xml/index.ts";

/** The namespace of device descriptions (UDA 1.1 §2.3). */
export const DEVICE_NAMESPACE = "urn:schemas-upnp-org:device-1-0";

/**
 * Finds elements of a description by local name. Devices leave the namespace out or misspell it, and use prefixes that
 * they never bind: so an element in no namespace or an unknown one will do where there is none in the right one. One
 * that is known to mean something else never does.
 */
export class DescribedElements {
  /** The namespace of the root, taken for the one that was meant. */
  readonly #home: string | undefined;

  constructor(home: string | undefined) {
    this.#home = home;
  }

  /** Children of `parent` with this local name; of those in several namespaces the ones in the best. */
  all(parent: XmlElement, localName: string): readonly XmlElement[] {
    const named = parent.children.filter((child) => child.localName === localName);
    const ranked = named.map((child) => ({ child, rank: this.#rank(child.namespace) }));
    const best = ranked.reduce((least, { rank }) => Math.min(least, rank), FOREIGN);
    return ranked.flatMap(({ child, rank }) => (rank === best && rank < FOREIGN ? [child] : []));
  }

  first(parent: XmlElement, localName: string): XmlElement | undefined {
    return this.all(parent, localName)[0];
  }

  /** The text of the first such child without white space around it; `undefined` when there is none. */
  text(parent: XmlElement, localName: string): string | undefined {
    const text = this.first(parent, localName)?.text.trim();
    return text === undefined || text === "" ? undefined : ownText(text);
  }

  #rank(namespace: string | undefined): number {
    if (namespace === this.#home || isDeviceNamespace(namespace)) return 0;
    if (namespace === undefined) return 1;
    return isForeignNamespace(namespace) ? FOREIGN : 2;
  }
}

/** Whether this namespace is a known one with another purpose than to describe devices. */
export function isForeignNamespace(namespace: string | undefined): boolean {
  if (namespace === undefined || isDeviceNamespace(namespace)) return false;
  return OTHERS.some((other) => namespace.startsWith(other));
}

const FOREIGN = 3;
/** Beginnings of namespaces of other standards and of makers' additions. */
const OTHERS = [
  "urn:schemas-upnp-org:",
  "urn:schemas-dlna-org:",
  "urn:schemas-microsoft-com:",
  "urn:schemas-sony-com:",
  "http://www.sec.co.kr/",
  "http://schemas.microsoft.com/",
  "http://schemas.xmlsoap.org/",
  "http://docs.oasis-open.org/",
  "http://purl.org/",
  "http://www.w3.org/",
];

/** Devices write a slash behind it, and other numbers. */
function isDeviceNamespace(namespace: string | undefined): boolean {
  return namespace !== undefined && /^urn:schemas-upnp-org:device-\d{1,3}-\d{1,3}\/?$/.test(namespace);
}
