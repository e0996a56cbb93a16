import { describe, expect, test } from "vitest";
import { alive, byebye, hearSet, Rig, ROOT, response, SERVICE, TYPED, UDN, V4 } from "./rig.ts";

const ALL = [ROOT, UDN, TYPED, `${UDN}::${SERVICE}`];

function byebyeSet(rig: Rig, headers: Record<string, string> = {}): void {
  for (const usn of ALL) rig.hear(byebye({ NT: usn.slice(UDN.length + 2) || UDN, USN: usn, ...headers }));
}

/** A device that is known, on an engine that holds goodbyes for two seconds. */
function known(holdGoodbyeMs = 2000, headers: Record<string, string> = {}): Rig {
  const rig = new Rig({ holdGoodbyeMs });
  hearSet(rig, headers);
  rig.forget();
  return rig;
}

describe("quirk S24 a goodbye that is held", () => {
  test("a device that says goodbye and is back at once was never lost", () => {
    const rig = known();
    byebyeSet(rig);
    rig.advance(500);
    hearSet(rig);
    rig.advance(60_000);
    expect(rig.told.filter((line) => /^(?:found|lost)/.test(line))).toEqual([]);
    expect([...rig.engine.records]).toHaveLength(4);
  });

  test("one that stays away is lost when the time is over, all of it, as a goodbye", () => {
    const rig = known();
    byebyeSet(rig);
    rig.advance(1999);
    expect([...rig.engine.records]).toHaveLength(4);
    rig.advance(1);
    expect(rig.told.filter((line) => line.startsWith("lost")).sort()).toEqual(
      ALL.map((usn) => `lost ${usn} goodbye`).sort(),
    );
    expect([...rig.engine.records]).toEqual([]);
    rig.advance(10_000);
    expect(rig.engine.waiting).toEqual([]);
  });

  test("repeating a goodbye does not lengthen the wait", () => {
    const rig = known();
    byebyeSet(rig);
    rig.advance(1900);
    byebyeSet(rig);
    rig.advance(100);
    expect([...rig.engine.records]).toEqual([]);
  });

  test("what does not come back with the rest is lost by itself", () => {
    const rig = known();
    byebyeSet(rig);
    rig.advance(100);
    rig.hear(alive());
    rig.hear(alive({ NT: UDN, USN: UDN }));
    rig.advance(2000);
    expect(rig.told.filter((line) => line.startsWith("lost")).sort()).toEqual(
      [`lost ${TYPED} goodbye`, `lost ${UDN}::${SERVICE} goodbye`].sort(),
    );
    expect([...rig.engine.records].map(({ usn }) => usn).sort()).toEqual([UDN, ROOT].sort());
  });

  test("the goodbye of one service is held as well", () => {
    const rig = known();
    const usn = `${UDN}::${SERVICE}`;
    rig.hear(byebye({ NT: SERVICE, USN: usn }));
    rig.advance(1000);
    rig.hear(alive({ NT: SERVICE, USN: usn }));
    rig.advance(1500);
    expect(rig.told.filter((line) => line.startsWith("lost"))).toEqual([]);
  });

  test("an alive of the very life that ended is not believed, but the answer to our question is", () => {
    const boot = { "BOOTID.UPNP.ORG": "5" };
    const rig = known(2000, boot);
    byebyeSet(rig, boot);
    rig.advance(200);
    rig.hear(alive(boot));
    expect(rig.told).toContain("dropped overtaken-alive");
    rig.advance(1100);
    expect(rig.sent.length, "it is asked").toBeGreaterThan(0);
    rig.hear(response(boot), { socket: "own", to: "host" });
    rig.advance(5000);
    expect([...rig.engine.records]).toHaveLength(4);
    expect(rig.told.filter((line) => /^(?:found|lost)/.test(line))).toEqual([]);
  });

  test("one that repeats its alives of the very life that ended is back: such late ones were not overtaken", () => {
    const boot = { "BOOTID.UPNP.ORG": "5" };
    const rig = known(900, boot);
    byebyeSet(rig, boot);
    rig.advance(200);
    hearSet(rig, boot);
    expect(rig.told.filter((line) => line === "dropped overtaken-alive")).toHaveLength(4);
    rig.advance(250);
    hearSet(rig, boot);
    rig.advance(60_000);
    expect([...rig.engine.records]).toHaveLength(4);
    expect(rig.told.filter((line) => /^(?:found|lost)/.test(line))).toEqual([]);
  });

  test("without a hold an alive of the life that ended is not believed for a second, however late", () => {
    const boot = { "BOOTID.UPNP.ORG": "5" };
    const rig = known(0, boot);
    byebyeSet(rig, boot);
    rig.advance(999);
    rig.hear(alive(boot));
    expect(rig.told).toContain("dropped overtaken-alive");
    expect([...rig.engine.records]).toEqual([]);
  });

  test.each([
    ["the root device first", ALL],
    ["the services first", [...ALL].reverse()],
  ])("ten seconds are ten seconds, %s: lost as a goodbye, not before and not for silence", (_, usns) => {
    const rig = known(10_000);
    for (const usn of usns) rig.hear(byebye({ NT: usn.slice(UDN.length + 2) || UDN, USN: usn }));
    rig.advance(9999);
    expect([...rig.engine.records]).toHaveLength(4);
    rig.advance(1);
    expect(rig.told.filter((line) => line.startsWith("lost")).sort()).toEqual(
      ALL.map((usn) => `lost ${usn} goodbye`).sort(),
    );
    rig.advance(10_000);
    expect(rig.engine.waiting).toEqual([]);
  });

  test("a device that is back after five of ten seconds was never lost", () => {
    const rig = known(10_000);
    byebyeSet(rig);
    rig.advance(5000);
    hearSet(rig);
    rig.advance(60_000);
    expect(rig.told.filter((line) => /^(?:found|lost)/.test(line))).toEqual([]);
  });

  test("while all that is known of a device is held it is not asked", () => {
    const rig = known(10_000);
    byebyeSet(rig);
    byebyeSet(rig);
    rig.advance(9000);
    expect(rig.sent).toEqual([]);
  });

  test("F-05 F-28 after a sleep, or a link that flaps, what is held ends as a goodbye", () => {
    for (const isSlept of [true, false]) {
      const rig = known(10_000);
      byebyeSet(rig);
      if (!isSlept) rig.relink([]);
      rig.relink([V4], isSlept);
      rig.advance(20_000);
      expect(rig.told.filter((line) => line.startsWith("lost")).sort()).toEqual(
        ALL.map((usn) => `lost ${usn} goodbye`).sort(),
      );
    }
  });

  test("a device that says goodbye of one service and answers no question is lost for silence, the service as a goodbye", () => {
    const rig = known(10_000);
    const usn = `${UDN}::${SERVICE}`;
    rig.hear(byebye({ NT: SERVICE, USN: usn }));
    rig.advance(20_000);
    expect(rig.told.filter((line) => line.startsWith("lost")).sort()).toEqual(
      [`lost ${ROOT} expired`, `lost ${UDN} expired`, `lost ${TYPED} expired`, `lost ${usn} goodbye`].sort(),
    );
    expect(rig.engine.waiting).toEqual([]);
  });

  test("the answer of a device does not bring back the one service that it revoked", () => {
    const rig = known(5000);
    rig.hear(byebye({ NT: SERVICE, USN: `${UDN}::${SERVICE}` }));
    rig.advance(100);
    rig.hear(response({ ST: UDN, USN: UDN }), { socket: "own", to: "host" });
    rig.advance(10_000);
    expect(rig.told.filter((line) => line.startsWith("lost"))).toEqual([`lost ${UDN}::${SERVICE} goodbye`]);
  });

  test("who stops listening meanwhile is told nothing later", () => {
    const rig = known();
    byebyeSet(rig);
    rig.engine.stopListening();
    rig.forget();
    rig.advance(10_000);
    expect(rig.told).toEqual([]);
    expect(rig.engine.waiting).toEqual([]);
  });

  test("without the option a goodbye takes effect at once", () => {
    const rig = known(0);
    byebyeSet(rig);
    expect([...rig.engine.records]).toEqual([]);
  });

  test("of what is pushed out meanwhile is over: nothing old comes back when its time would have been", () => {
    const rig = new Rig({ holdGoodbyeMs: 5000, limits: { services: 8, devices: 8 } });
    const first = { address: "192.168.1.20" };
    const other = { address: "192.168.1.21" };
    rig.hear(alive({ LOCATION: "http://192.168.1.20:80/" }), first);
    rig.hear(alive({ LOCATION: "http://192.168.1.21:80/" }), other);
    rig.hear(byebye(), other);
    for (let i = 0; i < 8; i++) {
      const address = `192.168.1.${100 + i}`;
      rig.hear(alive({ USN: `uuid:${i}`, NT: `uuid:${i}`, LOCATION: `http://${address}/` }), { address });
    }
    rig.hear(alive({ LOCATION: "http://192.168.1.20:7777/new.xml" }), first);
    rig.forget();
    rig.advance(6000);
    for (const event of rig.events) {
      if (!("record" in event) || event.record.usn !== ROOT) continue;
      expect(event.record.message.headers.get("LOCATION")).toContain("7777");
    }
  });

  test.each([-1, 1.5, 10_001, Number.NaN])("a hold of %s ms is refused", (holdGoodbyeMs) => {
    expect(() => new Rig({ holdGoodbyeMs })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
