import { describe, expect, test } from "vitest";
import { alive, DEVICE, msearch, PEER, Rig, response, type Sent, UDN, V4, V6 } from "./rig.ts";

const header = (sent: Sent | undefined, name: string) => sent?.message.headers.get(name);
const answered = (rig: Rig) => rig.told.filter((line) => line === "answer").length;
const OWN = { socket: "own", to: "host" } as const;

describe("what is sent", () => {
  test("UD-039 F29 a search carries HOST, MAN in quotes, MX and ST", () => {
    const rig = new Rig();
    rig.search({ target: DEVICE, mx: 2 });
    const [sent] = rig.sent;
    expect([...(sent?.message.headers ?? [])].slice(0, 4)).toEqual([
      ["HOST", "239.255.255.250:1900"],
      ["MAN", '"ssdp:discover"'],
      ["MX", "2"],
      ["ST", DEVICE],
    ]);
    expect(header(sent, "USER-AGENT")).toMatch(/^Linux\/6\.1 UPnP\/1\.1 earshot\//);
    expect([sent?.to, sent?.socket]).toEqual([{ address: "239.255.255.250", port: 1900 }, "own"]);
  });

  test("UD-042 F05 quirk S27 it is sent at once, three times, spread", () => {
    for (let seed = 0; seed < 30; seed++) {
      const rig = new Rig({ seed });
      const start = rig.now;
      rig.search();
      rig.advance(5000);
      const times = rig.sent.map(({ at }) => at - start);
      expect(times).toHaveLength(3);
      expect(times[0]).toBe(0);
      expect(times[1]).toBeGreaterThanOrEqual(150);
      expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(150);
      expect(times[2]).toBeLessThanOrEqual(900);
    }
  });

  test("F25 quirk ssdpy#82 it is sent on every link and in both families, without zone in HOST", () => {
    const eth1 = { ...V4, id: "eth1/4", interfaceName: "eth1" };
    const rig = new Rig({ links: [V4, V6, eth1] });
    rig.search({ copies: 1 });
    expect(rig.sent.map((sent) => [sent.link.id, header(sent, "HOST")])).toEqual([
      ["eth0/4", "239.255.255.250:1900"],
      ["eth0/6", "[FF02::C]:1900"],
      ["eth1/4", "239.255.255.250:1900"],
    ]);
  });

  test("UD-128 the site-local group is searched when chosen", () => {
    const rig = new Rig({ links: [V6], siteScope: true });
    rig.search({ copies: 1 });
    expect(rig.sent.map((sent) => header(sent, "HOST"))).toEqual(["[FF02::C]:1900", "[FF05::C]:1900"]);
  });

  test("UD-040 UDA 2.0 sends CPFN, and CPUUID when given", () => {
    const rig = new Rig();
    rig.search({ dialect: "2.0", friendlyName: "Hub", uuid: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" });
    expect(header(rig.sent[0], "CPFN.UPNP.ORG")).toBe("Hub");
    expect(header(rig.sent[0], "CPUUID.UPNP.ORG")).toBe("f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  });

  test("UD-045 a search of one host has no MX, and HOST is that host", () => {
    const rig = new Rig({ links: [V4, V6] });
    rig.search({ to: { address: PEER, port: 1901 }, mx: undefined, copies: 1 });
    expect(rig.sent).toHaveLength(1);
    expect([header(rig.sent[0], "HOST"), header(rig.sent[0], "MX")]).toEqual([`${PEER}:1901`, undefined]);
  });

  test("F42 quirk S35 a broadcast search goes to each link's broadcast address, at any port", () => {
    const rig = new Rig({ links: [V4, V6], broadcast: true });
    rig.search({ to: "broadcast", port: 1337, copies: 1 });
    expect(rig.sent.map(({ to }) => to)).toEqual([{ address: "192.168.1.255", port: 1337 }]);
  });

  test("quirk UAPP: searching from port 1900 as well, where we have it", () => {
    const rig = new Rig({ links: [V4, { ...V6, sharedPort: undefined }] });
    rig.search({ fromShared: true, copies: 1 });
    expect(rig.sent.map(({ link, socket }) => [link.id, socket])).toEqual([
      ["eth0/4", "own"],
      ["eth0/4", "shared"],
      ["eth0/6", "own"],
    ]);
  });
});

describe("standing searches", () => {
  test("F05 UD-044 a standing search goes on, in rounds, with jitter", () => {
    const rig = new Rig();
    const start = rig.now;
    rig.search({ everyMs: 10_000, copies: 1 });
    rig.advance(100_000);
    const times = rig.sent.map(({ at }) => at - start);
    expect(times.length).toBeGreaterThanOrEqual(9);
    expect(times.length).toBeLessThanOrEqual(12);
    for (let i = 1; i < times.length; i++) {
      expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(9000);
      expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBeLessThanOrEqual(11_000);
    }
  });

  test("F03 F04 a search is removed by its own number, whatever its ST resembles", () => {
    const rig = new Rig();
    const one = rig.search({ target: "urn:x:device:Foo:1", everyMs: 10_000, copies: 1 });
    rig.search({ target: "urn:x:device:Foo:10", everyMs: 10_000, copies: 1 });
    rig.forget();
    expect(rig.engine.endSearch(one)).toBe(true);
    expect(rig.engine.endSearch(one)).toBe(false);
    rig.advance(12_000);
    expect(rig.sent.map((sent) => header(sent, "ST"))).toEqual(["urn:x:device:Foo:10"]);
  });

  test("a search begun before there is any link is sent in full when there is one", () => {
    const rig = new Rig({ links: [] });
    rig.search();
    rig.advance(5000);
    rig.relink([V4]);
    rig.advance(5000);
    expect(rig.sent).toHaveLength(3);
  });

  test("F-01 F-04 a new link is searched at once, the others not again", () => {
    const rig = new Rig();
    rig.search({ everyMs: 300_000 });
    rig.advance(5000);
    rig.forget();
    rig.relink([V4, V6]);
    rig.advance(5000);
    expect(rig.sent.map(({ link }) => link.id)).toEqual(["eth0/6", "eth0/6", "eth0/6"]);
  });

  test("F-05 after a sleep a standing search is made again at once", () => {
    const rig = new Rig();
    rig.search({ everyMs: 300_000 });
    rig.advance(5000);
    rig.forget();
    rig.relink([V4], true);
    expect(rig.sent).toHaveLength(1);
  });
});

describe("answers", () => {
  test("F25 UD-043 an answer is told with the responder's address, until MX and a second after the last copy", () => {
    const rig = new Rig();
    rig.search({ mx: 1, copies: 1 });
    rig.advance(1900);
    rig.hear(response(), OWN);
    expect(rig.told).toEqual(["answer", `found ${UDN}::upnp:rootdevice`]);
    const [event] = rig.events;
    expect(event?.kind === "answer" && event.answer.from).toEqual({ address: PEER, port: 1900 });
    rig.advance(200);
    expect(rig.told).toContain("search-ended");
  });

  test("a NOTIFY on the search socket is no answer", () => {
    const rig = new Rig();
    rig.search();
    rig.hear(alive(), OWN);
    expect(rig.told).toEqual(["dropped alive-by-unicast"]);
  });

  test("quirk Hue: an answer with a foreign ST is not ours", () => {
    const rig = new Rig();
    rig.search({ target: DEVICE });
    rig.hear(response({ ST: "urn:schemas-upnp-org:device:basic:1" }), OWN);
    expect(rig.told).toEqual(["dropped unsolicited-response"]);
  });

  test("an answer in a higher version than asked is one all the same", () => {
    const rig = new Rig();
    rig.search({ target: "urn:schemas-upnp-org:device:MediaServer:1" });
    rig.hear(response({ ST: DEVICE, USN: `${UDN}::${DEVICE}` }), OWN);
    expect(answered(rig)).toBe(1);
  });

  test("quirk S32 an answer counts from whatever port or socket it comes", () => {
    const rig = new Rig();
    rig.search();
    rig.hear(response(), { ...OWN, port: 54_321 });
    rig.hear(response(), { socket: "shared", to: "host" });
    expect(answered(rig)).toBe(2);
  });

  test("two searches that one answer fits are both told", () => {
    const rig = new Rig();
    const all = rig.search();
    const root = rig.search({ target: "upnp:rootdevice" });
    rig.hear(response(), OWN);
    expect(rig.events.flatMap((event) => (event.kind === "answer" ? [event.search] : []))).toEqual([
      all,
      root,
    ]);
  });

  test("a response that nobody asked for changes nothing", () => {
    const rig = new Rig();
    rig.hear(response(), OWN);
    expect([rig.told, [...rig.engine.records]]).toEqual([[], []]);
    rig.search({ target: "urn:x:device:Other:1" });
    rig.hear(response(), OWN);
    expect([rig.told, [...rig.engine.records]]).toEqual([["dropped unsolicited-response"], []]);
  });

  test("quirk S34 an answer without ST and USN counts where a port of somebody's own was searched", () => {
    const rig = new Rig();
    rig.search({ target: "wifi_bulb", port: 1982 });
    rig.hear(["HTTP/1.1 200 OK", "Location: yeelight://192.168.1.20:55443", "id: 0x000000000015243f"], OWN);
    expect(rig.told).toEqual(["answer"]);
    expect([...rig.engine.records]).toEqual([]);
  });

  test("an older version in the answer of a device known in a newer one is the same entry", () => {
    const rig = new Rig();
    rig.hear(alive({ NT: DEVICE, USN: `${UDN}::${DEVICE}` }));
    const older = "urn:schemas-upnp-org:device:MediaServer:1";
    rig.search({ target: older });
    rig.hear(response({ ST: older, USN: `${UDN}::${older}` }), OWN);
    expect([...rig.engine.records].map(({ type }) => type)).toEqual([DEVICE]);
  });

  test("seed S1 an answer with ST ssdp:all is filed under the type of its USN", () => {
    const rig = new Rig();
    rig.search();
    rig.hear(response({ ST: "ssdp:all", USN: `${UDN}::${DEVICE}` }), OWN);
    expect([...rig.engine.records].map(({ type }) => type)).toEqual([DEVICE]);
  });
});

describe("what nobody here wants is not even read", () => {
  test("NOTIFY without a listener, M-SEARCH without an offer, responses without a search", () => {
    const rig = new Rig();
    rig.engine.stopListening();
    rig.hear(alive());
    rig.hear(response(), OWN);
    rig.hear(msearch());
    expect([rig.told, rig.engine.counts.heard, [...rig.engine.records]]).toEqual([[], 0, []]);
  });

  test("who stops listening forgets, and who listens again starts afresh", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.engine.stopListening();
    expect([[...rig.engine.records], rig.engine.waiting]).toEqual([[], []]);
    rig.engine.listen();
    rig.forget();
    rig.hear(alive());
    expect(rig.told).toEqual([`found ${UDN}::upnp:rootdevice`]);
  });
});

describe("what is dropped, and counted", () => {
  test.each([
    ["malformed", ["FOO * HTTP/1.1"]],
    ["malformed", ["HTTP/1.1 404 Not Found"]],
    ["no-usn", ["NOTIFY * HTTP/1.1", "NT: x", "NTS: ssdp:alive"]],
    ["unknown-nts", alive({ NTS: "ssdp:hello" })],
    ["name-too-long", alive({ USN: `uuid:${"A".repeat(1500)}` })],
    ["conflicting-headers", [...alive(), "USN: uuid:other"]],
    ["byebye-of-unknown", alive({ NTS: "ssdp:byebye" })],
  ] as const)("%s", (reason, lines) => {
    const rig = new Rig();
    rig.search();
    rig.hear(lines);
    expect(rig.told).toEqual([`dropped ${reason}`]);
    expect(rig.engine.counts.dropped.get(reason)).toBe(1);
    expect([...rig.engine.records]).toEqual([]);
  });

  test("J-05 V-65 headers named like parts of an object pollute nothing", () => {
    const rig = new Rig();
    rig.hear([...alive(), '__proto__: {"polluted":1}', "constructor: x"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(rig.told).toEqual([`found ${UDN}::upnp:rootdevice`]);
  });

  test("V-64 an empty datagram and a single zero byte are malformed, no more", () => {
    const rig = new Rig();
    rig.hear([], { bytes: new Uint8Array() });
    rig.hear([], { bytes: Uint8Array.of(0) });
    expect(rig.told).toEqual(["dropped malformed", "dropped malformed"]);
  });
});
