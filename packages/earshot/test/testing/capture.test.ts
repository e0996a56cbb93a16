import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CapturedDatagram, Lan, readPcap, writePcap } from "../../src/testing/index.ts";
import { bytesOf, Notebook } from "./kit.ts";

const SAMPLE: CapturedDatagram = {
  at: 1_893_456_000_123.456,
  from: { address: "10.0.0.1", port: 1900 },
  to: { address: "239.255.255.250", port: 1900 },
  hops: 2,
  bytes: bytesOf("hello"),
};

describe("a capture", () => {
  test("records every transmission once, with its instant and segment, until it is stopped", () => {
    const lan = new Lan({ seed: 1, startsAt: new Date(1_000_000) });
    const notes = [new Notebook(lan.addHost("a")), new Notebook(lan.addHost("b"))];
    lan.advance(0);
    const capture = lan.capture();
    notes[0]?.say("group");
    lan.advance(10);
    notes[1]?.say("one", { to: { address: "10.0.0.1", port: 1900 }, socket: "own" });
    lan.advance(10);
    capture.stop();
    notes[0]?.say("unseen");
    lan.advance(10);
    expect(capture.datagrams).toMatchObject([
      { at: 1_000_000, segment: "lan", to: { address: "239.255.255.250", port: 1900 }, hops: 2 },
      { at: 1_000_010, segment: "lan", from: { address: "10.0.0.2", port: 49_152 }, hops: 64 },
    ]);
    expect(readPcap(capture.pcap())).toEqual(
      capture.datagrams.map(({ segment: _, ...datagram }) => datagram),
    );
  });

  test("ends with its scope", () => {
    const lan = new Lan({ seed: 1 });
    const a = new Notebook(lan.addHost("a"));
    lan.advance(0);
    const capture = lan.capture();
    {
      using scoped = capture;
      a.say("seen");
      expect(scoped.datagrams).toHaveLength(1);
    }
    a.say("unseen");
    expect(capture.datagrams).toHaveLength(1);
  });
});

