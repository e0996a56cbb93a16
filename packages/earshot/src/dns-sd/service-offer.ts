import type { TxtInput } from "./txt.ts";

/** A service to publish. */
export interface ServiceOffer {
  /** `_http._tcp`, also with subtypes behind a comma: `_http._tcp,_printer`. */
  readonly type: string;
  /** The instance name, any UTF-8 of 1 to 63 bytes without control characters. */
  readonly name: string;
  /** 0 to 65535; 0 only takes the name (RFC 6763 §8). */
  readonly port: number;
  /** @default no keys: one zero byte */
  readonly txt?: TxtInput;
  readonly subtypes?: readonly string[];
  /** The host that offers it, such as `printer` or `printer.local`. @default this host */
  readonly host?: string;
  /** Addresses of `host`; given for a host that cannot speak for itself (a proxy). @default of our own on each link */
  readonly addresses?: readonly string[];
  /** @default 0 */
  readonly priority?: number;
  /** @default 0 */
  readonly weight?: number;
  /** Seconds that TXT and PTR live, 1 to 86400. @default 4500 */
  readonly ttlSeconds?: number;
  /** Seconds that SRV and addresses live, 1 to 86400. @default 120 */
  readonly hostTtlSeconds?: number;
  /** Only on these interfaces, by name. @default all */
  readonly interfaces?: readonly string[];
  /** Probe for the names first; false where they were verified already. @default true */
  readonly probes?: boolean;
}
