/// <reference lib="esnext.disposable" preserve="true" />
import { MalformedError } from "../core/errors.ts";
import { decodeFrame, encodeFrame, type LinkType, type UdpDatagram } from "./frames.ts";
import type { Sent } from "./world.ts";

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

/** What a LAN sent since `Lan.capture()`, on every segment. */
export class Capture implements Disposable {
  readonly #datagrams: (CapturedDatagram & { readonly segment: string })[] = [];
  readonly #stop: () => void;

  /** Made by `Lan.capture()`. */
  constructor(record: (recorder: (sent: Sent) => void) => () => void, epochMs: number) {
    this.#stop = record(({ at, ...sent }) => void this.#datagrams.push({ ...sent, at: epochMs + at }));
  }

  /** In the order they were sent. */
  get datagrams(): readonly (CapturedDatagram & { readonly segment: string })[] {
    return this.#datagrams;
  }

  /** The recording as a pcap file, which Wireshark opens. */
  pcap(): Uint8Array<ArrayBuffer> {
    return writePcap(this.#datagrams);
  }

  /** Records no more. */
  stop(): void {
    this.#stop();
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}

/** A classic pcap file: big-endian, nanoseconds, Ethernet. Datagrams between unlike families are left out. */
export function writePcap(datagrams: readonly CapturedDatagram[]): Uint8Array<ArrayBuffer> {
  const records = datagrams.flatMap((datagram) => {
    const frame = encodeFrame(datagram);
    return frame ? [{ at: datagram.at, frame }] : [];
  });
  const file = new Uint8Array(records.reduce((size, { frame }) => size + 16 + frame.length, 24));
  const view = new DataView(file.buffer);
  view.setUint32(0, NANOSECOND_MAGIC);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, SNAP_LENGTH);
  view.setUint32(20, 1);
  let offset = 24;
  for (const { at, frame } of records) {
    const seconds = Math.floor(at / 1000);
    view.setUint32(offset, seconds);
    view.setUint32(offset + 4, Math.min(999_999_999, Math.round((at - seconds * 1000) * 1e6)));
    view.setUint32(offset + 8, frame.length);
    view.setUint32(offset + 12, frame.length);
    file.set(frame, offset + 16);
    offset += 16 + frame.length;
  }
  return file;
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
