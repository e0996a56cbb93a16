/** In what a message differs from RFC 1035 and RFC 6762 §18, and was read all the same: what is named was left out, or read leniently. */
export type DnsViolationCode =
  | "bad-label-type"
  | "bad-rdata"
  | "forward-pointer"
  | "message-cut-short"
  | "name-cut-short"
  | "name-too-long"
  | "names-too-large"
  | "pointer-into-header"
  | "pointer-loop"
  | "pointer-past-end"
  | "rdata-left-over"
  | "too-many-entries"
  | "trailing-bytes";

/** Each code is told once per message, of the first place it was met at. */
export interface DnsViolation {
  /** One of `DnsViolationCode`. */
  readonly code: string;
  /** For people. */
  readonly message: string;
}
