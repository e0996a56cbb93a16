import { describe, expect, test } from "vitest";
import { isLinkLocal } from "../../src/core/address.ts";
import { ssdpService } from "../../src/discovery/ssdp-service.ts";
import type { SsdpOptions } from "../../src/ssdp/config.ts";
import { Lan } from "../../src/testing/index.ts";
import { GATEWAY_SET, type HeardMessage, header, Peer, pairs, ROOT, Subject, search } from "./stage.ts";

const LINK_LOCAL = "fe80::1";
const UNIQUE_LOCAL = "fd00::1";
const DUAL = ["10.0.0.1/16", `${LINK_LOCAL}/64`, `${UNIQUE_LOCAL}/64`];

/** A gateway with addresses of every scope, and a peer with the same. */
function stage(options: SsdpOptions = {}) {
  const lan = new Lan({ seed: 42 });
  const peer = new Peer(lan, { host: { addresses: ["10.0.0.9/16", "fe80::9/64", "fd00::9/64"] } });
  const capture = lan.capture();
  const device = new Subject(lan, { ...options, host: { addresses: DUAL } });
  return { lan, peer, capture, device };
}

/** The host in a LOCATION, without brackets. */
function hostIn(location: string | undefined): string {
  return new URL(location ?? "").hostname.replace(/^\[|\]$/g, "");
}

const byIpv6 = ({ link }: HeardMessage) => link.family === 6;

describe("what goes to a group", () => {
  test("UD-121 FF02::C is spoken to from the link-local address, and LOCATION names it", () => {
    const { lan, peer, capture, device } = stage();
    const id = device.announce();
    device.search();
    device.revoke(id);
    lan.advance(2000);
    const sent = capture.datagrams.filter(({ to }) => to.address.startsWith("ff"));
    expect(sent.length).toBeGreaterThan(3 * GATEWAY_SET.length);
    for (const { to, from } of sent) expect([to.address, from.address]).toEqual(["ff02::c", LINK_LOCAL]);
    const alive = peer.announced("ssdp:alive").filter(byIpv6);
    expect(new Set(alive.map((one) => hostIn(header(one, "LOCATION"))))).toEqual(new Set([LINK_LOCAL]));
    expect(peer.heard.filter(byIpv6).some(({ message }) => message.kind === "search")).toBe(true);
  });

  test("UD-122 FF05::C, when chosen, is spoken to from the wider address, LOCATION names it, and no wider group is used", () => {
    const { lan, capture, device } = stage({ siteScope: true });
    const id = device.announce();
    device.search();
    device.revoke(id);
    lan.advance(2000);
    const sent = capture.datagrams.filter(({ from }) => [LINK_LOCAL, UNIQUE_LOCAL].includes(from.address));
    const routes = new Set(sent.map(({ from, to }) => `${from.address} to ${to.address}`));
    expect(routes).toEqual(new Set([`${LINK_LOCAL} to ff02::c`, `${UNIQUE_LOCAL} to ff05::c`]));
    for (const { to, bytes } of sent) {
      const [, location] = /^LOCATION: (.*)\r$/m.exec(new TextDecoder().decode(bytes)) ?? [];
      if (location) expect(isLinkLocal(hostIn(location))).toBe(to.address === "ff02::c");
    }
  });

  test.each([
    [undefined, 10],
    [3, 3],
  ])("UD-122 with %s for its hops, what goes to FF05::C travels %i, and to FF02::C two", (siteHops, hops) => {
    const { capture, device } = stage({ siteScope: true, ...(siteHops !== undefined && { siteHops }) });
    device.announce();
    const travelled = (group: string) =>
      new Set(capture.datagrams.filter(({ to }) => to.address === group).map((sent) => sent.hops));
    expect([travelled("ff05::c"), travelled("ff02::c")]).toEqual([new Set([hops]), new Set([2])]);
  });

  test("UD-122 a host without a wider address does not speak to FF05::C at all", () => {
    const lan = new Lan({ seed: 42 });
    const capture = lan.capture();
    const device = new Subject(lan, { siteScope: true, host: { addresses: [`${LINK_LOCAL}/64`] } });
    device.announce();
    device.search();
    lan.advance(2000);
    const groups = capture.datagrams.map(({ to }) => to.address).filter((to) => to.startsWith("ff"));
    expect(new Set(groups)).toEqual(new Set(["ff02::c"]));
  });

  test("UD-123 an address in LOCATION is the one that the message comes from, in announcements and in answers", () => {
    const { peer, device } = stage({ siteScope: true });
    device.announce();
    for (const [family, address] of [
      [4, "10.0.0.1"],
      [6, LINK_LOCAL],
      [6, UNIQUE_LOCAL],
    ] as const) {
      peer.ask(search({ HOST: "device", MX: undefined }), { family, to: { address, port: 1900 } });
      peer.ask(search(), { family });
    }
    const located = peer.heard.filter((one) => header(one, "LOCATION") !== undefined);
    expect(new Set(located.map(({ from }) => from.address))).toEqual(
      new Set(["10.0.0.1", LINK_LOCAL, UNIQUE_LOCAL]),
    );
    for (const one of located) expect(hostIn(header(one, "LOCATION"))).toBe(one.from.address);
  });

  test("UD-125 its copies by IPv4 and by IPv6 leave within 20 ms: announcements, updates, goodbyes and searches", () => {
    const { lan, capture, device } = stage();
    const id = device.announce();
    lan.weather.plug(device.host, "eth1", ["10.9.0.1/16"]);
    device.search({ copies: 3 });
    lan.advance(1_000_000);
    device.revoke(id);
    lan.advance(2000);
    const groups = ["239.255.255.250", "ff02::c"];
    const isMulticast = ({ to }: { to: { address: string } }) => groups.includes(to.address);
    const mine = ["10.0.0.1", LINK_LOCAL];
    const sent = capture.datagrams.filter((one) => isMulticast(one) && mine.includes(one.from.address));
    const times = (family: 4 | 6) => {
      const isOurs = ({ from }: (typeof sent)[number]) => from.address.includes(":") === (family === 6);
      return sent.filter(isOurs).map(({ at, bytes }) => ({ at, what: kindOf(bytes) }));
    };
    const [v4, v6] = [times(4), times(6)];
    expect(v4.map(({ what }) => what)).toEqual(v6.map(({ what }) => what));
    expect(new Set(v4.map(({ what }) => what.split(" ")[0]))).toEqual(
      new Set(["ssdp:alive", "ssdp:update", "ssdp:byebye", "M-SEARCH"]),
    );
    v4.forEach(({ at }, index) => {
      expect(Math.abs(at - (v6[index]?.at ?? 0))).toBeLessThanOrEqual(20);
    });
  });

  test("UD-128 the site-local group is heard only when chosen", () => {
    for (const siteScope of [false, true]) {
      const { peer, device } = stage({ siteScope });
      device.announce();
      const to = { address: "ff05::c", port: 1900 };
      const answers = peer.ask(search({ HOST: "[FF05::C]:1900", ST: ROOT }), { family: 6, to });
      expect(answers).toHaveLength(siteScope ? 1 : 0);
    }
  });

  test("UD-128 addresses in HOST and LOCATION stand in brackets, in their short form, without zone", () => {
    const lan = new Lan({ seed: 42 });
    const peer = new Peer(lan, { host: { addresses: ["fe80::9/64"] } });
    const device = new Subject(lan, { host: { addresses: ["fe80:0:0:0:00a0:0:0:1/64"] } });
    device.announce();
    const [alive] = peer.announced("ssdp:alive");
    expect([header(alive, "HOST"), header(alive, "LOCATION")]).toEqual([
      "[FF02::C]:1900",
      "http://[fe80::a0:0:0:1]:49152/gateway.xml",
    ]);
  });
});

