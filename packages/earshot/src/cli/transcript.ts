/** What is said on the network, told to people or as JSON: a block for each datagram, and who was answered when. */
import { type MonitoredSsdp, printable } from "../index.ts";
import { endpointText, timeOfDay } from "./datagram-text.ts";
import type { Io } from "./io.ts";
import { datagramJson, eventJson } from "./records.ts";

/** Who speaks here, told at the start. */
export interface Speaker {
  /** Such as `SSDP agent`. */
  readonly title: string;
  /** Name and value of what it says of itself. */
  readonly flags: readonly (readonly [name: string, value: string])[];
  /** What else is told at the start. */
  readonly lines: readonly string[];
}

export interface TranscriptChoice {
  readonly json?: true;
  readonly ascii?: true;
  readonly quiet?: true;
}

/** A search that was heard, and that may be answered. */
interface Asked {
  readonly at: Date;
  readonly mx: string | undefined;
}

/** Hosts whose last search is remembered, and sockets of ours. */
const MOST_REMEMBERED = 1024;
/** The most of one message that is printed, in bytes: more than any that is used may have. */
const MOST_PRINTED = 8192;

/**
 * Writes the transcript. Our own multicasts, which come back to us, are told once, as sent: a datagram is ours when it
 * comes from a socket of ours, so that other programs on this host are heard.
 */
export class Transcript {
  readonly #io: Io;
  readonly #choice: TranscriptChoice;
  readonly #own = new Set<string>();
  readonly #asked = new Map<string, Asked>();
  #heard = 0;
  #sent = 0;

  constructor(io: Io, choice: TranscriptChoice) {
    this.#io = io;
    this.#choice = choice;
  }

  start({ title, flags, lines }: Speaker): void {
    if (this.#choice.json) {
      this.#record("started", { title, ...Object.fromEntries(flags.map(camelCase)) });
      return;
    }
    this.#print([
      `${title} started`,
      ...flags.map(([name, value]) => `  ${name.padEnd(10)}  ${printable(value)}`),
      ...lines,
      "",
    ]);
  }

  /** Tells of a datagram that was heard or sent. */
  datagram(datagram: MonitoredSsdp): void {
    const { direction, from } = datagram;
    if (direction === "in" && this.#own.has(endpointText(from))) return;
    if (direction === "out") {
      this.#sent++;
      remember(this.#own, endpointText(from));
    } else this.#heard++;
    if (this.#choice.json) this.#print([datagramJson(datagram, this.#choice.ascii === true, false)]);
    else this.#print(this.#choice.quiet ? [headline(datagram)] : block(datagram));
    if (direction === "in") this.#note(datagram);
    else this.#answered(datagram);
  }

  end(): void {
    if (this.#choice.json) this.#record("bye", { heard: this.#heard, sent: this.#sent });
    else this.#print([`${this.#heard} received, ${this.#sent} sent`, "bye"]);
  }

  #note({ message, from, at }: MonitoredSsdp): void {
    if (message.kind !== "search") return;
    const asked: Asked = { at, mx: message.headers.get("MX") };
    for (const key of [endpointText(from), from.address]) {
      this.#asked.delete(key);
      this.#asked.set(key, asked);
    }
    for (const key of this.#asked.keys()) {
      if (this.#asked.size <= 2 * MOST_REMEMBERED) break;
      this.#asked.delete(key);
    }
  }

  /** An answer goes to the socket that searched, or as NOTIFY to another port of its host. */
  #answered({ message, to, at }: MonitoredSsdp): void {
    if (message.kind !== "response" && message.kind !== "notify") return;
    const asked = this.#asked.get(endpointText(to)) ?? this.#asked.get(to.address);
    if (!asked) return;
    const delayMs = Math.max(0, at.getTime() - asked.at.getTime());
    const { mx } = asked;
    if (this.#choice.json) this.#record("answered", { to, delayMs, mx: mx ?? null });
    else {
      const window = mx === undefined ? "there was no MX" : `MX was ${printable(mx, 20)}`;
      const seconds = (delayMs / 1000).toFixed(2);
      const line = `answer sent to ${endpointText(to)} with delay ${seconds} s, ${window}`;
      this.#print(this.#choice.quiet ? [line] : [line, ""]);
    }
  }

  #record(kind: string, content: Readonly<Record<string, unknown>>): void {
    this.#print([eventJson(kind, content, this.#io.clock.wall(), this.#choice.ascii === true)]);
  }

  #print(lines: readonly string[]): void {
    this.#io.stdout.write(lines.map((line) => `${line}\n`).join(""));
  }
}

function block(datagram: MonitoredSsdp): string[] {
  const { direction, from, to } = datagram;
  return [
    headline(datagram),
    "******* PACKAGE DATA *******",
    ...linesOf(datagram.bytes),
    "******* END OF PACKAGE DATA *******",
    direction === "in" ? `FROM: ${endpointText(from)}` : `TO: ${endpointText(to)}`,
    ...payload(datagram),
    "",
  ];
}

/** `12:00:00.123 received from 192.0.2.7:1900 on eth0/4: NOTIFY ssdp:alive upnp:rootdevice`. */
function headline(datagram: MonitoredSsdp): string {
  const { at, direction, from, to, link } = datagram;
  const way = direction === "in" ? `received from ${endpointText(from)}` : `sent to ${endpointText(to)}`;
  return `${timeOfDay(at)} ${way} on ${printable(link)}: ${printable(gist(datagram), 200)}`;
}

function gist({ message }: MonitoredSsdp): string {
  if (message.kind === "malformed") return `no SSDP message (${message.reason})`;
  const said = (name: string): string => message.headers.get(name) ?? "";
  if (message.kind === "search") return `M-SEARCH ${said("ST")}`;
  return message.kind === "response" ? `answer ${said("ST")}` : `NOTIFY ${said("NTS")} ${said("NT")}`;
}

/** Line ends of the message become line ends here; every other control character is neutralised. */
function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes.subarray(0, MOST_PRINTED)).split(/\r\n|\n/);
  while (lines.at(-1) === "") lines.pop();
  if (bytes.length > MOST_PRINTED) lines.push(`... and ${bytes.length - MOST_PRINTED} more bytes`);
  return lines.map((line) => printable(line));
}

function payload({ message, violations, dropped }: MonitoredSsdp): string[] {
  if (message.kind === "malformed") return [`Not used: ${dropped ?? message.reason}`];
  const headers = [...message.headers.toMap()];
  const width = Math.min(24, Math.max(0, ...headers.map(([name]) => name.length)));
  return [
    `Parsed payload: ${message.kind}`,
    ...headers.map(([name, value]) => `  ${printable(name).padEnd(width)}  ${printable(value)}`.trimEnd()),
    ...violations.map(
      ({ code, detail }) => `  ! ${code}${detail === undefined ? "" : ` (${printable(detail, 80)})`}`,
    ),
    ...(dropped === undefined ? [] : [`Not used: ${dropped}`]),
  ];
}

/** `["USER-AGENT", "x"]` becomes `["userAgent", "x"]`. */
function camelCase([name, value]: readonly [string, string]): [string, string] {
  const key = name.toLowerCase().replace(/[- ]([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return [key, value];
}

function remember(set: Set<string>, item: string): void {
  set.add(item);
  for (const oldest of set) {
    if (set.size <= MOST_REMEMBERED) return;
    set.delete(oldest);
  }
}
