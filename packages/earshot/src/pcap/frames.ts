import { formatAddress, isMulticast, parseAddress } from "../core/address.ts";
import type { Endpoint } from "../core/engine.ts";

/** A UDP datagram with both its ends. */
export interface UdpDatagram {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** IPv4 TTL or IPv6 hop limit. */
  readonly hops: number;
  readonly bytes: Uint8Array;
}

const UDP = 17;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8]);
/** IPv6 extension headers that may stand before UDP: hop-by-hop, routing, destination options. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);

/**
 * An Ethernet frame with right lengths and checksums. Hardware addresses are made from the IP addresses (02:04:… for
 * IPv4, 02:06:… for IPv6), those of groups as RFC 1112 and RFC 2464 say; a datagram is never fragmented.
 * @returns `undefined` when the addresses are none or of different families
 */
export function encodeFrame(datagram: UdpDatagram): Uint8Array<ArrayBuffer> | undefined {
  const from = parseAddress(datagram.from.address);
  const to = parseAddress(datagram.to.address);
  if (!from || to?.length !== from.length) return undefined;
  const ipHeader = from.length === 4 ? 20 : 40;
  const frame = new Uint8Array(14 + ipHeader + 8 + datagram.bytes.length);
  const view = new DataView(frame.buffer);
  frame.set(hardwareAddress(datagram.to.address, to), 0);
  frame.set(hardwareAddress(datagram.from.address, from), 6);
  const udpLength = 8 + datagram.bytes.length;
  frame.set(from, 14 + ipHeader - 2 * from.length);
  frame.set(to, 14 + ipHeader - to.length);
  if (from.length === 4) putIpv4(view, datagram.hops, udpLength);
  else putIpv6(view, datagram.hops, udpLength);
  putUdp(frame, 14 + ipHeader, datagram, [...from, ...to]);
  return frame;
}

/** What is before the IP header: Ethernet, nothing (raw IP), BSD loopback, Linux "any" version 1 and 2. */
export type LinkType = "ethernet" | "raw" | "null" | "sll" | "sll2";

/** The UDP datagram in a frame; `undefined` when it is something else, cut off or a fragment. */
export function decodeFrame(frame: Uint8Array, linkType: LinkType): UdpDatagram | undefined {
  const packet = ipPacket(frame, linkType);
  const version = (packet?.[0] ?? 0) >> 4;
  if (!packet || (version !== 4 && version !== 6)) return undefined;
  return version === 4 ? decodeIpv4(packet) : decodeIpv6(packet);
}

function hardwareAddress(address: string, bytes: Uint8Array): readonly number[] {
  const low = [...bytes.subarray(-4)];
  const isGroup = isMulticast(address);
  if (bytes.length === 16) return isGroup ? [0x33, 0x33, ...low] : [2, 6, ...low];
  if (address === "255.255.255.255") return [255, 255, 255, 255, 255, 255];
  return isGroup ? [1, 0, 0x5e, (low[1] ?? 0) & 127, ...low.slice(2)] : [2, 4, ...low];
}

/** Everything but the addresses, which stand there already and count for the checksum. */
function putIpv4(view: DataView, hops: number, udpLength: number): void {
  view.setUint16(12, IPV4);
  view.setUint16(14, 0x4500);
  view.setUint16(16, 20 + udpLength);
  view.setUint16(20, 0x4000);
  view.setUint8(22, hops);
  view.setUint8(23, UDP);
  view.setUint16(24, checksum(new Uint8Array(view.buffer, 14, 20), 0));
}

function putIpv6(view: DataView, hops: number, udpLength: number): void {
  view.setUint16(12, IPV6);
  view.setUint32(14, 0x6000_0000);
  view.setUint16(18, udpLength);
  view.setUint8(20, UDP);
  view.setUint8(21, hops);
}

function putUdp(
  frame: Uint8Array<ArrayBuffer>,
  at: number,
  datagram: UdpDatagram,
  addresses: number[],
): void {
  const view = new DataView(frame.buffer, at);
  const length = frame.length - at;
  view.setUint16(0, datagram.from.port);
  view.setUint16(2, datagram.to.port);
  view.setUint16(4, length);
  frame.set(datagram.bytes, at + 8);
  const pseudoHeader = addresses.reduce(
    (sum, byte, index) => sum + (index % 2 ? byte : byte << 8),
    UDP + length,
  );
  view.setUint16(6, checksum(frame.subarray(at), pseudoHeader) || 0xffff);
}

/** RFC 1071. */
function checksum(bytes: Uint8Array, start: number): number {
  let sum = start;
  for (let index = 0; index < bytes.length; index += 2)
    sum += ((bytes[index] as number) << 8) + (bytes[index + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

function ipPacket(frame: Uint8Array, linkType: LinkType): Uint8Array | undefined {
  if (linkType === "raw") return frame;
  if (linkType === "null") return frame.subarray(4);
  if (linkType === "sll") return isIp(uint16(frame, 14)) ? frame.subarray(16) : undefined;
  if (linkType === "sll2") return isIp(uint16(frame, 0)) ? frame.subarray(20) : undefined;
  let at = 12;
  for (let tags = 0; tags < 2 && VLAN_TAGS.has(uint16(frame, at)); tags++) at += 4;
  return isIp(uint16(frame, at)) ? frame.subarray(at + 2) : undefined;
}

function isIp(etherType: number): boolean {
  return etherType === IPV4 || etherType === IPV6;
}

function decodeIpv4(packet: Uint8Array): UdpDatagram | undefined {
  const header = ((packet[0] as number) & 15) * 4;
  const total = uint16(packet, 2);
  const isFragment = (uint16(packet, 6) & 0x3fff) !== 0;
  if (header < 20 || total > packet.length || packet[9] !== UDP || isFragment) return undefined;
  const ends = { from: formatAddress(packet.subarray(12, 16)), to: formatAddress(packet.subarray(16, 20)) };
  return decodeUdp(packet.subarray(header, total), packet[8] as number, ends);
}

function decodeIpv6(packet: Uint8Array): UdpDatagram | undefined {
  const end = 40 + uint16(packet, 4);
  let next = packet[6];
  let at = 40;
  if (end > packet.length) return undefined;
  for (let count = 0; count < 4 && next !== undefined && EXTENSIONS.has(next); count++) {
    next = packet[at];
    at += 8 * (1 + (packet[at + 1] ?? 0));
  }
  if (next !== UDP) return undefined;
  const ends = { from: formatAddress(packet.subarray(8, 24)), to: formatAddress(packet.subarray(24, 40)) };
  return decodeUdp(packet.subarray(at, end), packet[7] as number, ends);
}

function decodeUdp(
  segment: Uint8Array,
  hops: number,
  ends: { from: string; to: string },
): UdpDatagram | undefined {
  const length = uint16(segment, 4);
  if (length < 8 || length > segment.length) return undefined;
  return {
    from: { address: ends.from, port: uint16(segment, 0) },
    to: { address: ends.to, port: uint16(segment, 2) },
    hops,
    bytes: segment.slice(8, length),
  };
}

/** Reads past the end as zeros: every caller checks lengths before it believes. */
function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
