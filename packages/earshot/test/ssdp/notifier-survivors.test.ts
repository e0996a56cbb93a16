import { describe, expect, test } from "vitest";
import type { DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { DEVICE, msearch, Rig, SERVICE, type Sent, UDN, V4 } from "./rig.ts";

const PLAIN: DeviceOffer = { location: "http://{address}:80/", root: { type: DEVICE, udn: UDN } };
const MORE: DeviceOffer = {
  location: "http://{address}:81/",
  root: { type: DEVICE, udn: UDN, services: [SERVICE] },
};
const OWN_ADDRESS = V4.address;

const header = (sent: Sent, name: string) => sent.message.headers.get(name);

/** What was sent, as `NTS USN BOOTID`, each line once, in the order of the first. */
function told(rig: Rig): string[] {
  const lines = rig.sent.map((sent) =>
    ["NTS", "USN", "BOOTID.UPNP.ORG"].map((name) => header(sent, name)).join(" "),
  );
  return [...new Set(lines)];
}

/** Two offers, and a control point that has heard both. */
function scene(first: DeviceOffer, second: DeviceOffer) {
  const rig = new Rig({ bootId: 5 });
  const listener = new Rig();
  const ids = [rig.offer(first), rig.offer(second)] as const;
  const pass = (ms: number, loses: (sent: Sent) => boolean = () => false): void => {
    for (let at = 0; at < ms; at += 10) {
      rig.advance(10);
      listener.advance(10);
      for (const sent of rig.sent.splice(0)) {
        const to = sent.message.kind === "response" ? "host" : "group";
        const socket = to === "host" ? "own" : "shared";
        if (!loses(sent)) listener.hear([], { bytes: sent.bytes, address: OWN_ADDRESS, to, socket });
      }
      for (const { message, to } of listener.sent.splice(0)) {
        const isAsked = typeof to === "object" && to.address === OWN_ADDRESS;
        const headers = { ST: message.headers.get("ST"), MX: undefined };
        if (isAsked) rig.hear(msearch(headers), { address: "192.168.1.99", to: "host" });
      }
    }
  };
  pass(5000);
  listener.forget();
  const withdraw = (id: number): void => rig.turn((turn) => rig.engine.withdraw(id, turn));
  const known = () => [...listener.engine.records].map(({ usn }) => usn).sort();
  return { rig, listener, ids, pass, withdraw, known };
}

describe("UD-003 one of two offers of the same device is withdrawn", () => {
  test("no goodbye of what the other tells, which moves on to the next BOOTID and is announced anew", () => {
    const { rig, ids, withdraw } = scene(PLAIN, MORE);
    rig.forget();
    withdraw(ids[0]);
    rig.advance(1000);
    expect(told(rig).filter((line) => line.includes("byebye"))).toEqual([]);
    expect(told(rig)).toContain(`ssdp:update ${UDN} 5`);
    expect(told(rig)).toContain(`ssdp:alive ${UDN} 6`);
    expect(rig.told).toContain("withdrawn");
  });

  test("who listens loses nothing, and finds nothing anew", () => {
    const { ids, pass, withdraw, known, listener } = scene(PLAIN, MORE);
    const before = known();
    expect(before).toHaveLength(4);
    withdraw(ids[0]);
    pass(700_000);
    expect(known()).toEqual(before);
    expect(listener.told.filter((line) => /^(?:lost|found)/.test(line))).toEqual([]);
  });

  test("a service that only it had is revoked, even if the first goodbye gets lost, and the device stays", () => {
    for (const isLossy of [false, true]) {
      const { ids, pass, withdraw, known, listener } = scene(MORE, PLAIN);
      let goodbyes = 0;
      withdraw(ids[0]);
      pass(5000, (sent) => header(sent, "NTS") === "ssdp:byebye" && goodbyes++ === 0 && isLossy);
      expect(goodbyes).toBe(2);
      expect(known()).toEqual([UDN, `${UDN}::${DEVICE}`, `${UDN}::upnp:rootdevice`].sort());
      expect(listener.told.filter((line) => line.startsWith("lost"))).toEqual([
        `lost ${UDN}::${SERVICE} goodbye`,
      ]);
    }
  });

  test("an embedded device that only it had is revoked, and the others are there again at once", () => {
    const embedded = { type: "urn:x:device:Inner:1", udn: "uuid:inner" };
    const tree = { ...PLAIN, root: { type: DEVICE, udn: UDN, devices: [embedded] } };
    const { ids, pass, withdraw, known } = scene(tree, PLAIN);
    expect(known()).toHaveLength(5);
    withdraw(ids[0]);
    pass(5000);
    expect(known()).toEqual([UDN, `${UDN}::${DEVICE}`, `${UDN}::upnp:rootdevice`].sort());
  });

  test("a hidden survivor tells nothing, so that the goodbye is whole, and said twice", () => {
    const { rig, ids, withdraw } = scene(PLAIN, { ...PLAIN, hidden: true });
    rig.forget();
    withdraw(ids[0]);
    rig.advance(1000);
    expect(rig.sent.map((sent) => header(sent, "NTS"))).toEqual(Array(6).fill("ssdp:byebye"));
  });

  test("the last of them says goodbye of all", () => {
    const { ids, pass, withdraw, known } = scene(PLAIN, MORE);
    withdraw(ids[0]);
    pass(2000);
    withdraw(ids[1]);
    pass(2000);
    expect(known()).toEqual([]);
  });
});

test("F16 a hidden offer is not announced on demand either", () => {
  const rig = new Rig();
  const id = rig.offer({ ...PLAIN, hidden: true });
  for (let i = 0; i < 3; i++) rig.turn((turn) => rig.engine.notify(id, turn));
  rig.advance(10_000);
  expect(rig.sent).toEqual([]);
});

describe("many offers of one device", () => {
  test("that are withdrawn together say goodbye once each, and nothing of those that go with them", () => {
    const rig = new Rig({ bootId: 5 });
    const ids = Array.from({ length: 40 }, (_, index) =>
      rig.offer({ bare: { target: `urn:x:service:S${index}:1`, usn: `${UDN}::urn:x:service:S${index}:1` } }),
    );
    rig.advance(10_000);
    rig.forget();
    for (const id of ids) rig.turn((turn) => rig.engine.withdraw(id, turn));
    rig.advance(1000);
    expect(rig.sent.map((sent) => header(sent, "NTS")).filter((nts) => nts !== "ssdp:byebye")).toEqual([]);
    expect(rig.sent.length).toBe(80);
  });

  test("move on to another BOOTID a moment after one of them has left, before its goodbye is repeated", () => {
    const rig = new Rig({ bootId: 5 });
    const first = rig.offer(PLAIN);
    rig.offer(MORE);
    rig.advance(10_000);
    rig.forget();
    rig.turn((turn) => rig.engine.withdraw(first, turn));
    expect(told(rig).filter((line) => line.startsWith("ssdp:update"))).toEqual([]);
    rig.advance(60);
    expect(told(rig).filter((line) => line.startsWith("ssdp:update"))).not.toEqual([]);
  });
});
