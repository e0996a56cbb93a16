import { describe, expect, test } from "vitest";
import { alive, byebye, hearSet, PEER, Rig, ROOT, response, SERVICE, UDN } from "./rig.ts";

describe("doubt", () => {
  test("quirk S24 a stack that says goodbye before its first alive, as it starts anew, is believed", () => {
    const rig = new Rig();
    rig.hear(alive({ "BOOTID.UPNP.ORG": "1" }));
    rig.hear(byebye({ "BOOTID.UPNP.ORG": "2" }));
    rig.hear(alive({ "BOOTID.UPNP.ORG": "2" }));
    expect(rig.told).toEqual([`found ${ROOT}`, `lost ${ROOT} goodbye`, `found ${ROOT}`]);
  });

  test("an alive after its own goodbye makes us ask a second later, and the device is found if it answers", () => {
    const rig = new Rig();
    rig.hear(byebye({ "BOOTID.UPNP.ORG": "2" }));
    for (let i = 0; i < 3; i++) rig.hear(alive({ "BOOTID.UPNP.ORG": "2" }));
    rig.advance(1000);
    expect(rig.sent.map(({ to, message }) => [to, message.headers.get("ST")])).toEqual([
      [{ address: PEER, port: 1900 }, "upnp:rootdevice"],
    ]);
    rig.hear(response({ "BOOTID.UPNP.ORG": "2" }), { socket: "own", to: "host" });
    expect(rig.told).toContain(`found ${ROOT}`);
  });

  test("a byebye that seems to be of an earlier life makes us ask, and what does not answer is gone", () => {
    const rig = new Rig();
    rig.hear(alive({ "BOOTID.UPNP.ORG": "6" }));
    rig.hear(byebye({ "BOOTID.UPNP.ORG": "5" }));
    rig.advance(3100);
    expect(rig.told).toEqual([`found ${ROOT}`, "dropped stale-byebye", `lost ${ROOT} expired`]);
  });

  test("S-16 a USN that cannot stand in a header is asked for as ssdp:all, and harms nobody else", () => {
    for (const udn of ["uuid:a\u0001b", "uuid:a\tb", "uuid:a\u0085b", "uuid:a\u2028b"]) {
      const rig = new Rig();
      rig.hear(alive({ USN: udn, NT: "x:y", "CACHE-CONTROL": "max-age=60" }));
      rig.hear(alive({ "CACHE-CONTROL": "max-age=60" }), { address: "192.168.1.21" });
      rig.hear(byebye({ USN: udn, NT: "x:y" }), { address: "192.168.1.66" });
      rig.advance(64_000);
      expect(rig.told).toContain(`lost ${ROOT} expired`);
      expect([...rig.engine.records]).toEqual([]);
    }
  });

  test("F-05 F-28 a device that was being asked when we were held up is asked again, not given up", () => {
    const rig = new Rig();
    rig.hear(alive({ "CACHE-CONTROL": "max-age=60" }));
    rig.advance(60_500);
    rig.forget();
    rig.now += 60_000;
    rig.turn((turn) => rig.engine.wake(turn));
    expect(rig.told).toEqual([]);
    expect(rig.sent.length).toBeGreaterThan(0);
    rig.hear(response({ ST: UDN, USN: UDN }), { socket: "own", to: "host" });
    rig.advance(10_000);
    expect(rig.record(ROOT)).toBeDefined();
  });

  test("G-01 while everybody only listens, nothing is asked, whatever strangers say", () => {
    const rig = new Rig();
    rig.engine.setAsks(false);
    hearSet(rig, { "CACHE-CONTROL": "max-age=60" });
    rig.hear(byebye(), { address: "192.168.1.66" });
    rig.hear(byebye({ NT: SERVICE, USN: `${UDN}::${SERVICE}` }));
    rig.advance(59_000);
    expect([...rig.engine.records]).toHaveLength(3);
    rig.advance(5000);
    expect([[...rig.engine.records], rig.sent]).toEqual([[], []]);
  });
});