describe("pcap", () => {
  const endpoint = (address: fc.Arbitrary<string>) => fc.record({ address, port: fc.nat(65_535) });
  const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => bytes.join("."));
  const v6 = fc
    .array(fc.integer({ min: 1, max: 65_535 }), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.map((group) => group.toString(16)).join(":"));
  const datagram = fc.oneof(v4, v6).chain((first) => {
    const address = first.includes(":") ? v6 : v4;
    return fc.record({
      at: fc.nat(4_000_000_000).map((seconds) => seconds * 1000 + 0.25),
      from: endpoint(fc.constant(first)),
      to: endpoint(address),
      hops: fc.integer({ min: 1, max: 255 }),
      bytes: fc.uint8Array({ maxLength: 1500 }),
    });
  });

  test("whatever is written is read back", () => {
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 20 }), (datagrams) => {
        expect(readPcap(writePcap(datagrams))).toEqual(datagrams);
      }),
    );
  });

  test("it is read in either byte order and time unit", () => {
    const file = writePcap([SAMPLE]);
    const swapped = file.slice();
    for (const at of [0, 16, 20, 24, 28, 32, 36]) swapped.set(file.subarray(at, at + 4).reverse(), at);
    for (const at of [4, 6]) swapped.set(file.subarray(at, at + 2).reverse(), at);
    const inMicroseconds = writePcap([SAMPLE]);
    const view = new DataView(inMicroseconds.buffer);
    view.setUint32(0, 0xa1b2c3d4);
    view.setUint32(28, 123_456);
    const [expected] = readPcap(writePcap([SAMPLE]));
    expect(expected?.at).toBeCloseTo(SAMPLE.at, 3);
    for (const one of [swapped, inMicroseconds]) {
      const [found] = readPcap(one);
      expect(found).toMatchObject({ from: SAMPLE.from, to: SAMPLE.to, hops: 2, bytes: SAMPLE.bytes });
      expect(found?.at).toBeCloseTo(SAMPLE.at, 3);
    }
  });

  const ethernet = (): Uint8Array => writePcap([SAMPLE]).slice(40);
  const file = (linkType: number, frame: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(40 + frame.length);
    bytes.set(writePcap([SAMPLE]).subarray(0, 40));
    bytes.set(frame, 40);
    const view = new DataView(bytes.buffer);
    view.setUint32(20, linkType);
    view.setUint32(32, frame.length);
    view.setUint32(36, frame.length);
    return bytes;
  };
  const wrapped = (before: number[]): Uint8Array => Uint8Array.of(...before, ...ethernet().subarray(14));

  test.each([
    ["raw IP", 101, wrapped([])],
    ["BSD loopback", 0, wrapped([0, 0, 0, 2])],
    ["Linux any", 113, wrapped([0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0])],
    ["Linux any, version 2", 276, wrapped([8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0])],
    [
      "two VLAN tags",
      1,
      Uint8Array.of(
        ...ethernet().subarray(0, 12),
        0x88,
        0xa8,
        0,
        7,
        0x81,
        0,
        0,
        9,
        ...ethernet().subarray(12),
      ),
    ],
  ])("it is read behind %s", (_, linkType, frame) => {
    expect(readPcap(file(linkType, frame))).toMatchObject([{ from: SAMPLE.from, bytes: SAMPLE.bytes }]);
  });

  test("UDP behind IPv6 extension headers is found", () => {
    const [from, to] = ["fe80::1", "ff02::c"];
    const plain = writePcap([{ ...SAMPLE, from: { address: from, port: 1 }, to: { address: to, port: 2 } }]);
    const frame = plain.slice(40);
    const hopByHop = [17, 0, 5, 2, 0, 0, 1, 0];
    const longer = Uint8Array.of(...frame.subarray(0, 54), ...hopByHop, ...frame.subarray(54));
    new DataView(longer.buffer).setUint16(18, 8 + 8 + 5);
    longer[20] = 0;
    expect(readPcap(file(1, longer))).toMatchObject([{ from: { address: from }, to: { address: to } }]);
  });

  test("fragments, other protocols and what is cut off are left out", () => {
    const change = (at: number, value: number): Uint8Array => {
      const frame = ethernet();
      frame[at] = value;
      return frame;
    };
    const frames = [
      change(20, 0x20), // more fragments follow
      change(21, 1), // a later fragment
      change(23, 6), // TCP
      change(12, 0x86), // neither IP
      change(14, 0x44), // a header of 16 bytes
      change(38, 0xff), // longer than the packet
      ethernet().subarray(0, 30),
      new Uint8Array(0),
    ];
    for (const frame of frames) expect(readPcap(file(1, frame))).toEqual([]);
    const cut = writePcap([SAMPLE, SAMPLE]);
    expect(readPcap(cut.subarray(0, cut.length - 1))).toHaveLength(1);
  });

  test("whatever the bytes, reading says so or finds what it can", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (noise, linkType) => {
        expect(Array.isArray(readPcap(file([0, 1, 101, 113, 276][linkType % 5] ?? 1, noise)))).toBe(true);
      }),
    );
  });

  test.each([
    ["no pcap", "NOT_PCAP", bytesOf("this is a text file, not a capture")],
    ["a file that is too short", "NOT_PCAP", new Uint8Array(10)],
    ["an unknown link type", "UNKNOWN_LINK_TYPE", file(105, ethernet())],
  ])("%s is refused with %s", (_, code, bytes) => {
    expect(() => readPcap(bytes)).toThrowError(expect.objectContaining({ name: "MalformedError", code }));
  });

  test("datagrams between unlike families cannot be written, and are left out", () => {
    expect(readPcap(writePcap([{ ...SAMPLE, from: { address: "fe80::1", port: 1 } }]))).toEqual([]);
  });
});
