/** One datagram as people read it. Every text of it is a stranger's, and printed neutralised. */
import { type MonitoredDatagram, printable } from "../index.ts";
import type { Paint } from "./colours.ts";
import { mdnsLines, mdnsSubject } from "./mdns-text.ts";
import { cell } from "./rows.ts";

type Endpoint = MonitoredDatagram["from"];

/**
 * A line of its ends and kind, and what is wrong with it. Of SSDP its headers, too, and a blank line; of mDNS so much only
 * with `whole`, for it is said often: its questions and records. With `hex` the bytes instead of either.
 */
export function datagramText(
  datagram: MonitoredDatagram,
  paint: Paint,
  { hex, whole }: { readonly hex: boolean; readonly whole: boolean },
): string {
  const { protocol, dropped, bytes } = datagram;
  const isBrief = protocol === "mdns" && !whole && !hex;
  const lines = [
    headline(datagram, paint),
    ...(hex ? hexLines(bytes) : contentLines(datagram, paint, isBrief)),
    ...breachLines(datagram).map((breach) => paint("bad", breach)),
    ...(dropped === undefined ? [] : [paint("faint", `- not used: ${dropped}`)]),
  ];
  return `${lines.join("\n  ")}\n${isBrief ? "" : "\n"}`;
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

function headline(datagram: MonitoredDatagram, paint: Paint): string {
  const { at, direction, link, from, to, message } = datagram;
  const ends = `${endpointText(from)} → ${endpointText(to)}`;
  const about = cell(subject(datagram));
  const what = `${paint("name", message.kind)}${about && ` ${paint("type", about)}`}`;
  return `${paint("faint", timeOfDay(at))} ${direction.padEnd(3)} ${cell(link)} ${ends} ${what}`;
}

/** Of an announcement what it announces, of a search and an answer what is asked for; of mDNS what is asked and said. */
function subject({ protocol, message }: MonitoredDatagram): string {
  if (message.kind === "malformed") return "";
  if (protocol === "mdns") return mdnsSubject(message);
  const { headers } = message;
  if (message.kind !== "notify") return headers.get("ST") ?? "";
  return [headers.get("NTS"), headers.get("NT")].filter(Boolean).join(" ");
}

function contentLines(
  { protocol, message, bytes }: MonitoredDatagram,
  paint: Paint,
  isBrief: boolean,
): string[] {
  if (message.kind === "malformed") return hexLines(bytes.subarray(0, MOST_SHOWN));
  if (protocol === "mdns") return isBrief ? [] : mdnsLines(message, paint);
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

function breachLines(datagram: MonitoredDatagram): string[] {
  if (datagram.protocol === "mdns")
    return datagram.violations.map(({ code, says }) => `! ${code}: ${cell(says)}`);
  return datagram.violations.map(
    ({ code, detail, says }) => `! ${code}${detail === undefined ? "" : ` (${cell(detail)})`}: ${says}`,
  );
}
