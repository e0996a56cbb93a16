import { expect, test } from "vitest";
import { pcapHeader, pcapRecord, readPcap, writePcap } from "../../src/pcap.ts";

const datagram = {
  at: 1_893_456_000_123.25,
  from: { address: "192.0.2.1", port: 1900 },
  to: { address: "239.255.255.250", port: 1900 },
  hops: 2,
  bytes: Uint8Array.of(1, 2, 3),
};

test("a file written piece by piece is the file written at once", () => {
  const record = pcapRecord(datagram);
  expect([...pcapHeader(), ...(record ?? []), ...(record ?? [])]).toEqual([
    ...writePcap([datagram, datagram]),
  ]);
  expect(readPcap(Uint8Array.of(...pcapHeader(), ...(record ?? [])))).toEqual([datagram]);
});

test("a file without a datagram is a whole file", () => {
  expect(readPcap(pcapHeader())).toEqual([]);
});

test("a datagram between unlike families has no record", () => {
  expect(pcapRecord({ ...datagram, to: { address: "ff02::c", port: 1900 } })).toBeUndefined();
});
