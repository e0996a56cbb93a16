import type { MonitoredDatagram } from "../index.ts";
import { fitsPattern } from "./glob.ts";
import { mdnsNames } from "./mdns-text.ts";

/** Kinds of datagrams, as they are named on the command line. */
export const DATAGRAM_KINDS = ["notify", "search", "query", "response", "malformed"] as const;

/** Which datagrams to show: those that fit every option given. Of an option given twice, one of the two will do. */
export interface FilterChoice {
  readonly kind?: readonly string[];
  readonly match?: readonly string[];
  readonly host?: readonly string[];
  readonly bad?: true;
}

/** Whether a datagram is among those chosen. */
export function datagramFilter(choice: FilterChoice): (datagram: MonitoredDatagram) => boolean {
  const { kind, match, host, bad } = choice;
  return (datagram) =>
    (kind?.includes(datagram.message.kind) ?? true) &&
    (host?.some((address) => isOf(datagram, address)) ?? true) &&
    (match?.some((pattern) => names(datagram).some((name) => fitsPattern(pattern, name))) ?? true) &&
    (!bad || datagram.violations.length > 0);
}

function isOf({ from, to }: MonitoredDatagram, address: string): boolean {
  return from.address === address || to.address === address;
}

/** What a message is about: NT, ST and USN; or the names of questions and records. */
function names({ protocol, message }: MonitoredDatagram): string[] {
  if (message.kind === "malformed") return [];
  if (protocol === "mdns") return mdnsNames(message);
  return ["NT", "ST", "USN"].flatMap((name) => message.headers.get(name) ?? []);
}
