import { describe, expect, test } from "vitest";
import type { BoundLink } from "../../src/core/engine.ts";
import { doubtsAbout } from "../../src/dns-sd/offer-doubts.ts";
import type { ServiceOffer } from "../../src/dns-sd/service-offer.ts";
import { Name } from "../../src/mdns/name.ts";
import { conflict, establish, published, refusal } from "./published.ts";
import { LO, Rig, V4, V6, WLAN } from "./rig.ts";

describe("what an offer publishes", () => {
  test("A63-011 A63-035 its PTR record, that of its type, SRV with priority and weight 0, TXT, and its host's addresses", () => {
    const rig = new Rig();
    rig.publish({ txt: { a: "1" } });
    expect(published(rig)).toEqual(
      [
        "10.1.168.192.in-addr.arpa PTR me.local 120",
        "Web._http._tcp.local SRV 0 0 80 me.local 120",
        "Web._http._tcp.local TXT 3,97,61,49 4500",
        "_http._tcp.local PTR Web._http._tcp.local 4500 shared",
        "_services._dns-sd._udp.local PTR _http._tcp.local 4500 shared",
        "me.local A 192.168.1.10 120",
      ].sort(),
    );
  });

  test("A63-012 A63-013 without keys its text is one zero byte, never no bytes", () => {
    const rig = new Rig();
    rig.publish();
    expect(published(rig)).toContain("Web._http._tcp.local TXT 0 4500");
  });

  test("A63-018 host and port stand in the SRV record alone; who puts them into the text too is told", () => {
    const rig = new Rig();
    rig.publish({ host: "box", port: 8080 });
    const texts = rig.mdns.recordsOn(V4).flatMap(({ data }) => (data.kind === "TXT" ? [...data.bytes] : []));
    expect(texts).toEqual([0]);
    const offer = { type: "_http._tcp", name: "x", port: 8080, host: "box" };
    expect(doubtsAbout({ ...offer, txt: { port: "8080", host: "box", path: "/" } })).toHaveLength(2);
    expect(doubtsAbout({ ...offer, txt: { port: "9", path: "/" } })).toEqual([]);
  });

  test("A63-016 A63-021 A63-028 A63-029 what the standard advises against can be published, and is told of", () => {
    const offer = { type: "_http._tcp", name: "x", port: 80 };
    const rig = new Rig();
    const txt = Array.from({ length: 6 }, (_, index) => [`k${index}`, "v".repeat(230)] as const);
    rig.publish({ ...offer, txt });
    expect(doubtsAbout({ ...offer, txt })).toEqual([expect.stringContaining("1404 bytes")]);
    expect(doubtsAbout({ ...offer, txt: txt.slice(0, 5) })).toEqual([]);
    expect(doubtsAbout({ ...offer, txt: { abcdefghi: "1" } })).toEqual([]);
    expect(doubtsAbout({ ...offer, txt: { abcdefghij: "1" } })).toHaveLength(1);
    expect(doubtsAbout({ ...offer, txt: { note: '"quoted"' } })).toHaveLength(1);
    expect(doubtsAbout({ ...offer, txt: [["a", "1"], ["txtvers", "1"]] })).toHaveLength(1); // biome-ignore format: one line
    expect(doubtsAbout({ ...offer, txt: { a: "1", txtvers: "1" } })).toEqual([]);
    expect(doubtsAbout(offer)).toEqual([]);
  });

  test("A63-031 A63-032 M39 each subtype is a PTR record to the plain name, and is any text", () => {
    const rig = new Rig();
    rig.publish({ type: "_ipp._tcp,_universal", subtypes: ["Fast. Very", "_UNIVERSAL"] });
    const subtypes = rig.mdns.recordsOn(V4).filter(({ name }) => name.labels[1] === "_sub");
    expect(
      subtypes.map(({ name, data }) => [name.first, "target" in data && data.target.toString()]),
    ).toEqual([
      ["_universal", "Web._ipp._tcp.local"],
      ["Fast. Very", "Web._ipp._tcp.local"],
    ]);
    expect(refusal({ subtypes: ["x".repeat(64)] })).toBe("INVALID_OFFER");
    expect(refusal({ subtypes: [""] })).toBe("INVALID_OFFER");
  });

  test("A62-124 a name is precomposed, and U+FEFF in it is a character", () => {
    const rig = new Rig();
    rig.publish({ name: "Cafe\u0301 \ufeff" });
    expect(published(rig).join()).toContain("Caf\u00e9 \ufeff._http._tcp.local SRV");
  });

  test("A63-033 port 0 takes the name, and its SRV record names a real host", () => {
    const rig = new Rig();
    rig.publish({ type: "_printer._tcp", port: 0 });
    expect(published(rig)).toContain("Web._printer._tcp.local SRV 0 0 0 me.local 120");
    expect(published(rig)).toContain("me.local A 192.168.1.10 120");
  });

  test("A62-049 A62-120 each link has all addresses of its interface, of both families, and no others", () => {
    const rig = new Rig({ links: [V4, V6, WLAN, LO] });
    rig.publish();
    const addresses = (link: BoundLink): string[] =>
      rig.mdns.recordsOn(link).flatMap(({ data }) => ("address" in data ? [data.address] : []));
    expect(addresses(V4)).toEqual(["192.168.1.10", "fe80::10", "fd00::10"]);
    expect(addresses(V6)).toEqual(["192.168.1.10", "fe80::10", "fd00::10"]);
    expect(addresses(WLAN)).toEqual(["10.9.0.10"]);
    expect(addresses(LO)).toEqual(["127.0.0.1"]);
  });

  test("the reverse name of an IPv6 address has its nibbles", () => {
    const rig = new Rig({ links: [V6] });
    rig.publish();
    expect(published(rig, V6)).toContain(
      "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa PTR me.local 120",
    );
  });

  test("an offer for some interfaces is on these alone, and so is its host", () => {
    const rig = new Rig({ links: [V4, WLAN] });
    rig.publish({ interfaces: ["wlan0"] });
    expect(published(rig, V4)).toEqual([]);
    expect(published(rig, WLAN)).toContain("me.local A 10.9.0.10 120");
  });

  test("lives can be chosen", () => {
    const rig = new Rig();
    rig.publish({ ttlSeconds: 60, hostTtlSeconds: 10, priority: 1, weight: 2 });
    expect(published(rig)).toEqual(
      expect.arrayContaining([
        "Web._http._tcp.local SRV 1 2 80 me.local 10",
        "Web._http._tcp.local TXT 0 60",
        "me.local A 192.168.1.10 10",
      ]),
    );
  });

  test("what cannot be published is refused: types, names, numbers, addresses", () => {
    const wrong: Partial<ServiceOffer>[] = [
      { type: "_way-too-long-a-name._tcp" },
      { type: "_a_b._tcp" },
      { name: "" },
      { name: "a\nb" },
      { name: "x".repeat(64) },
      { port: -1 },
      { port: 65_536 },
      { port: 1.5 },
      { port: Number.NaN },
      { priority: 65_536 },
      { weight: -1 },
      { ttlSeconds: 0 },
      { hostTtlSeconds: 86_401 },
      { txt: { "": "x" } },
      { host: "my host" },
      { host: "box", addresses: [] },
      { host: "box", addresses: ["300.1.1.1"] },
      { host: "box", addresses: ["224.0.0.1"] },
      { host: "box", addresses: ["0.0.0.0"] },
      { addresses: ["192.168.1.5"] },
    ];
    for (const offer of wrong) expect([offer, refusal(offer)]).toEqual([offer, "INVALID_OFFER"]);
    expect(refusal({ type: "http" })).toBe("INVALID_SERVICE_TYPE");
  });
});

