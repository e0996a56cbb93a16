import {
  hostOfUrl,
  isLinkLocal,
  isLoopback,
  isOnLink,
  isUnspecified,
  parseUrl,
  urlHost,
} from "../core/address.ts";
import type { Link } from "../core/engine.ts";
import { whyUnusable } from "../ssdp/index.ts";

/** Where to fetch, and on whose word. */
export interface FetchTarget {
  /** Absolute. */
  readonly url: string;
  /** The address that announced it, without zone: nobody else is asked. */
  readonly from: string;
  /** The link it was announced on, by which the request leaves. */
  readonly link: Link;
}

/**
 * Why it is not fetched; `undefined` when it may be: only `http:`, only the very address that spoke, and only while that
 * is on the link.
 */
export function whyNotFetched({ url, from, link }: FetchTarget): string | undefined {
  const why = whyUnusable(url, from);
  if (why !== undefined) return why;
  if (parseUrl(url)?.protocol !== "http:") return "https, which is not fetched";
  return isOnLink(from, link.addresses) ? undefined : "an address that is not on the link";
}

/**
 * The URL with the address that spoke in the place of its host, when that is one that only the speaker itself can mean:
 * loopback, link-local, or unspecified. Devices that have not found their own address yet announce such.
 */
export function repairedUrl(url: string, from: string): string | undefined {
  const parsed = parseUrl(url);
  const host = hostOfUrl(url);
  if (parsed?.protocol !== "http:" || !host || !("address" in host) || host.address === from)
    return undefined;
  const isOwn = isLoopback(host.address) || isLinkLocal(host.address) || isUnspecified(host.address);
  if (!isOwn || host.address === METADATA) return undefined;
  const port = parsed.port === "" ? "" : `:${parsed.port}`;
  const repaired = `http://${urlHost(from)}${port}${parsed.pathname}${parsed.search}`;
  return whyUnusable(repaired, from) === undefined ? repaired : undefined;
}

/** The metadata service of clouds is no device that lost its address. */
const METADATA = "169.254.169.254";
