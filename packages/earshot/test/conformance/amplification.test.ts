import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/earshot.ts";
import type { DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { Lan } from "../../src/testing/index.ts";
import { DEVICE, Rig, UDN, V4, V6 } from "../ssdp/rig.ts";

/** The shortest search that is answered at all. */
const SEARCH = new TextEncoder().encode(
  'M-SEARCH * HTTP/1.1\r\nMAN:"ssdp:discover"\r\nMX:1\r\nST:ssdp:all\r\n\r\n',
);

const type = (kind: "device" | "service", at: number) => `urn:schemas-upnp-org:${kind}:Something${at}:1`;

/** A device with `d` embedded ones and `k` services: 3+2d+k advertisements. */
function tree(d: number, k: number): DeviceOffer {
  const services = Array.from({ length: k }, (_, at) => type("service", at));
  const devices = Array.from({ length: d }, (_, at) => ({
    type: type("device", at),
    udn: `uuid:2fac1234-31f8-11b4-a222-08002b34c${String(100 + at)}`,
  }));
  const root = { type: DEVICE, udn: UDN, services, devices };
  return { location: "http://{address}:49152/description.xml", root };
}

function device(d: number, k: number): Rig {
  const rig = new Rig({ links: [V4, V6] });
  rig.offer(tree(d, k));
  rig.advance(5000);
  rig.forget();
  return rig;
}

function bytesOut(rig: Rig): number {
  return rig.sent
    .filter(({ message }) => message.kind === "response")
    .reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** Bytes out for each byte in, of one search out of the blue. */
function once(d: number, k: number): number {
  const rig = device(d, k);
  rig.hear([], { bytes: SEARCH });
  rig.advance(6000);
  expect(rig.sent).toHaveLength(3 + 2 * d + k);
  return bytesOut(rig) / SEARCH.length;
}

/** The same of a minute of searches, `perSecond` of them, from ever new ports of one address. */
function throughout(d: number, k: number, perSecond: number): number {
  const rig = device(d, k);
  for (let i = 0; i < 60 * perSecond; i++) {
    rig.hear([], { bytes: SEARCH, port: 1024 + i });
    rig.advance(1000 / perSecond);
  }
  rig.advance(6000);
  return bytesOut(rig) / (60 * perSecond * SEARCH.length);
}

/** The rows of the table in SECURITY.md: what they say of a device with so many advertisements. */
const table = new Map(
  [
    ...readFileSync(new URL("../../../../SECURITY.md", import.meta.url), "utf8").matchAll(
      /^\| [^|]+\| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm,
    ),
  ].map(([, count, ...numbers]) => [Number(count), numbers.map(Number)]),
);

describe("T-32 S-28 how much of what a stranger sends comes back, as SECURITY.md has it", () => {
  test.each([
    [0, 0],
    [0, 3],
    [2, 6],
    [10, 40],
  ])("a device with %i embedded devices and %i services", (d, k) => {
    const measured = [once(d, k), throughout(d, k, 10), throughout(d, k, 1000)];
    const documented = table.get(3 + 2 * d + k) ?? [];
    expect(documented, `measured: ${measured.map((ratio) => ratio.toFixed(2))}`).toHaveLength(3);
    for (const [at, ratio] of measured.entries()) {
      expect(ratio).toBeLessThanOrEqual(documented[at] ?? 0);
      expect(ratio, "the table is not just any bound").toBeGreaterThan(0.85 * (documented[at] ?? 0));
    }
  });

  test("from sources off the link, of whatever kind, 0.0", async () => {
    const lan = new Lan({ seed: 42 });
    await using earshot = new Earshot({ network: lan.addHost("device") });
    await lan.until(earshot.advertise({ type: DEVICE, udn: UDN, port: 80 }));
    lan.advance(10_000);
    using capture = lan.capture();
    const off = [
      "203.0.113.9",
      "192.168.1.1",
      "10.1.0.1",
      "127.0.0.1",
      "0.0.0.0",
      "2001:db8::1",
      "fd00::1",
      "::1",
    ];
    for (let i = 0; i < 800; i++) {
      const address = off[i % off.length] ?? "";
      const targets = address.includes(":") ? ["ff02::c", "fe80::1"] : ["239.255.255.250", "10.0.0.1"];
      for (const to of targets) {
        lan.inject({ from: { address, port: 5000 }, to: { address: to, port: 1900 }, bytes: SEARCH });
      }
    }
    lan.advance(6000);
    const [heard, said] = [
      capture.datagrams.filter(isStrangers),
      capture.datagrams.filter((one) => !isStrangers(one)),
    ];
    expect(heard).toHaveLength(1600);
    expect(said).toEqual([]);
    lan.inject({
      from: { address: "10.0.200.1", port: 5000 },
      to: { address: "239.255.255.250", port: 1900 },
      bytes: SEARCH,
    });
    lan.advance(6000);
    expect(capture.datagrams.filter(({ to }) => to.address === "10.0.200.1")).toHaveLength(3);
  });
});

function isStrangers({ from }: { readonly from: { readonly port: number } }): boolean {
  return from.port === 5000;
}
