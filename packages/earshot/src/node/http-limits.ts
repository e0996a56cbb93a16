import type { HttpHeaders } from "../network/http.ts";

/** Both as client and as server. */
export const MAX_HEADER_BYTES = 16_384;
export const MAX_HEADERS = 100;

/** Names and values in turn, as Node gives them raw, joined by name. A name is never the key of an object. */
export function headerMap(raw: readonly string[]): HttpHeaders {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    const value = raw[index + 1] ?? "";
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
