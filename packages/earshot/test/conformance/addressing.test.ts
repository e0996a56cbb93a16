import { describe, expect, test } from "vitest";
import { Lan } from "../../src/testing/index.ts";
import { FORWARDING, GATEWAY_SET, header, Peer, pairs, ROOT, Subject, search } from "./stage.ts";

/** Someone with an address in either network, as who answers a host that has none of its own yet. */
const BOTH = { addresses: ["10.0.0.9/16", "169.254.0.9/16"] };
const SELF_GIVEN = "169.254.7.7";
const BY_DHCP = "10.0.0.7";

/** A gateway that has given itself an address. */
function stage() {
  const lan = new Lan({ seed: 42 });
  const peer = new Peer(lan, { host: BOTH });
  const device = new Subject(lan, { host: { addresses: [`${SELF_GIVEN}/16`] } });
  const gateway = device.announce();
  return { lan, peer, device, gateway };
}

describe("UD-001 UC-01 from a self-given address to one of DHCP", () => {
  test("what was announced is revoked, and all of it announced anew, within ten seconds", () => {
    const { lan, peer, device } = stage();
    const bootId = Number(header(peer.announced("ssdp:alive")[0], "BOOTID.UPNP.ORG"));
    peer.heard.length = 0;
    const start = lan.now;
    lan.weather.plug(device.host, "eth0", [`${BY_DHCP}/16`]);
    lan.advance(10_000);
    expect(pairs(peer.announced("ssdp:byebye"))).toEqual([...GATEWAY_SET].sort());
    const alive = peer.announced("ssdp:alive");
    expect(pairs(alive.slice(0, GATEWAY_SET.length))).toEqual([...GATEWAY_SET].sort());
    for (const one of alive) {
      expect(one.from.address).toBe(BY_DHCP);
      expect(header(one, "LOCATION")).toBe(`http://${BY_DHCP}:49152/gateway.xml`);
      expect(Number(header(one, "BOOTID.UPNP.ORG"))).toBeGreaterThan(bootId);
    }
    const [last] = peer.announced("ssdp:byebye").slice(-1);
    expect(last?.at).toBeLessThanOrEqual(alive[0]?.at ?? 0);
    expect((alive.at(-1)?.at ?? 0) - start).toBeLessThan(10_000);
  });

  test("and back, when DHCP is gone: the same, and searches are answered all along", () => {
    const { lan, peer, device } = stage();
    for (const address of [BY_DHCP, SELF_GIVEN, BY_DHCP]) {
      lan.weather.plug(device.host, "eth0", [`${address}/16`]);
      lan.advance(10_000);
      const from = { address: address === BY_DHCP ? "10.0.0.9" : "169.254.0.9", port: 1900 };
      const [answer, ...others] = peer.ask(search({ ST: ROOT }), { from, socket: "shared" });
      expect([answer?.from.address, others]).toEqual([address, []]);
      expect(header(answer, "LOCATION")).toContain(`//${address}:`);
    }
  });

  test("a control point keeps the device and uses its new LOCATION only", () => {
    const { lan, device } = stage();
    const control = new Subject(lan, { name: "control point", host: BOTH });
    control.listen();
    control.search();
    lan.advance(3000);
    lan.weather.plug(device.host, "eth0", [`${BY_DHCP}/16`]);
    lan.advance(10_000);
    expect(control.records.map(({ usn }) => usn).sort()).toEqual(GATEWAY_SET.map(([, usn]) => usn).sort());
    const service = control.records.find(({ type }) => type === FORWARDING);
    const [location, ...others] = service?.sightings.flatMap(({ locations }) => locations) ?? [];
    expect([location?.url, others]).toEqual([`http://${BY_DHCP}:49152/gateway.xml`, []]);
  });
});

describe("UD-002 a host with a self-given address", () => {
  test("sends to the group and to others with such an address, and names its own in LOCATION: nothing is for a router", () => {
    const { lan, peer, device, gateway } = stage();
    using capture = lan.capture();
    peer.say(search(), { from: { address: "169.254.0.9", port: 50_000 } });
    peer.say(search(), { from: { address: "10.0.0.9", port: 50_000 } });
    lan.inject({
      from: { address: "203.0.113.9", port: 50_000 },
      to: { address: "239.255.255.250", port: 1900 },
      bytes: new TextEncoder().encode(`${search().join("\r\n")}\r\n\r\n`),
    });
    lan.advance(1_000_000);
    device.revoke(gateway);
    lan.advance(1000);
    const sent = capture.datagrams.filter(({ from }) => from.address === SELF_GIVEN);
    const receivers = new Set(sent.map(({ to }) => to.address));
    expect(receivers).toEqual(new Set(["239.255.255.250", "169.254.0.9"]));
    const locations = [...peer.announced("ssdp:alive")].map((one) => header(one, "LOCATION"));
    expect(new Set(locations)).toEqual(new Set([`http://${SELF_GIVEN}:49152/gateway.xml`]));
  });
});