describe("a device on several addresses", () => {
  test.each(["10.0.0.1", LINK_LOCAL, UNIQUE_LOCAL])(
    "UD-126 hears a search sent to %s alone, and answers from there",
    (address) => {
      const { peer, device } = stage({ siteScope: true });
      device.announce();
      const family = address.includes(":") ? 6 : 4;
      const to = { address, port: 1900 };
      const [answer, ...others] = peer.ask(search({ MX: undefined, ST: ROOT }), { family, to });
      expect([answer?.from, others]).toEqual([to, []]);
    },
  );

  test("UD-127 has the same USNs by IPv4 and by IPv6", () => {
    const { peer, device } = stage({ siteScope: true });
    device.announce();
    const alive = peer.announced("ssdp:alive");
    for (const address of ["10.0.0.1", LINK_LOCAL, UNIQUE_LOCAL]) {
      const said = alive.filter(({ from }) => from.address === address).slice(0, GATEWAY_SET.length);
      expect(pairs(said), address).toEqual([...GATEWAY_SET].sort());
    }
  });

  test("UD-124 is one device to a control point, without a conflict, and its LOCATION to use is the same whatever came first", () => {
    const addresses = ["10.0.0.9", "fe80::9", "fd00::9"];
    const chosen = new Set<string | undefined>();
    for (const order of [addresses, addresses.toReversed(), [...addresses.slice(1), "10.0.0.9"]]) {
      const lan = new Lan({ seed: 42 });
      const control = new Subject(lan, {
        name: "control point",
        siteScope: true,
        host: { addresses: ["10.0.0.8/16", "fe80::8/64", "fd00::8/64"] },
      });
      control.listen();
      const device = new Peer(lan, { host: { addresses: addresses.map(withPrefix) } });
      for (const address of order) {
        announceFrom(device, address);
        lan.advance(10);
      }
      expect(control.told(`${ROOT}::upnp:rootdevice`)).not.toContain("updated");
      const [record, ...others] = control.records;
      expect(others).toEqual([]);
      const service = record && ssdpService(record, () => new Date(0));
      expect(service?.sightings.map(({ from }) => from).sort()).toEqual([...addresses].sort());
      expect(service?.conflict).toBe(false);
      chosen.add(service?.location);
    }
    expect(chosen).toEqual(new Set(["http://10.0.0.9/d.xml"]));
  });
});

function withPrefix(address: string): string {
  return `${address}/${address.includes(":") ? 64 : 16}`;
}

/** One alive, to the group that this address speaks to, with a LOCATION there. */
function announceFrom(device: Peer, address: string): void {
  const [family, group, host] = address.startsWith("10.")
    ? ([4, "239.255.255.250", address] as const)
    : ([6, isLinkLocal(address) ? "ff02::c" : "ff05::c", `[${address}]`] as const);
  const lines = [
    "NOTIFY * HTTP/1.1",
    "HOST: 239.255.255.250:1900",
    "NT: upnp:rootdevice",
    "NTS: ssdp:alive",
    `USN: ${ROOT}::upnp:rootdevice`,
    `LOCATION: http://${host}/d.xml`,
    "CACHE-CONTROL: max-age=1800",
    "BOOTID.UPNP.ORG: 5",
  ];
  const to = { address: group, port: 1900 };
  device.say(lines, { family, to, from: { address, port: 1900 }, socket: "shared" });
}

function kindOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const value = (name: string) => new RegExp(`^${name}: (.*)\r$`, "m").exec(text)?.[1] ?? "";
  return text.startsWith("NOTIFY") ? `${value("NTS")} ${value("USN")}` : (text.split(" ")[0] ?? "");
}
