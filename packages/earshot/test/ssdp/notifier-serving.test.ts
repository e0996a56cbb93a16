import { describe, expect, test } from "vitest";
import type { Endpoint } from "../../src/core/engine.ts";
import type { DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { DEVICE, Rig, type Sent, UDN, V4, V6 } from "./rig.ts";

const SERVED: DeviceOffer = {
  location: "http://{address}:{port}/description.xml",
  root: { type: DEVICE, udn: UDN },
};
const SEARCH = ["M-SEARCH * HTTP/1.1", 'MAN: "ssdp:discover"', "MX: 1", "ST: ssdp:all"];

const header = (sent: Sent, name: string) => sent.message.headers.get(name);
const places = (...all: [link: string, ...endpoints: [address: string, port: number][]][]) =>
  new Map<string, Endpoint[]>(
    all.map(([link, ...endpoints]) => [link, endpoints.map(([address, port]) => ({ address, port }))]),
  );

/** What was sent, as `link NTS LOCATION`, each line once. */
function told(rig: Rig): string[] {
  const lines = rig.sent.map((sent) =>
    [sent.link.id, header(sent, "NTS") ?? "answer", header(sent, "LOCATION")].filter(Boolean).join(" "),
  );
  return [...new Set(lines)].sort();
}

function serve(rig: Rig, id: number, ...all: Parameters<typeof places>): void {
  rig.turn((turn) => rig.engine.serve(id, places(...all), turn));
}

describe("an offer whose LOCATION depends on where we serve it", () => {
  test("F18 is not announced, and answers nobody, before it is served", () => {
    const rig = new Rig({ links: [V4, V6] });
    rig.offer(SERVED);
    rig.advance(10_000);
    rig.hear(SEARCH);
    rig.hear(SEARCH, { to: "host", port: 40_000 });
    rig.advance(10_000);
    expect(told(rig)).toEqual([]);
  });

  test("UD-018 F-14 is announced where it is served, at the port of each link", () => {
    const rig = new Rig({ links: [V4, V6] });
    const id = rig.offer(SERVED);
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]], ["eth0/6", ["fe80::10", 4002]]);
    rig.advance(100);
    expect(told(rig)).toEqual([
      "eth0/4 ssdp:alive http://192.168.1.10:4001/description.xml",
      "eth0/6 ssdp:alive http://[fe80::10]:4002/description.xml",
    ]);
    rig.forget();
    rig.hear(SEARCH, { port: 40_000 });
    rig.advance(5000);
    expect(told(rig)).toContain("eth0/4 answer http://192.168.1.10:4001/description.xml");
  });

  test("is neither announced nor answered for on a link where it is not served, nor revoked there", () => {
    const rig = new Rig({ links: [V4, V6] });
    const id = rig.offer(SERVED);
    serve(rig, id, ["eth0/6", ["fe80::10", 4002]]);
    rig.advance(10_000);
    rig.hear(SEARCH, { port: 40_000 });
    rig.advance(5000);
    rig.turn((turn) => rig.engine.withdraw(id, turn));
    rig.advance(5000);
    expect(told(rig)).toEqual([
      "eth0/6 ssdp:alive http://[fe80::10]:4002/description.xml",
      "eth0/6 ssdp:byebye",
    ]);
  });

  test("UD-121 UD-122 tells the wider group the wider address, with the port that serves there", () => {
    const rig = new Rig({ links: [V6], siteScope: true });
    const id = rig.offer(SERVED);
    serve(rig, id, ["eth0/6", ["fe80::10", 4002], ["fd00::10", 4003]]);
    rig.advance(100);
    expect(told(rig)).toEqual([
      "eth0/6 ssdp:alive http://[fd00::10]:4003/description.xml",
      "eth0/6 ssdp:alive http://[fe80::10]:4002/description.xml",
    ]);
  });

  test("tells no address at which it is not served", () => {
    const rig = new Rig({ links: [V6], siteScope: true });
    const id = rig.offer(SERVED);
    serve(rig, id, ["eth0/6", ["fd00::10", 4003], ["fd00::99", 4004]]);
    rig.advance(100);
    expect(told(rig)).toEqual(["eth0/6 ssdp:alive http://[fd00::10]:4003/description.xml"]);
  });

  test("UD-003 F-02 F19 a changed address: byebye there at once, nothing more before it is served there, then alive", () => {
    const rig = new Rig({ bootId: 5 });
    const id = rig.offer(SERVED);
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]]);
    rig.advance(10_000);
    rig.forget();
    const moved = {
      ...V4,
      address: "192.168.1.77",
      addresses: [{ address: "192.168.1.77", prefixLength: 24 }],
    };
    rig.relink([moved]);
    expect(rig.told).toEqual(["relinked"]);
    rig.advance(10_000);
    rig.hear(SEARCH, { link: moved, port: 40_000 });
    rig.advance(5000);
    expect(told(rig)).toEqual(["eth0/4 ssdp:byebye"]);
    rig.forget();
    serve(rig, id, ["eth0/4", ["192.168.1.77", 4009]]);
    rig.advance(100);
    expect(told(rig)).toEqual(["eth0/4 ssdp:alive http://192.168.1.77:4009/description.xml"]);
    expect(new Set(rig.sent.map((sent) => header(sent, "BOOTID.UPNP.ORG")))).toEqual(new Set(["6"]));
  });

  test("an answer under way is not given with a place that is no more", () => {
    const rig = new Rig();
    const id = rig.offer(SERVED);
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]]);
    rig.advance(10_000);
    rig.forget();
    rig.hear(SEARCH, { port: 40_000 });
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4444]]);
    rig.advance(5000);
    expect(told(rig)).toEqual(["eth0/4 ssdp:alive http://192.168.1.10:4444/description.xml"]);
  });

  test("is revoked on a link where it is served no more, and stays elsewhere", () => {
    const rig = new Rig({ links: [V4, V6] });
    const id = rig.offer(SERVED);
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]], ["eth0/6", ["fe80::10", 4002]]);
    rig.advance(10_000);
    rig.forget();
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]]);
    rig.advance(1000);
    expect(told(rig)).toEqual([
      "eth0/4 ssdp:alive http://192.168.1.10:4001/description.xml",
      "eth0/4 ssdp:update http://192.168.1.10:4001/description.xml",
      "eth0/6 ssdp:byebye",
    ]);
  });

  test("UD-003 what was revoked on a link and is served there again at once is believed: it has another BOOTID", () => {
    const rig = new Rig({ links: [V4, V6], bootId: 5 });
    const listener = new Rig();
    const id = rig.offer(SERVED);
    const pass = (ms: number): void => {
      for (let at = 0; at < ms; at += 10) {
        rig.advance(10);
        listener.advance(10);
        for (const { bytes, link } of rig.sent.splice(0)) {
          if (link.id === V4.id) listener.hear([], { bytes, address: V4.address });
        }
      }
    };
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]], ["eth0/6", ["fe80::10", 4002]]);
    pass(5000);
    expect([...listener.engine.records]).toHaveLength(3);
    serve(rig, id, ["eth0/6", ["fe80::10", 4002]]);
    pass(100);
    expect([...listener.engine.records]).toEqual([]);
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4003]], ["eth0/6", ["fe80::10", 4002]]);
    pass(200);
    expect([...listener.engine.records]).toHaveLength(3);
    expect([...listener.engine.records].map(({ bootId }) => bootId)).toEqual([6, 6, 6]);
  });

  test("a link where it was never served is told nothing, and changes no BOOTID", () => {
    const rig = new Rig({ links: [V4, V6], bootId: 5 });
    const id = rig.offer(SERVED);
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]]);
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4002]]);
    rig.advance(1000);
    expect(told(rig)).toEqual(["eth0/4 ssdp:alive http://192.168.1.10:4002/description.xml"]);
    expect(rig.engine.counts.bootId).toBe(5);
  });

  test("what is told twice is announced once", () => {
    const rig = new Rig();
    const id = rig.offer(SERVED);
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]]);
    rig.advance(10_000);
    rig.forget();
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]], ["eth9/4", ["10.0.0.1", 1]]);
    rig.advance(1000);
    expect(told(rig)).toEqual([]);
  });

  test("links tell nothing where every LOCATION is fixed", () => {
    const rig = new Rig();
    const id = rig.offer({ ...SERVED, location: "http://{address}:80/" });
    rig.relink([V4, V6]);
    expect(rig.told).toEqual([]);
    serve(rig, id, ["eth0/4", ["192.168.1.10", 4001]]);
    rig.advance(1000);
    expect(told(rig)).toContain("eth0/4 ssdp:alive http://192.168.1.10:80/");
  });
});
