/** One datagram as people read it. Every text of it is a stranger's, and printed neutralised. */
import { type MonitoredDatagram, printable } from "../index.ts";
import type { Paint } from "./colours.ts";
import { cell } from "./rows.ts";

type Endpoint = MonitoredDatagram["from"];

/** A line of its ends and kind; then its headers, or with `hex` its bytes; then what is wrong with it; a blank line. */
export function datagramText(datagram: MonitoredDatagram, paint: Paint, hex: boolean): string {
  const { violations, dropped, bytes } = datagram;
  const lines = [
    headline(datagram, paint),
    ...(hex ? hexLines(bytes) : headerLines(datagram, paint)),
    ...violations.map((breach) => paint("bad", breachLine(breach))),
    ...(dropped === undefined ? [] : [paint("faint", `- not used: ${dropped}`)]),
  ];
  return `${lines.join("\n  ")}\n\n`;
}

/** An address and a port, IPv6 in brackets. */
export function endpointText({ address, port }: Endpoint): string {
  return cell(address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);
}

/** `01:02:03.456`, of the place where this runs. */
export function timeOfDay(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const ms = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

function headline({ at, direction, link, from, to, message }: MonitoredDatagram, paint: Paint): string {
  const ends = `${endpointText(from)} → ${endpointText(to)}`;
  const about = cell(subject(message));
  const what = `${paint("name", message.kind)}${about && ` ${paint("type", about)}`}`;
  return `${paint("faint", timeOfDay(at))} ${direction.padEnd(3)} ${cell(link)} ${ends} ${what}`;
}

/** Of an announcement what it announces, of a search and an answer what is asked for. */
function subject(message: MonitoredDatagram["message"]): string {
  if (message.kind === "malformed") return "";
  const { headers } = message;
  if (message.kind !== "notify") return headers.get("ST") ?? "";
  return [headers.get("NTS"), headers.get("NT")].filter(Boolean).join(" ");
}

function headerLines({ message, bytes }: MonitoredDatagram, paint: Paint): string[] {
  if (message.kind === "malformed") return hexLines(bytes.subarray(0, MOST_SHOWN));
  return [...message.headers].map(
    ([name, value]) => `${paint("faint", `${cell(name)}:`)} ${printable(value)}`,
  );
}

/** So much is shown of what nobody can read, unless all of it is asked for. */
const MOST_SHOWN = 64;
const PER_LINE = 16;

/** Offset, bytes and what of them is plain ASCII, as `hexdump -C` has it. */
function hexLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const row = [...bytes.subarray(at, at + PER_LINE)];
    const digits = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const plain = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    lines.push(`${at.toString(16).padStart(4, "0")}  ${digits.padEnd(3 * PER_LINE)} ${plain.join("")}`);
  }
  return lines;
}

function breachLine({ code, detail, says }: MonitoredDatagram["violations"][number]): string {
  return `! ${code}${detail === undefined ? "" : ` (${cell(detail)})`}: ${says}`;
}
