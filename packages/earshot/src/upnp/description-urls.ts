import { hostOfUrl, parseUrl, readUrl } from "../core/address.ts";
import { UsageError } from "../core/errors.ts";

/** Why a URL of a description is not used: it leads to another host, or is none that could be. */
export type UrlFault = "FOREIGN_URL" | "UNUSABLE_URL";

/** `url` may be used; `fault` is what is to be said of it. */
export interface Resolved {
  readonly url?: string;
  readonly fault?: UrlFault;
}

/**
 * The URLs of one description made absolute. They are a stranger's words: what is going to be fetched must lead to the
 * very host that the description came from, or it could be any service that this host can reach and the stranger
 * cannot.
 */
export class DescriptionUrls {
  /** What relative URLs are resolved against. */
  readonly base: string;
  /** Whether the description has a URLBase that is not used: it leads to another host, or nowhere. */
  readonly ignoresUrlBase: boolean;
  readonly #location: string;

  /**
   * @param location the absolute `http:` or `https:` URL of the description.
   * @param urlBase its URLBase, if it has one (UDA 1.0 §2.1).
   * @throws UsageError `INVALID_URL` when `location` is no such URL.
   */
  constructor(location: string, urlBase: string | undefined) {
    const parsed = parseUrl(location);
    if (!parsed || !isWeb(parsed))
      throw new UsageError("INVALID_URL", `${JSON.stringify(location)} is not the URL of a description`);
    this.#location = parsed.href;
    this.base = parsed.href;
    const base = urlBase === undefined ? {} : this.toFetch(urlBase);
    this.ignoresUrlBase = urlBase !== undefined && base.url === undefined;
    if (base.url !== undefined) this.base = base.url;
  }

  /** A URL that a program is going to use: only on the host that the description came from. */
  toFetch(text: string): Resolved {
    const url = this.#resolve(text);
    if (!url || !isWeb(url)) return { fault: "UNUSABLE_URL" };
    return isSameHost(url.href, this.#location) ? { url: url.href } : { fault: "FOREIGN_URL" };
  }

  /** A URL for a person to follow, on whatever host. */
  toShow(text: string): Resolved {
    const url = this.#resolve(text);
    if (!url || !isWeb(url)) return { fault: "UNUSABLE_URL" };
    return isSameHost(url.href, this.#location) ? { url: url.href } : { url: url.href, fault: "FOREIGN_URL" };
  }

  /**
   * As RFC 3986 §5 says, save for what devices write: spaces and backslashes; a URN as a path; `//path`. White space
   * within goes first: a URL parser drops it, and so `java⏎script:` would be a scheme.
   */
  #resolve(written: string): URL | undefined {
    const text = written.replace(/[\t\n\r]/g, "").trim();
    if (text.startsWith("\\\\")) return undefined;
    const scheme = /^[a-z][a-z0-9+.-]{0,31}(?=:)/i.exec(text)?.[0].toLowerCase();
    if (scheme === "http" || scheme === "https") return parseUrl(text);
    if (scheme !== undefined) return isPath(scheme, text) ? this.#parse(`./${text}`) : undefined;
    const url = this.#parse(text);
    const isDoubled = /^\/\/[^./:[\]\\]*(?:\/|$)/.test(text);
    return isDoubled && !(url && isSameHost(url.href, this.#location)) ? this.#parse(text.slice(1)) : url;
  }

  #parse(text: string): URL | undefined {
    return readUrl(text, this.base);
  }
}

/** Schemes that lead somewhere, or do something, without `//` behind them. */
const SCHEMES: ReadonlySet<string> = new Set(
  "javascript vbscript data file blob about mailto tel sms view-source filesystem jar ws wss ftp".split(" "),
);

/** Whether what looks like a scheme is the beginning of a path, such as `urn:upnp-org:serviceId:X/control`. */
function isPath(scheme: string, text: string): boolean {
  return !SCHEMES.has(scheme) && !/^[/\\]{2}/.test(text.slice(scheme.length + 1));
}

function isWeb({ protocol, username, password, port }: URL): boolean {
  return (protocol === "http:" || protocol === "https:") && username + password === "" && port !== "0";
}

function isSameHost(a: string, b: string): boolean {
  const [one, other] = [hostOfUrl(a), hostOfUrl(b)];
  if (!one || !other) return false;
  if ("address" in one) return "address" in other && one.address === other.address;
  return "name" in other && one.name === other.name;
}
