import type { HeadDeviationCode, HeadFailure, HeadLimits } from "../core/http-head.ts";
import type { Headers } from "../core/http-headers.ts";
import { HeadReader, writeHead } from "../core/http-message.ts";

export { Headers } from "../core/http-headers.ts";

export type MessageKind = "notify" | "search" | "response";

/**
 * How a message differs from what UDA section 1.1 lets be sent, and was read all the same. `conflicting-header`
 * says that a header on which decisions hang comes twice with different values; `inexact-status-line` that a
 * response does not begin with exactly `HTTP/1.1 200 OK`. The others are those of the message format.
 */
export type ViolationCode = HeadDeviationCode | "conflicting-header" | "inexact-status-line";

/** Each code is told once per message; `detail` names the first header concerned, where there is one. */
export interface Violation {
  readonly code: ViolationCode;
  readonly detail?: string;
}

/** A message that says what it is, however it was written. Whether it has the headers its kind needs is not said. */
export interface SsdpMessage {
  readonly kind: MessageKind;
  readonly headers: Headers;
  readonly violations: readonly Violation[];
}

/** Why something is no SSDP message: its size, or its start line (UDA section 1.1.1). */
export type MalformedReason =
  | HeadFailure
  | "unknown-start-line"
  | "missing-request-uri"
  | "bad-request-uri"
  | "missing-http-version"
  | "bad-http-version"
  | "bad-status";

export interface MalformedMessage {
  readonly kind: "malformed";
  readonly reason: MalformedReason;
}

/** The most that is read or written of one message: 8 KiB, 64 headers, 2 KiB a line. */
export const messageLimits: HeadLimits = { maxBytes: 8192, maxHeaders: 64, maxLineBytes: 2048 };

/**
 * Reads one datagram. Never throws, whatever the bytes: what cannot be an SSDP message is `malformed` with a reason,
 * and what only deviates is read leniently and says how in `violations`.
 */
export function parseMessage(bytes: Uint8Array): SsdpMessage | MalformedMessage {
  const head = reader.read(bytes);
  if (typeof head === "string") return { kind: "malformed", reason: head };
  const { startLine, headers, deviations } = head;
  const violations = deviations.length === 0 ? deviations : withConflict(deviations, headers);
  const kind = kindOf(startLine);
  if (kind) return { kind, headers, violations };
  const reason = startLineFault(startLine);
  if (reason) return { kind: "malformed", reason };
  return { kind: "response", headers, violations: [...violations, { code: "inexact-status-line" }] };
}

/**
 * Writes one message: the start line of its kind, the headers in the order given, a blank line, no body.
 * @throws UsageError `INVALID_HEADER` for a name that is no token or comes twice and for a value with a control
 * character, so that no value can add a header; `MESSAGE_TOO_LONG` above `messageLimits`.
 */
export function encodeMessage(
  kind: MessageKind,
  headers: readonly (readonly [name: string, value: string])[],
): Uint8Array {
  return writeHead(startLines[kind], headers, messageLimits);
}

const NOTIFY = "NOTIFY * HTTP/1.1";
const SEARCH = "M-SEARCH * HTTP/1.1";
const RESPONSE = "HTTP/1.1 200 OK";

const startLines: { readonly [Kind in MessageKind]: string } = {
  notify: NOTIFY,
  search: SEARCH,
  response: RESPONSE,
};

const reader = new HeadReader([NOTIFY, SEARCH, RESPONSE], messageLimits);

function kindOf(startLine: string): MessageKind | undefined {
  if (startLine === NOTIFY) return "notify";
  if (startLine === SEARCH) return "search";
  return startLine === RESPONSE ? "response" : undefined;
}

/** What decides who speaks, of what, and where: of two different values neither can be believed. */
const criticalNames = ["ST", "NT", "NTS", "USN", "LOCATION", "MAN", "MX"];

function withConflict(deviations: readonly Violation[], headers: Headers): readonly Violation[] {
  if (!deviations.some(({ code }) => code === "duplicate-header")) return deviations;
  const detail = criticalNames.find((name) => new Set(headers.getAll(name)).size > 1);
  return detail === undefined ? deviations : [...deviations, { code: "conflicting-header", detail }];
}

/** Why a start line is none of the three; `undefined` when it is that of a successful response of any version. */
function startLineFault(line: string): MalformedReason | undefined {
  const words = line.split(" ", 4);
  const [first = "", second] = words;
  if (first === "NOTIFY" || first === "M-SEARCH") return requestFault(words);
  if (!isHttpVersion(first)) return "unknown-start-line";
  return second === "200" ? undefined : "bad-status";
}

/** Why `METHOD URI VERSION` is not `METHOD * HTTP/1.1`. */
function requestFault([, uri = "", version, more]: readonly string[]): MalformedReason {
  if (isHttpVersion(uri)) return "missing-request-uri";
  if (uri !== "*") return uri === "" ? "missing-request-uri" : "bad-request-uri";
  if (version === undefined) return "missing-http-version";
  return isHttpVersion(version) && more === undefined ? "bad-http-version" : "unknown-start-line";
}

/** `HTTP/x.y` in any letter case. */
function isHttpVersion(word: string): boolean {
  const [major = "", minor = "", more] = word.slice(5).split(".", 3);
  return (
    word.slice(0, 5).toUpperCase() === "HTTP/" && isDigits(major) && isDigits(minor) && more === undefined
  );
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text.length > 0;
}