describe("names", () => {
  test("it is published when its names and its host's are ours, and that is told once", () => {
    const rig = new Rig();
    rig.publish();
    expect(rig.told).toEqual([]);
    establish(rig);
    establish(rig);
    expect(rig.told).toEqual(["published 1 Web at me.local"]);
  });

  test("A63-044 an instance whose name somebody has is renamed, probed for anew, and told", () => {
    const rig = new Rig();
    rig.publish();
    conflict(rig, "Web._http._tcp.local");
    expect(rig.told).toEqual(["renamed 1 instance Web to Web (2)"]);
    conflict(rig, Name.of("Web (2)", "_http", "_tcp", "local"));
    establish(rig);
    expect(rig.told).toEqual(["renamed 1 instance Web (2) to Web (3)", "published 1 Web (3) at me.local"]);
    expect(published(rig)).toContain("Web (3)._http._tcp.local SRV 0 0 80 me.local 120");
    expect(published(rig)).toContain("_http._tcp.local PTR Web (3)._http._tcp.local 4500 shared");
    expect(rig.mdns.done.filter((what) => what.startsWith("replace"))).toHaveLength(2);
  });

  test("A63-044 M40 a host whose name somebody has gets a number, and all its SRV records follow", () => {
    const rig = new Rig();
    rig.publish();
    rig.publish({ type: "_ipp._tcp", port: 631 });
    establish(rig);
    rig.events.splice(0);
    conflict(rig, "me.local");
    expect(rig.told).toEqual([
      "renamed 1 host me.local to me-2.local",
      "renamed 2 host me.local to me-2.local",
    ]);
    establish(rig);
    expect(rig.told).toEqual(["published 1 Web at me-2.local", "published 2 Web at me-2.local"]);
    const lines = published(rig);
    expect(lines.filter((line) => line.includes("me.local"))).toEqual([]);
    expect(lines).toContain("Web._ipp._tcp.local SRV 0 0 631 me-2.local 120");
    expect(lines).toContain("10.1.168.192.in-addr.arpa PTR me-2.local 120");
  });

  test("M39 two offers of ours with the same name and type do not wait for a conflict", () => {
    const rig = new Rig();
    rig.publish();
    rig.publish({ name: "WEB", port: 81 });
    rig.publish({ name: "Web (2)", port: 82 });
    rig.publish({ port: 83 });
    rig.publish({ type: "_ipp._tcp" });
    expect(rig.told).toEqual([
      "renamed 2 instance WEB to WEB (2)",
      "renamed 3 instance Web (2) to Web (3)",
      "renamed 4 instance Web to Web (4)",
    ]);
  });

  test("on interfaces that do not meet both keep the name", () => {
    const rig = new Rig({ links: [V4, WLAN] });
    rig.publish({ interfaces: ["eth0"] });
    rig.publish({ interfaces: ["wlan0"], port: 81 });
    expect(rig.told).toEqual([]);
    rig.publish({ port: 82 });
    expect(rig.told).toEqual(["renamed 3 instance Web to Web (2)"]);
  });

  test("the name of an address that another program on this machine has is left to it", () => {
    const rig = new Rig();
    rig.publish();
    conflict(rig, "10.1.168.192.in-addr.arpa");
    expect(rig.told).toEqual([]);
    expect(published(rig).filter((line) => line.includes("in-addr"))).toEqual([]);
    expect(published(rig)).toContain("me.local A 192.168.1.10 120");
  });

  test("names verified already are not probed for", () => {
    const rig = new Rig();
    rig.publish({ probes: false, host: "box" });
    rig.publish({ type: "_ipp._tcp" });
    expect([...rig.mdns.publications.values()].map(({ probes }) => probes)).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
  });
});
