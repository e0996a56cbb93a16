import type { Headers } from "./http-headers.ts";

/** How far a stranger's message may go before it is refused unread. Sizes are in bytes. */
export interface HeadLimits {
  /** Of the whole message. */
  readonly maxBytes: number;
  /** Of one line without its line break. */
  readonly maxLineBytes: number;
  /** Lines after the start line, whether or not they turn out to be headers. */
  readonly maxHeaders: number;
}

/** Why no head was read: nothing is there, or more than the limits allow. */
export type HeadFailure = "empty" | "too-long" | "line-too-long" | "too-many-headers";

/** In what a head differs from the message format of RFC 2616 section 4, and was read all the same. */
export type HeadDeviationCode =
  | "bad-header-name"
  | "bare-carriage-return"
  | "body"
  | "control-character"
  | "duplicate-header"
  | "folded-line"
  | "indented-header"
  | "line-feed-only"
  | "line-without-colon"
  | "missing-blank-line"
  | "no-space-after-colon"
  | "not-utf-8"
  | "space-before-colon"
  | "tab-as-space"
  | "trailing-padding"
  | "unterminated-line";

/** A deviation, told once per message and code; `detail` names the first header concerned, where there is one. */
export interface HeadDeviation {
  readonly code: HeadDeviationCode;
  readonly detail?: string;
}

export interface Head {
  readonly startLine: string;
  readonly headers: Headers;
  readonly deviations: readonly HeadDeviation[];
}
