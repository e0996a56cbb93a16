import { describe, expect, test } from "vitest";
import type { DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { DEVICE, msearch, PEER, Rig, type Sent, UDN, V4, V6 } from "./rig.ts";

const SERVICE = "urn:schemas-upnp-org:service:ContentDirectory:3";
const OFFER: DeviceOffer = {
  location: "http://{address}:8200/rootDesc.xml",
  root: { type: DEVICE, udn: UDN, services: [SERVICE] },
};

function device(options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig(options);
  rig.offer(OFFER);
  rig.advance(5000);
  rig.forget();
  return rig;
}

const header = (sent: Sent | undefined, name: string) => sent?.message.headers.get(name);
const pairs = (rig: Rig) => rig.sent.map((sent) => [header(sent, "ST"), header(sent, "USN")]).sort();

function answersTo(
  headers: Record<string, string | undefined>,
  start = "M-SEARCH * HTTP/1.1",
  options = {},
): number {
  const rig = device(options);
  rig.hear([start, ...msearch(headers).slice(1)]);
  rig.advance(6000);
  return rig.sent.length;
}

describe("what is answered", () => {
  test("UC-10 F07 ssdp:all gets one answer per advertisement, each with its own ST", () => {
    const rig = device();
    rig.hear(msearch());
    rig.advance(2000);
    expect(pairs(rig)).toEqual(
      [
        ["upnp:rootdevice", `${UDN}::upnp:rootdevice`],
        [UDN, UDN],
        [DEVICE, `${UDN}::${DEVICE}`],
        [SERVICE, `${UDN}::${SERVICE}`],
      ].sort(),
    );
  });

  test.each([
    ["upnp:rootdevice", "upnp:rootdevice", `${UDN}::upnp:rootdevice`],
    [UDN, UDN, UDN],
    [DEVICE, DEVICE, `${UDN}::${DEVICE}`],
    [SERVICE, SERVICE, `${UDN}::${SERVICE}`],
  ])("UC-11 UD-046 a search for %s gets the one answer with that ST", (target, st, usn) => {
    const rig = device();
    rig.hear(msearch({ ST: target }));
    rig.advance(2000);
    expect(pairs(rig)).toEqual([[st, usn]]);
  });

  test("UC-12 UD-047 quirk S37 an older version of a type is answered in the version asked, in ST and USN", () => {
    const rig = device();
    const older = "urn:schemas-upnp-org:device:MediaServer:1";
    rig.hear(msearch({ ST: older }));
    rig.advance(2000);
    expect(pairs(rig)).toEqual([[older, `${UDN}::${older}`]]);
  });

  test("UC-13 UC-14 a version too high gets no answer", () => {
    expect(answersTo({ ST: "urn:schemas-upnp-org:device:MediaServer:3" })).toBe(0);
    expect(answersTo({ ST: "urn:schemas-upnp-org:service:ContentDirectory:4" })).toBe(0);
  });

  test("F27 a bare entry is found by its type, by its USN and by ssdp:all", () => {
    for (const target of ["my-type", "my-usn", "ssdp:all"]) {
      const rig = new Rig();
      rig.offer({ bare: { target: "my-type", usn: "my-usn" } });
      rig.advance(5000);
      rig.forget();
      rig.hear(msearch({ ST: target }));
      rig.advance(2000);
      expect(pairs(rig)).toEqual([["my-type", "my-usn"]]);
    }
  });

  test("F16 a hidden entry answers only who asks for it", () => {
    const rig = new Rig();
    rig.offer({ ...OFFER, hidden: true });
    rig.hear(msearch());
    rig.advance(2000);
    expect(rig.sent).toEqual([]);
    rig.hear(msearch({ ST: DEVICE }), { port: 5000 });
    rig.advance(2000);
    expect(rig.sent).toHaveLength(1);
  });

  test("after the goodbye nothing is answered, not even what was scheduled", () => {
    const rig = new Rig();
    const id = rig.offer(OFFER);
    rig.advance(5000);
    rig.hear(msearch());
    rig.turn((turn) => rig.engine.withdraw(id, turn));
    rig.forget();
    rig.advance(6000);
    expect(rig.sent.filter(({ message }) => message.kind === "response")).toHaveLength(0);
  });
});

describe("what is met with silence", () => {
  test.each([
    ["UC-15 version 1.0", {}, "M-SEARCH * HTTP/1.0"],
    ["UC-16 no version", {}, "M-SEARCH *"],
    ["UC-17 no *", {}, "M-SEARCH HTTP/1.1"],
    ["UC-18 another URI", {}, "M-SEARCH /x HTTP/1.1"],
    ["UC-19 no MAN", { MAN: undefined }, undefined],
    ["UC-19 empty MAN", { MAN: "" }, undefined],
    ["UC-19 unquoted MAN", { MAN: "ssdp:discover" }, undefined],
    ["UC-19 wrong MAN", { MAN: '"ssdp:other"' }, undefined],
    ["UC-20 UD-051 no MX", { MX: undefined }, undefined],
    ["UC-21 empty MX", { MX: "" }, undefined],
    ["UC-22 negative MX", { MX: "-1" }, undefined],
    ["UC-23 MX no integer", { MX: "1.5" }, undefined],
    ["UC-23 MX in hexadecimal", { MX: "0x5" }, undefined],
    ["S-31 MX 0", { MX: "0" }, undefined],
    ["S-31 MX 1e3", { MX: "1e3" }, undefined],
    ["S-31 two numbers in MX", { MX: "5, 5" }, undefined],
    ["UC-24 no ST", { ST: undefined }, undefined],
    ["UC-25 empty ST", { ST: "" }, undefined],
    ["UC-26 invalid ST", { ST: "::" }, undefined],
    ["UC-27 unknown UDN", { ST: "uuid:00000000-0000-0000-0000-000000000000" }, undefined],
    ["S-16 an ST of 2,000 characters", { ST: `urn:${"A".repeat(2000)}` }, undefined],
    ["V-68 ST (", { ST: "(" }, undefined],
    ["V-68 ST (a+)+$", { ST: "(a+)+$" }, undefined],
    ["V-68 ST *", { ST: "*" }, undefined],
    ["S-36 two different STs", { ST: `upnp:rootdevice\r\nST: ${DEVICE}` }, undefined],
  ] as const)("%s", (_, headers, start) => {
    expect(answersTo(headers, start)).toBe(0);
    expect(answersTo({})).toBeGreaterThan(0);
  });

  test("F07 a 200 OK or a NOTIFY that carries an ST is never answered", () => {
    const rig = device();
    rig.hear(["HTTP/1.1 200 OK", ...msearch().slice(1)]);
    rig.hear(["NOTIFY * HTTP/1.1", ...msearch().slice(1)]);
    rig.advance(6000);
    expect(rig.sent).toEqual([]);
  });

  test("quirk S30 S31 in lenient mode MAN without quotes and a missing MX are answered", () => {
    expect(answersTo({ MAN: "ssdp:discover", MX: undefined }, undefined, { lenient: true })).toBe(4);
  });
});

describe("how it is answered", () => {
  test("UD-055 UD-048 every header of an answer, to the port that asked, from the port that was asked", () => {
    const rig = device({ bootId: 7 });
    rig.hear(msearch({ ST: DEVICE }), { port: 40_000 });
    rig.advance(2000);
    const [sent] = rig.sent;
    expect(sent?.to).toEqual({ address: PEER, port: 40_000 });
    expect(sent?.socket).toBe("shared");
    expect([...(sent?.message.headers ?? [])]).toEqual([
      ["CACHE-CONTROL", "max-age=1800"],
      ["DATE", "Thu, 01 Jan 2026 00:00:00 GMT"],
      ["EXT", ""],
      ["LOCATION", "http://192.168.1.10:8200/rootDesc.xml"],
      ["SERVER", expect.stringContaining("UPnP/1.1")],
      ["ST", DEVICE],
      ["USN", `${UDN}::${DEVICE}`],
      ["BOOTID.UPNP.ORG", "7"],
      ["CONFIGID.UPNP.ORG", expect.stringMatching(/^\d+$/)],
    ]);
  });

  test("UD-049 UC-28 F24 answers lie within 0..MX and are spread: chi-square over 400 of them for MX 1 to 5", () => {
    for (const mx of [1, 2, 3, 4, 5]) {
      const delays: number[] = [];
      for (let seed = 0; seed < 100; seed++) {
        const rig = device({ seed: seed * 5 + mx });
        const start = rig.now;
        rig.hear(msearch({ MX: String(mx) }));
        rig.advance(6000);
        delays.push(...rig.sent.map(({ at }) => at - start));
      }
      expect(Math.max(...delays)).toBeLessThan(mx * 1000);
      const bins = Array<number>(10).fill(0);
      for (const delay of delays) bins[Math.floor((delay / (mx * 950)) * 10)]!++;
      const expected = delays.length / 10;
      const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquare, `MX ${mx}`).toBeLessThan(27.9); // 9 degrees of freedom, p = 0.001
    }
  });

  test("UD-050 S-31 an MX above 5 counts as 5", () => {
    for (const mx of ["6", "120", "99999999999"]) {
      const rig = device();
      const start = rig.now;
      rig.hear(msearch({ MX: mx }));
      rig.advance(5000);
      expect(rig.sent).toHaveLength(4);
      expect(Math.max(...rig.sent.map(({ at }) => at)) - start).toBeLessThan(5000);
    }
  });

  test("UD-054 UD-056 UC-29 a search sent to us alone needs no MX and is answered at once, from that very port", () => {
    for (const socket of ["shared", "own"] as const) {
      const rig = device();
      rig.hear(msearch({ ST: UDN, MX: undefined }), { to: "host", socket });
      expect(rig.sent.map((sent) => [sent.socket, sent.at])).toEqual([[socket, rig.now]]);
    }
  });

  test("quirk MythTV: LOCATION has the family, scope and subnet of who asked", () => {
    const rig = device({ links: [V4, V6] });
    rig.hear(msearch({ ST: UDN }), { link: V6, address: "fe80::99" });
    rig.hear(msearch({ ST: UDN }), { link: V6, address: "fd00::99" });
    rig.hear(msearch({ ST: UDN }), { link: V4 });
    rig.advance(5000);
    expect(rig.sent.map((sent) => header(sent, "LOCATION")).sort()).toEqual([
      "http://192.168.1.10:8200/rootDesc.xml",
      "http://[fd00::10]:8200/rootDesc.xml",
      "http://[fe80::10]:8200/rootDesc.xml",
    ]);
  });

  test("UD-053 other searches are answered while one waits", () => {
    const rig = device();
    rig.hear(msearch({ MX: "5" }));
    rig.hear(msearch({ ST: UDN, MX: undefined }), { to: "host", address: "192.168.1.30" });
    expect(rig.sent).toHaveLength(1);
  });

  test("draft-cai: the S header of the search comes back", () => {
    const rig = new Rig();
    rig.offer({ bare: { target: "my-type", usn: "my-usn" }, location: "http://{address}/", dialect: "ietf" });
    rig.advance(5000);
    rig.forget();
    rig.hear(msearch({ S: "uuid:ijklmnop-7dec-11d0-a765-00a0c91e6bf6" }));
    rig.advance(5000);
    expect(header(rig.sent[0], "S")).toBe("uuid:ijklmnop-7dec-11d0-a765-00a0c91e6bf6");
    expect(header(rig.sent[0], "AL")).toBe("<http://192.168.1.10/>");
  });
});

