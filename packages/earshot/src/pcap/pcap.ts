import { MalformedError } from "../core/errors.ts";
import { decodeFrame, encodeFrame, type LinkType, type UdpDatagram } from "./frames.ts";

/** A UDP datagram and when it was on the wire. */
export interface CapturedDatagram extends UdpDatagram {
  /** Milliseconds since 1970. */
  readonly at: number;
}

const NANOSECOND_MAGIC = 0xa1b23c4d;
const MICROSECOND_MAGIC = 0xa1b2c3d4;
const SNAP_LENGTH = 262_144;
const LINK_TYPES: ReadonlyMap<number, LinkType> = new Map([
  [0, "null"],
  [1, "ethernet"],
  [12, "raw"],
  [101, "raw"],
  [113, "sll"],
  [228, "raw"],
  [229, "raw"],
  [276, "sll2"],
]);

/** A classic pcap file: big-endian, nanoseconds, Ethernet. Datagrams between unlike families are left out. */
export function writePcap(datagrams: readonly CapturedDatagram[]): Uint8Array<ArrayBuffer> {
  const parts = [pcapHeader(), ...datagrams.flatMap((datagram) => pcapRecord(datagram) ?? [])];
  const file = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
}

/** What such a file begins with: for who writes it piece by piece. */
export function pcapHeader(): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, NANOSECOND_MAGIC);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, SNAP_LENGTH);
  view.setUint32(20, 1);
  return header;
}

/** What such a file has for one datagram; `undefined` when its addresses are none, or of unlike families. */
export function pcapRecord(datagram: CapturedDatagram): Uint8Array<ArrayBuffer> | undefined {
  const frame = encodeFrame(datagram);
  if (!frame) return undefined;
  const record = new Uint8Array(16 + frame.length);
  const view = new DataView(record.buffer);
  const seconds = Math.floor(datagram.at / 1000);
  view.setUint32(0, seconds);
  view.setUint32(4, Math.min(999_999_999, Math.round((datagram.at - seconds * 1000) * 1e6)));
  view.setUint32(8, frame.length);
  view.setUint32(12, frame.length);
  record.set(frame, 16);
  return record;
}

/**
 * The whole UDP datagrams of a classic pcap file, of either byte order and time unit, over Ethernet (with VLAN tags),
 * raw IP, BSD loopback or Linux "any". Other packets, fragments and a record that is cut off are left out.
 * @throws MalformedError `NOT_PCAP`, `UNKNOWN_LINK_TYPE`
 */
export function readPcap(bytes: Uint8Array): CapturedDatagram[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { little, perMs, linkType } = readHeader(view);
  const found: CapturedDatagram[] = [];
  for (let offset = 24; offset + 16 <= bytes.length; ) {
    const length = view.getUint32(offset + 8, little);
    const frame = bytes.subarray(offset + 16, offset + 16 + length);
    if (frame.length < length) break;
    const datagram = decodeFrame(frame, linkType);
    const at = view.getUint32(offset, little) * 1000 + view.getUint32(offset + 4, little) / perMs;
    if (datagram) found.push({ at, ...datagram });
    offset += 16 + length;
  }
  return found;
}

function readHeader(view: DataView): { little: boolean; perMs: number; linkType: LinkType } {
  if (view.byteLength < 24) throw new MalformedError("NOT_PCAP", "a pcap file has 24 bytes of header");
  const little = [NANOSECOND_MAGIC, MICROSECOND_MAGIC].includes(view.getUint32(0, true));
  const magic = view.getUint32(0, little);
  if (magic !== NANOSECOND_MAGIC && magic !== MICROSECOND_MAGIC)
    throw new MalformedError(
      "NOT_PCAP",
      "not a classic pcap file (pcapng can be converted: editcap -F pcap)",
    );
  const number = view.getUint32(20, little) & 0xffff;
  const linkType = LINK_TYPES.get(number);
  if (linkType === undefined)
    throw new MalformedError(
      "UNKNOWN_LINK_TYPE",
      `link type ${number} is not among ${[...LINK_TYPES.keys()]}`,
    );
  return { little, perMs: magic === NANOSECOND_MAGIC ? 1e6 : 1e3, linkType };
}
