import { describe, expect, test } from "vitest";
import { Lan } from "../../src/testing/index.ts";
import { GATEWAY, GATEWAY_SET, header, Peer, pairs, ROOT, Subject, search } from "./stage.ts";

const MAX_AGE = 1_800_000;

function stage(seed = 42) {
  const lan = new Lan({ seed });
  return { lan, peer: new Peer(lan), device: new Subject(lan) };
}

/** When the root device was announced: each instant once, however many messages came at it. */
function rounds(peer: Peer): number[] {
  const alive = peer.announced("ssdp:alive").filter((one) => header(one, "NT") === "upnp:rootdevice");
  return alive.filter(({ link }) => link.family === 4).map(({ at }) => at);
}

describe("when a device announces itself", () => {
  test("UD-024 after a change of interfaces it waits at random again, up to 100 ms", () => {
    const waits = Array.from({ length: 100 }, (_, seed) => {
      const { lan, peer, device } = stage(seed);
      device.announce();
      lan.advance(1000);
      peer.heard.length = 0;
      const start = lan.now;
      lan.weather.plug(device.host, "eth1", ["10.9.0.1/16"]);
      lan.advance(500);
      return (peer.announced("ssdp:alive")[0]?.at ?? Number.NaN) - start;
    });
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(100 + 1);
    for (const quarter of [0, 25, 50, 75])
      expect(waits.filter((wait) => wait >= quarter && wait < quarter + 25).length).toBeGreaterThan(10);
  });

  test("UD-026 each lifetime it announces itself anew before half of it is over, and never at the same moment", () => {
    const gaps: number[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const { lan, peer, device } = stage(seed);
      device.announce();
      lan.advance(3 * MAX_AGE);
      const times = rounds(peer);
      for (let i = 1; i < times.length; i++) gaps.push((times[i] ?? 0) - (times[i - 1] ?? 0));
    }
    const lifetimes = gaps.filter((gap) => gap > 1000);
    expect(lifetimes.length).toBeGreaterThanOrEqual(20 * 6);
    expect(Math.max(...lifetimes)).toBeLessThan(MAX_AGE / 2);
    expect(new Set(lifetimes.map((gap) => Math.round(gap / 1000))).size).toBeGreaterThan(50);
  });

  test("UD-025 and never does it say a set more than three times in a row", () => {
    const { lan, peer, device } = stage();
    device.announce();
    lan.advance(MAX_AGE);
    const times = rounds(peer);
    const bursts = times.map((start) => times.filter((at) => at >= start && at < start + 60_000).length);
    expect(Math.max(...bursts)).toBe(3);
  });
});

describe("where a device announces itself", () => {
  /** Two interfaces, each with both families, on two segments. */
  const interfaces = [
    { name: "eth0", segment: "lan", addresses: ["10.0.0.1/16", "fe80::1/64"] },
    { name: "eth1", segment: "cellar", addresses: ["10.1.0.1/16", "fe80::1:1/64"] },
  ];
  const places = [
    ["lan", 4, "10.0.0.1"],
    ["lan", 6, "[fe80::1]"],
    ["cellar", 4, "10.1.0.1"],
    ["cellar", 6, "[fe80::1:1]"],
  ] as const;

  test.each(places)(
    "UD-030 UD-018 on %s by IPv%i it is heard, hears, and names %s",
    (segment, family, host) => {
      const lan = new Lan({ seed: 42 });
      const subnet = segment === "lan" ? "10.0.0.9/16" : "10.1.0.9/16";
      const peer = new Peer(lan, {
        host: { interfaces: [{ name: "eth0", segment, addresses: [subnet, "fe80::9/64"] }] },
      });
      const device = new Subject(lan, { host: { interfaces } });
      device.announce();
      const alive = peer.announced("ssdp:alive").filter(({ link }) => link.family === family);
      expect(pairs(alive.slice(0, GATEWAY_SET.length))).toEqual([...GATEWAY_SET].sort());
      const [answer, ...others] = peer.ask(search({ ST: ROOT }), { family });
      expect(others).toEqual([]);
      const location = `http://${host}:49152/gateway.xml`;
      expect(new Set([...alive, answer].map((one) => header(one, "LOCATION")))).toEqual(new Set([location]));
      expect(URL.canParse(location)).toBe(true);
    },
  );

  test("UD-028 what it says on one link differs from the others in HOST and LOCATION alone", () => {
    const lan = new Lan({ seed: 42 });
    const said = places.map(([segment, family]) => ({ segment, family, peer: peerOn(lan, segment, family) }));
    new Subject(lan, { host: { interfaces } }).announce();
    const texts = said.map(({ peer, family }) => {
      const alive = peer.announced("ssdp:alive").filter(({ link }) => link.family === family);
      return alive.map(({ message }) =>
        [...message.headers].filter(([name]) => name !== "HOST" && name !== "LOCATION").join("\n"),
      );
    });
    expect(texts[0]).toHaveLength(3 * GATEWAY_SET.length);
    for (const text of texts) expect(text).toEqual(texts[0]);
  });

  function peerOn(lan: Lan, segment: string, family: 4 | 6): Peer {
    const subnet = segment === "lan" ? "10.0.0" : "10.1.0";
    const addresses = family === 4 ? [`${subnet}.8/16`] : ["fe80::8/64"];
    const name = `peer on ${segment} by ${family}`;
    return new Peer(lan, { name, host: { interfaces: [{ name: "eth0", segment, addresses }] } });
  }
});

describe("how far a device speaks", () => {
  test.each([undefined, 4, 1, 255])(
    "UD-029 G-07 with %s for hops, multicasts travel as far; two hops when nothing is said",
    (hops) => {
      const lan = new Lan({ seed: 42 });
      using capture = lan.capture();
      const device = new Subject(lan, hops === undefined ? {} : { hops });
      const id = device.announce();
      device.search();
      device.revoke(id);
      lan.advance(1000);
      expect(new Set(capture.datagrams.map(({ from }) => from.address)).size, "by both families").toBe(2);
      expect(new Set(capture.datagrams.filter(isMulticast).map((sent) => sent.hops))).toEqual(
        new Set([hops ?? 2]),
      );
    },
  );

  function isMulticast({ to }: { to: { address: string } }): boolean {
    return to.address === "239.255.255.250" || to.address === "ff02::c";
  }
});

describe("how a device ends", () => {
  test("UD-031 UC-09 with a byebye for each announcement, on every link, under the BOOTID and CONFIGID of its life", () => {
    const { lan, peer, device } = stage();
    const id = device.announce({ ...GATEWAY, configId: 77 });
    const [alive] = peer.announced("ssdp:alive");
    device.revoke(id);
    lan.advance(1000);
    for (const family of [4, 6] as const) {
      const said = peer.announced("ssdp:byebye").filter(({ link }) => link.family === family);
      expect(pairs(said.slice(0, GATEWAY_SET.length))).toEqual([...GATEWAY_SET].sort());
      for (const one of said) {
        expect(header(one, "LOCATION")).toBeUndefined();
        expect(header(one, "CONFIGID.UPNP.ORG")).toBe("77");
        expect(header(one, "BOOTID.UPNP.ORG")).toBe(header(alive, "BOOTID.UPNP.ORG"));
      }
    }
    lan.advance(2 * MAX_AGE);
    expect(peer.announced("ssdp:alive").every(({ at }) => at <= 2100)).toBe(true);
  });
});