describe("bounds", () => {
  test("S-30 the same search repeated within MX is answered once, in whatever letter case", () => {
    const rig = device();
    rig.hear(msearch());
    rig.hear(msearch({ ST: "ssdp:all" }));
    rig.hear(msearch({ ST: DEVICE }));
    rig.hear(msearch({ ST: DEVICE.toUpperCase() }));
    rig.advance(6000);
    expect(rig.sent).toHaveLength(4 + 1);
    rig.hear(msearch());
    rig.advance(6000);
    expect(rig.sent).toHaveLength(8 + 1);
  });

  test("G-20 S-30 P-01 one source gets 20 packets at once and 10 per second after", () => {
    const rig = device();
    for (let i = 0; i < 1000; i++) rig.hear(msearch({ ST: UDN }), { to: "host" });
    expect(rig.sent).toHaveLength(20);
    for (let i = 0; i < 1000; i++) {
      rig.advance(10);
      rig.hear(msearch({ ST: UDN }), { to: "host" });
    }
    expect(rig.sent.length).toBeGreaterThanOrEqual(20 + 99);
    expect(rig.sent.length).toBeLessThanOrEqual(20 + 101);
  });

  test("UC-10 G-20 the first search for everything gets all of a large device, and is charged for it", () => {
    const services = Array.from({ length: 60 }, (_, i) => `urn:x:service:S${i}:1`);
    for (const mx of ["1", "3"]) {
      const rig = new Rig();
      rig.offer({ ...OFFER, root: { type: DEVICE, udn: UDN, services } });
      rig.advance(5000);
      rig.forget();
      rig.hear(msearch({ MX: mx }));
      rig.advance(1000 * Number(mx));
      expect(rig.sent).toHaveLength(63);
      rig.hear(msearch({ ST: UDN, MX: "1" }), { port: 5000 });
      rig.advance(1000);
      expect(rig.sent, "nothing more until it is paid off").toHaveLength(63);
      rig.advance(10_000);
      rig.hear(msearch({ ST: UDN }), { port: 5001 });
      rig.advance(3000);
      expect(rig.sent).toHaveLength(64);
    }
  });

  test("two control points on one machine both get what they ask for, one after the other or at once", () => {
    const services = Array.from({ length: 20 }, (_, i) => `urn:x:service:S${i}:1`);
    const rig = new Rig();
    rig.offer({ ...OFFER, root: { type: DEVICE, udn: UDN, services } });
    rig.advance(5000);
    rig.forget();
    rig.hear(msearch({ MX: "3" }), { port: 5000 });
    rig.hear(msearch({ MX: "3" }), { port: 5001 });
    rig.advance(3000);
    const answersAt = (port: number) =>
      rig.sent.filter(({ to }) => to !== "group" && to.port === port).length;
    expect(answersAt(5000)).toBe(23);
    expect(answersAt(5001)).toBeGreaterThanOrEqual(23);
  });

  test("programs on this very machine are answered however often they ask", () => {
    const rig = device();
    for (let i = 0; i < 30; i++) {
      rig.hear(msearch({ MX: "1" }), { address: V4.address, port: 5000 + i });
      rig.advance(1000);
    }
    expect(rig.sent).toHaveLength(30 * 4);
  });

  test("who asks for a large device again and again gets all of it in time", () => {
    const services = Array.from({ length: 60 }, (_, i) => `urn:x:service:S${i}:1`);
    const rig = new Rig();
    rig.offer({ ...OFFER, root: { type: DEVICE, udn: UDN, services } });
    rig.hear(msearch());
    rig.advance(7000);
    rig.forget();
    for (let i = 0; i < 40; i++) {
      rig.hear(msearch({ MX: "1" }));
      rig.advance(1500);
    }
    const usns = rig.sent.filter(({ message }) => message.kind === "response");
    expect(new Set(usns.map((sent) => header(sent, "USN"))).size).toBe(63);
  });

  test("G-20 all sources together get 100 per second, and 25 more who were not answered lately", () => {
    const rig = device();
    for (let i = 0; i < 1000; i++)
      rig.hear(msearch({ ST: UDN }), { to: "host", address: `192.168.1.${i % 250}` });
    expect(rig.sent).toHaveLength(125);
  });

  test("S-30 one host that searches all the time, from ever new ports, does not silence us for others", () => {
    const rig = device();
    let heard = 0;
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 70; i++) rig.hear(msearch({ MX: "5" }), { port: 1024 + second * 70 + i });
      rig.hear(msearch({ MX: "1", ST: UDN }), { address: "192.168.1.40" });
      rig.advance(1000);
      heard += rig.sent.filter(({ to }) => to !== "group" && to.address === "192.168.1.40").length;
      rig.forget();
    }
    expect(heard).toBeGreaterThanOrEqual(59);
  });

  test("S-30 no more than 256 answers wait at a time", () => {
    const rig = device();
    const before = rig.engine.waiting.length;
    for (let i = 0; i < 10_000; i++) {
      rig.hear(msearch({ MX: "5" }), { address: `192.168.1.${i % 250}`, port: 1024 + i });
    }
    expect(rig.engine.waiting.length - before).toBe(256);
    expect(rig.engine.counts.dropped.get("answers-pending")).toBeGreaterThan(1000);
    rig.advance(6000);
    rig.forget();
    rig.advance(60_000);
    rig.hear(msearch(), { address: "192.168.1.40" });
    rig.advance(6000);
    expect(rig.sent.filter(({ message }) => message.kind === "response")).toHaveLength(4);
  });

  test("G-78 limits are options", () => {
    const limits = {
      answersPerSecondPerSource: Number.POSITIVE_INFINITY,
      answerBurstPerSource: Number.POSITIVE_INFINITY,
      answersPerSecond: Number.POSITIVE_INFINITY,
    };
    const rig = device({ limits });
    for (let i = 0; i < 1000; i++) rig.hear(msearch({ ST: UDN }), { to: "host" });
    expect(rig.sent).toHaveLength(1000);
  });
});
