import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { address, PEER, Rig, srv, txt, V4, webServer } from "./rig.ts";

const NAME = "Web._http._tcp.local";

describe("resolving one instance", () => {
  test("A63-043 it is asked for when it is needed, and its address follows the name", () => {
    const rig = new Rig();
    const { states } = rig.resolve(NAME);
    expect(rig.mdns.asking).toEqual([`SRV ${NAME}`, `TXT ${NAME}`]);
    rig.hear(webServer().slice(1));
    expect(states.map((state) => state?.addresses[0]?.address)).toEqual([PEER]);
    rig.now += 10_000;
    rig.hear([address("web.local", "192.168.1.21")]);
    rig.advance(100);
    expect(states.map((state) => state?.addresses.map((each) => each.address))).toEqual([
      [PEER],
      ["192.168.1.21"],
    ]);
  });

  test("no PTR record is needed; it is there as long as its SRV record is", () => {
    const rig = new Rig();
    const { states } = rig.resolve(NAME);
    rig.hear(webServer().slice(1));
    expect(states[0]?.sightings.map(({ link, from }) => `${link.id} ${from}`)).toEqual([`eth0/4 ${PEER}`]);
    rig.gone([webServer()[1]], "expired");
    rig.advance(3000);
    expect(states.at(-1)).toBeUndefined();
    rig.hear([webServer()[1]]);
    expect(states.map((state) => state?.port)).toEqual([80, undefined, 80]);
  });

  test("who wants to connect waits in no line", () => {
    const rig = new Rig({ limits: { resolving: 1 } });
    rig.browse("_http._tcp");
    rig.hear([webServer("Slow")[0]]);
    rig.resolve(NAME);
    expect(rig.mdns.asking).toContain(`SRV ${NAME}`);
  });

  test("what is heard again is no new state", () => {
    const rig = new Rig();
    const { states } = rig.resolve(NAME);
    rig.hear(webServer().slice(1));
    rig.hear(webServer().slice(1));
    rig.advance(1000);
    expect(states).toHaveLength(1);
  });

  test("ended it tells nothing and asks nothing, also for a host that others follow", () => {
    const rig = new Rig();
    const one = rig.resolve(NAME);
    const other = rig.resolve("Other._http._tcp.local");
    rig.hear([
      ...webServer().slice(1),
      srv("Other._http._tcp.local", "web.local", 81),
      txt("Other._http._tcp.local"),
    ]);
    one.end();
    one.end();
    expect(rig.mdns.asking).toEqual(
      ["A web.local", "AAAA web.local", "SRV Other._http._tcp.local", "TXT Other._http._tcp.local"].toSorted(
        (a, b) => rig.mdns.asking.indexOf(a) - rig.mdns.asking.indexOf(b),
      ),
    );
    other.end();
    rig.now += 5000;
    rig.hear([srv(NAME, "web.local", 99)], V4);
    rig.advance(10_000);
    expect([one.states.length, other.states.length, rig.mdns.asks.size, rig.ground.agenda.size]).toEqual([
      1, 1, 0, 0,
    ]);
  });

  test("a name that is none of an instance is refused", () => {
    const rig = new Rig();
    for (const text of ["web.local", "_http._tcp.local", "."])
      expect(() => rig.resolve(text)).toThrow(expect.objectContaining({ code: "INVALID_NAME" }));
  });

  test("M-26 an SRV record that comes and goes every second is told as often as it changes, and no more", () => {
    const rig = new Rig();
    const { states } = rig.resolve(NAME);
    rig.hear(webServer().slice(1));
    for (let second = 0; second < 60; second++) {
      rig.gone([webServer()[1]], "expired");
      rig.advance(1000);
      rig.hear([srv(NAME, "web.local", 80, { ttl: 1 })]);
    }
    expect(states).toHaveLength(1);
    expect(Name.parse(NAME).equals(states[0]?.name ?? Name.root)).toBe(true);
  });
});
