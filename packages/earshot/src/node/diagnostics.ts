import { type Channel, channel } from "node:diagnostics_channel";
import type { Endpoint, Socket } from "../core/engine.ts";
import { plainBytes } from "../core/plain-bytes.ts";
import type { Fault } from "../network/network.ts";
import type { LinkReport } from "./link-monitor.ts";

/** Published to `earshot:datagram` for each datagram delivered or sent. */
export interface DatagramMessage {
  readonly direction: "received" | "sent";
  readonly link: string;
  readonly socket: Socket;
  /** Who sent it, or where it goes. */
  readonly remote: Endpoint;
  readonly bytes: Uint8Array;
}

/** Published to `earshot:malformed` for each datagram that could matter to somebody here and is no message at all. */
export interface MalformedDatagram {
  readonly protocol: string;
  readonly link: string;
  readonly from: Endpoint;
  readonly bytes: Uint8Array;
  /** In words of the protocol, such as `bad-request-uri`. */
  readonly reason: string;
}

const datagrams: Channel = channel("earshot:datagram");
const malformed: Channel = channel("earshot:malformed");
const links: Channel = channel("earshot:link");
const faults: Channel = channel("earshot:fault");

/** Costs next to nothing while nobody has subscribed. */
export function publishDatagram(
  direction: DatagramMessage["direction"],
  link: string,
  socket: Socket,
  remote: Endpoint,
  bytes: Uint8Array,
): void {
  if (!datagrams.hasSubscribers) return;
  datagrams.publish({ direction, link, socket, remote, bytes: plainBytes(bytes) } satisfies DatagramMessage);
}

/** @param describe is asked only while somebody has subscribed. */
export function publishMalformed(describe: () => MalformedDatagram): void {
  if (malformed.hasSubscribers) malformed.publish(describe());
}

/** To `earshot:link`: the links, when they changed or the machine resumed. */
export function publishLinks(report: LinkReport): void {
  if (links.hasSubscribers && (report.changed || report.resumed)) links.publish(report);
}

/** To `earshot:fault`. */
export function publishFault(fault: Fault): void {
  if (faults.hasSubscribers) faults.publish(fault);
}