describe("what is a change", () => {
  test("UD-037 a reboot is told though a message between said no BOOTID", () => {
    const rig = new Rig();
    rig.search();
    rig.hear(alive({ "BOOTID.UPNP.ORG": "1" }));
    rig.hear(response({ "X-USER-AGENT": "r" }), { socket: "own", to: "host" });
    rig.hear(alive({ "BOOTID.UPNP.ORG": "2" }));
    expect(rig.told.filter((line) => line !== "answer")).toEqual([
      `found ${ROOT}`,
      `refreshed ${ROOT}`,
      `updated ${ROOT}`,
    ]);
  });

  test("F-34 two devices with one UDN are both kept, and do not flap", () => {
    const rig = new Rig();
    for (let i = 0; i < 20; i++) {
      rig.hear(alive({ SERVER: "Linux UPnP/1.0 A/1" }));
      rig.hear(alive({ SERVER: "Linux UPnP/1.0 B/2", LOCATION: "http://192.168.1.21/" }), {
        address: "192.168.1.21",
      });
    }
    expect(rig.told).toEqual([`found ${ROOT}`, `updated ${ROOT}`]);
  });

  test("F-32 S-35 a device that changes with every message is told of now and then", () => {
    const rig = new Rig();
    for (let i = 0; i < 600; i++) {
      rig.hear(alive({ "BOOTID.UPNP.ORG": String(i + 1) }));
      rig.advance(1000);
    }
    const updates = rig.told.filter((line) => line.startsWith("updated")).length;
    expect(updates).toBeGreaterThanOrEqual(5);
    expect(updates).toBeLessThanOrEqual(5 + 600 / 30);
    expect(rig.record(ROOT)?.bootId).toBe(600);
  });

  test("the last of many changes is told in the end, though it was one too many when it came", () => {
    const rig = new Rig();
    for (let i = 0; i < 20; i++) rig.hear(alive({ "BOOTID.UPNP.ORG": String(i) }));
    const before = rig.told.filter((line) => line.startsWith("updated")).length;
    rig.advance(60_000);
    rig.hear(alive({ "BOOTID.UPNP.ORG": "19" }));
    expect(rig.told.filter((line) => line.startsWith("updated"))).toHaveLength(before + 1);
    rig.advance(60_000);
    rig.hear(alive({ "BOOTID.UPNP.ORG": "19" }));
    expect(rig.told.filter((line) => line.startsWith("updated"))).toHaveLength(before + 1);
  });

  test("a stranger who changes all the time does not hide the changes of the device itself", () => {
    const rig = new Rig();
    rig.hear(alive());
    for (let i = 0; i < 20; i++)
      rig.hear(alive({ "BOOTID.UPNP.ORG": String(i) }), { address: "192.168.1.66" });
    rig.forget();
    rig.hear(alive({ LOCATION: `http://${PEER}:9000/` }));
    expect(rig.told).toEqual([`updated ${ROOT}`]);
  });

  test("a SERVER that differs between announcement and answer is no change", () => {
    const rig = new Rig();
    rig.search({ everyMs: 60_000 });
    for (let i = 0; i < 20; i++) {
      rig.hear(alive({ SERVER: "A/1" }));
      rig.hear(response({ SERVER: "B/2" }), { socket: "own", to: "host" });
    }
    expect(rig.told.filter((line) => line.startsWith("updated"))).toEqual([]);
  });

  test("more AL locations than are kept do not flap", () => {
    const rig = new Rig();
    const al = Array.from({ length: 9 }, (_, i) => `<http://${PEER}:${8000 + i}/>`).join("");
    for (let i = 0; i < 5; i++) rig.hear(alive({ AL: al }));
    expect(rig.told).toEqual([`found ${ROOT}`]);
  });

  test("a first NOTIFY with a wrong NT does not misfile the device", () => {
    const rig = new Rig();
    rig.hear(alive({ NT: "x:bogus" }));
    rig.hear(alive());
    expect(rig.record(ROOT)?.type).toBe("upnp:rootdevice");
  });
});
