import { hostOfUrl, isBroadcast, isLoopback, isMulticast, isUnspecified, parseUrl } from "../core/address.ts";

/** The cloud metadata address: never asked, whoever announces it. */
const METADATA_ADDRESS = "169.254.169.254";

/**
 * Why a LOCATION that `from` announced should not be fetched; `undefined` when it may be. Decided on what a URL
 * parser makes of it, never on the raw text: only `http:` or `https:`, a literal address, and that address the very
 * one that spoke (UDA 2.0 §A.2).
 */
export function whyUnusable(url: string, from: string): string | undefined {
  const parsed = parseUrl(url);
  if (!parsed) return "not an absolute URL";
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return "neither http nor https";
  if (parsed.username !== "" || parsed.password !== "") return "carries user information";
  const host = hostOfUrl(url);
  if (!host) return "has no host";
  if ("name" in host) return "names its host instead of giving its address";
  return host.port === 0 ? "port 0" : whyForeign(host.address, from);
}

function whyForeign(address: string, from: string): string | undefined {
  if (address === METADATA_ADDRESS) return "the metadata address";
  if (isUnspecified(address)) return "the unspecified address";
  if (isMulticast(address) || isBroadcast(address)) return "a group address";
  if (isLoopback(address) && !isLoopback(from)) return "a loopback address, announced from another host";
  return address === from ? undefined : "an address other than the one that announced it";
}
