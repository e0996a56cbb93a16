import { HeadReader } from "../core/http-message.ts";
import { encodeMessage, messageLimits, parseMessage, type SsdpMessage } from "./message.ts";

/** Answers believed of one connection. */
const MOST_MESSAGES = 256;
const LF = 0x0a;
const CR = 0x0d;

/**
 * The answers that came over one TCP connection (UDA 2.0 §1.3.3), as datagrams would have brought them: one after the
 * other, and one for each USN where several stand in a list. What is no answer is left out, and so are bodies. Never
 * throws.
 */
export function answersIn(bytes: Uint8Array): readonly Uint8Array[] {
  const answers: Uint8Array[] = [];
  for (const head of headsIn(bytes)) {
    const message = parseMessage(head);
    if (message.kind !== "response") continue;
    answers.push(...singles(head, message));
    if (answers.length >= MOST_MESSAGES) break;
  }
  return answers.slice(0, MOST_MESSAGES);
}

const reader = new HeadReader([], messageLimits);

/** What stands between blank lines, save the bodies. */
function* headsIn(bytes: Uint8Array): Iterable<Uint8Array> {
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== LF) continue;
    const next = bytes[at + 1] === CR ? at + 2 : at + 1;
    if (bytes[next] !== LF) continue;
    const head = bytes.subarray(start, next + 1);
    if (head.length > 4) yield head;
    start = next + 1 + bodyLength(head);
    at = start - 1;
  }
  if (bytes.length > start) yield bytes.subarray(start);
}

/** How many bytes of a body follow, as the head says. */
function bodyLength(head: Uint8Array): number {
  const read = reader.read(head);
  const text = typeof read === "string" ? undefined : read.headers.get("CONTENT-LENGTH");
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

function singles(head: Uint8Array, { headers }: SsdpMessage): readonly Uint8Array[] {
  const usns = (headers.get("USN") ?? "").split(/, *(?=uuid:)/i);
  if (usns.length < 2) return [head];
  const others = new Map<string, readonly [string, string]>();
  for (const [name, value] of headers) {
    const key = name.toUpperCase();
    if (key !== "USN" && key !== "CONTENT-LENGTH" && !others.has(key)) others.set(key, [name, value]);
  }
  try {
    return usns.map((usn) => encodeMessage("response", [...others.values(), ["USN", usn.trim()]]));
  } catch {
    return []; // Such headers cannot be written, and should not have been.
  }
}
