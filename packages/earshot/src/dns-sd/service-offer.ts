import type { TxtInput } from "./txt.ts";

/** A service to publish. */
export interface ServiceOffer {
  /** `_http._tcp`, also with subtypes behind a comma: `_ipp._tcp,_universal`. */
  readonly type: string;
  /** The instance name, any UTF-8 of 1 to 63 bytes without control characters. */
  readonly name: string;
  /** Where it listens, 1 to 65535; 0 only takes the name: there is no such service here (RFC 6763 §8). */
  readonly port: number;
  /** What it says of itself: texts, bytes, or `true` for a key without value; `false`, `null` leave a key out. @default nothing */
  readonly txt?: TxtInput;
  /** Such as `_universal`: who looks for one finds it, too. */
  readonly subtypes?: readonly string[];
  /** The host that offers it, such as `printer` or `printer.local`. @default this host's own name, see `MdnsOptions.host` */
  readonly host?: string;
  /** Addresses of `host`, for a host that does not speak for itself. @default our own, on each link those of that link */
  readonly addresses?: readonly string[];
  /** @default 0 */
  readonly priority?: number;
  /** @default 0 */
  readonly weight?: number;
  /** Seconds that others keep its name and text (PTR, TXT), 1 to 86400. @default 4500 */
  readonly ttlSeconds?: number;
  /** Seconds that others keep host, port and addresses (SRV, A, AAAA), 1 to 86400. @default 120 */
  readonly hostTtlSeconds?: number;
  /** Only on these interfaces, by name. @default all */
  readonly interfaces?: readonly string[];
  /** Asks first whether the names are free; `false` where they were verified by other means. @default true */
  readonly probes?: boolean;
}
