import type { Name } from "./name.ts";

/** TYPE codes that have a form of their own here (RFC 1035 §3.2.2 and the RFCs of each), and those that only ask. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  PTR: 12,
  HINFO: 13,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  NSEC: 47,
  SVCB: 64,
  HTTPS: 65,
  ANY: 255,
} as const;

/** CLASS codes, without the top bit: mDNS uses it for other things (RFC 6762 §18.12, §18.13). */
export const CLASS = { IN: 1, ANY: 255 } as const;

/** What a record says. `opaque` is any type without a form of its own, its names written out (RFC 3597 §4). */
export type RecordData =
  | { readonly kind: "A" | "AAAA" /** Canonical text. */; readonly address: string }
  | { readonly kind: "PTR" | "CNAME"; readonly target: Name }
  | {
      readonly kind: "SRV";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: Name;
    }
  | { readonly kind: "TXT" /** The RDATA: strings with a length byte each. */; readonly bytes: Uint8Array }
  | { readonly kind: "NSEC"; readonly next: Name /** Ascending. */; readonly types: readonly number[] }
  | { readonly kind: "HINFO"; readonly cpu: string; readonly os: string }
  | {
      readonly kind: "SVCB";
      readonly priority: number;
      readonly target: Name;
      /** Values by key, ascending. */
      readonly params: ReadonlyMap<number, Uint8Array>;
    }
  | {
      readonly kind: "OPT";
      readonly options: readonly { readonly code: number; readonly bytes: Uint8Array }[];
    }
  | { readonly kind: "opaque"; readonly bytes: Uint8Array };

/** A resource record as it stands in a message. */
export interface ResourceRecord {
  readonly name: Name;
  /** TYPE code. */
  readonly type: number;
  /** CLASS code without the cache-flush bit. */
  readonly class: number;
  /** The cache-flush bit: this and its siblings in the message are all there is (RFC 6762 §10.2). */
  readonly flush: boolean;
  /** Seconds, 0 to 2^32-1; 0 is a goodbye (RFC 6762 §10.1). Of OPT the extended flags. */
  readonly ttl: number;
  readonly data: RecordData;
}

export interface Question {
  readonly name: Name;
  /** TYPE code; 255 is ANY. */
  readonly type: number;
  /** CLASS code without the QU bit. */
  readonly class: number;
  /** The QU bit: an answer by unicast is welcome (RFC 6762 §5.4). */
  readonly unicast: boolean;
}
