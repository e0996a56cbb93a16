import { describe, expect, test } from "vitest";
import { alive, byebye, hearSet, PEER, Rig, ROOT, response, SERVICE, TYPED, UDN, V4, V6 } from "./rig.ts";

describe("found, updated, lost", () => {
  test("F22 an alive is found once, and its repeats tell nothing", () => {
    const rig = new Rig();
    hearSet(rig);
    hearSet(rig);
    expect(rig.told).toEqual([`found ${ROOT}`, `found ${UDN}`, `found ${TYPED}`, `found ${UDN}::${SERVICE}`]);
  });

  test("F22 a LOCATION that changes is an update, and the new one comes first", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.hear(alive({ LOCATION: `http://${PEER}:9000/new.xml` }));
    expect(rig.told).toEqual([`found ${ROOT}`, `updated ${ROOT}`]);
    expect(rig.record(ROOT)?.sightings[0]?.locations.map(({ url }) => url)).toEqual([
      `http://${PEER}:9000/new.xml`,
      `http://${PEER}:8200/rootDesc.xml`,
    ]);
  });

  test("quirk S15 LOCATIONs that alternate are all kept and do not flap", () => {
    const rig = new Rig();
    const urls = [`http://${PEER}:8200/rootDesc.xml`, `http://${PEER}:8201/wps.xml`];
    for (let i = 0; i < 10; i++) rig.hear(alive({ LOCATION: urls[i % 2] ?? "" }));
    expect(rig.told).toEqual([`found ${ROOT}`, `updated ${ROOT}`]);
  });

  test("quirk S22 after a reboot only the new LOCATION counts", () => {
    const rig = new Rig();
    rig.hear(alive({ "BOOTID.UPNP.ORG": "5" }));
    rig.hear(alive({ "BOOTID.UPNP.ORG": "6", LOCATION: `http://${PEER}:9000/new.xml` }));
    expect(rig.record(ROOT)?.sightings[0]?.locations.map(({ url }) => url)).toEqual([
      `http://${PEER}:9000/new.xml`,
    ]);
    expect(rig.record(ROOT)?.bootId).toBe(6);
  });

  test("of several LOCATIONs in one message the first stays the one to use, after a reboot too", () => {
    const rig = new Rig();
    const al = { AL: `<http://${PEER}:2/><http://${PEER}:3/>`, LOCATION: `http://${PEER}:1/` };
    for (const boot of ["1", "1", "2"]) {
      rig.hear(alive({ ...al, "BOOTID.UPNP.ORG": boot }));
      const urls = rig.record(ROOT)?.sightings[0]?.locations.map(({ url }) => url);
      expect(urls).toEqual([1, 2, 3].map((port) => `http://${PEER}:${port}/`));
    }
    expect(rig.told).toEqual([`found ${ROOT}`, `updated ${ROOT}`]);
  });

  test("quirk S41 a BOOTID that went down is a change like any other", () => {
    const rig = new Rig();
    rig.hear(alive({ "BOOTID.UPNP.ORG": "9" }));
    rig.hear(alive({ "BOOTID.UPNP.ORG": "1" }));
    expect(rig.told).toEqual([`found ${ROOT}`, `updated ${ROOT}`]);
  });

  test("DATE, HOST and CACHE-CONTROL may vary without anything having changed", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.hear(
      alive({
        "CACHE-CONTROL": "max-age=900",
        HOST: "[FF02::C]:1900",
        DATE: "Thu, 01 Jan 2026 00:00:00 GMT",
      }),
    );
    expect(rig.told).toEqual([`found ${ROOT}`]);
  });

  test("a message that says less than the last one takes nothing away", () => {
    const rig = new Rig();
    rig.search();
    rig.hear(alive({ "CONFIGID.UPNP.ORG": "3" }));
    rig.hear(response({}), { socket: "own", to: "host" });
    expect(rig.told.filter((line) => line.startsWith("updated"))).toEqual([]);
    expect(rig.record(ROOT)?.configId).toBe(3);
  });

  test("quirk S11 the same USN in other letter case, or with uuid: doubled, is one entry", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.hear(alive({ USN: `${UDN.toUpperCase().replace("UUID:", "UUID:UUID:")}::upnp:rootdevice` }));
    expect(rig.told).toEqual([`found ${ROOT}`]);
  });

  test("quirk S10 an alive with neither CACHE-CONTROL, SERVER nor LOCATION is an entry all the same", () => {
    const rig = new Rig();
    rig.hear([
      "NOTIFY * HTTP/1.1",
      "NT: hnap:GatewayWithWiFi",
      "NTS: ssdp:alive",
      "USN: uuid:1::hnap:GatewayWithWiFi",
    ]);
    expect(rig.told).toEqual(["found uuid:1::hnap:GatewayWithWiFi"]);
    expect(rig.events).toHaveLength(1);
  });

  test("S-20 alive and byebye in turn, with changing LOCATION, end in the state of the last one", () => {
    const rig = new Rig();
    for (let i = 0; i < 50; i++) {
      rig.hear(alive({ LOCATION: `http://${PEER}:${8000 + i}/` }));
      rig.hear(byebye());
    }
    expect([...rig.engine.records]).toEqual([]);
    rig.hear(alive());
    expect([...rig.engine.records]).toHaveLength(1);
  });
});

describe("goodbye", () => {
  test("UD-033 a byebye of the root device takes the whole device away", () => {
    const rig = new Rig();
    hearSet(rig);
    rig.forget();
    rig.hear(byebye());
    expect(rig.told.sort()).toEqual(
      [`${TYPED}`, `${UDN}::${SERVICE}`, ROOT, UDN].map((usn) => `lost ${usn} goodbye`).sort(),
    );
  });

  test("UD-033 with the root device go the embedded devices that it describes", () => {
    const rig = new Rig();
    hearSet(rig);
    rig.hear(alive({ NT: "uuid:embedded", USN: "uuid:embedded" }));
    rig.hear(alive({ NT: "uuid:other", USN: "uuid:other", LOCATION: `http://${PEER}:1/other.xml` }));
    rig.hear(byebye());
    expect([...rig.engine.records].map(({ usn }) => usn)).toEqual(["uuid:other"]);
  });

  test("UD-033 other interfaces keep the device", () => {
    const rig = new Rig({ links: [V4, V6] });
    hearSet(rig);
    rig.hear(alive({ LOCATION: "http://[fe80::20]:8200/rootDesc.xml" }), { link: V6, address: "fe80::20" });
    rig.forget();
    rig.hear(byebye());
    expect(rig.told.filter((line) => line === `lost ${ROOT} goodbye`)).toEqual([]);
    expect(rig.record(ROOT)?.sightings.map(({ link }) => link.id)).toEqual(["eth0/6"]);
  });

  test("quirk S23 a byebye of one service takes that entry only; the rest is asked for, and stays if it answers", () => {
    const rig = new Rig();
    hearSet(rig);
    rig.forget();
    rig.hear(byebye({ NT: SERVICE, USN: `${UDN}::${SERVICE}` }));
    expect(rig.told).toEqual([`lost ${UDN}::${SERVICE} goodbye`]);
    expect(rig.sent.map(({ to, message }) => [to, message.headers.get("ST")])).toEqual([
      [{ address: PEER, port: 1900 }, UDN],
    ]);
    rig.hear(response({ ST: UDN, USN: UDN }), { socket: "own", to: "host" });
    rig.advance(10_000);
    expect(rig.record(ROOT)).toBeDefined();
  });

  test("quirk S23 when the rest does not answer, it is gone too", () => {
    const rig = new Rig();
    hearSet(rig);
    rig.hear(byebye({ NT: SERVICE, USN: `${UDN}::${SERVICE}` }));
    rig.advance(3500);
    expect([...rig.engine.records]).toEqual([]);
  });

  test("S-34 a byebye from another address is not believed: the device is asked, and stays", () => {
    const rig = new Rig();
    hearSet(rig);
    rig.forget();
    rig.hear(byebye(), { address: "192.168.1.66" });
    expect(rig.told).toEqual(["dropped foreign-byebye"]);
    expect(rig.sent[0]?.to).toEqual({ address: PEER, port: 1900 });
    rig.hear(response({ ST: UDN, USN: UDN }), { socket: "own", to: "host" });
    rig.advance(60_000);
    expect([...rig.engine.records]).toHaveLength(4);
  });

  test("S-34 forged byebyes make us ask at most once in 30 seconds", () => {
    const rig = new Rig();
    hearSet(rig);
    rig.forget();
    for (let i = 0; i < 100; i++) {
      rig.hear(byebye(), { address: "192.168.1.66" });
      rig.hear(response({ ST: UDN, USN: UDN }), { socket: "own", to: "host" });
      rig.advance(100);
    }
    expect(rig.sent.length).toBeLessThanOrEqual(2);
  });

  test("S-34 a truly dead device whose byebye came from another address is gone after it did not answer", () => {
    const rig = new Rig();
    hearSet(rig);
    rig.hear(byebye(), { address: "192.168.1.66" });
    rig.advance(3500);
    expect([...rig.engine.records]).toEqual([]);
  });

  test("F-09 an alive overtaken by its own byebye does not bring the device back", () => {
    const rig = new Rig();
    rig.hear(alive({ "BOOTID.UPNP.ORG": "5" }));
    rig.hear(byebye({ "BOOTID.UPNP.ORG": "5" }));
    rig.advance(400);
    rig.hear(alive({ "BOOTID.UPNP.ORG": "5" }));
    expect(rig.told).toEqual([`found ${ROOT}`, `lost ${ROOT} goodbye`, "dropped overtaken-alive"]);
  });

  test("F-09 answers that were scheduled before the byebye do not bring a device back, embedded ones included", () => {
    for (const boot of [{ "BOOTID.UPNP.ORG": "5" }, {}] as Record<string, string>[]) {
      const rig = new Rig();
      rig.search({ everyMs: 60_000 });
      hearSet(rig, boot);
      rig.hear(alive({ NT: "uuid:embedded", USN: "uuid:embedded", ...boot }));
      rig.hear(byebye(boot));
      rig.hear(byebye({ NT: "uuid:never-heard", USN: "uuid:never-heard", ...boot }));
      rig.forget();
      rig.advance(3000);
      for (const usn of [UDN, "uuid:embedded", "uuid:never-heard"]) {
        rig.hear(response({ ST: usn, USN: usn, ...boot }), { socket: "own", to: "host" });
      }
      expect(rig.told.filter((line) => line !== "answer")).toEqual(Array(3).fill("dropped overtaken-alive"));
      rig.advance(3001);
      rig.hear(response({ ST: UDN, USN: UDN, ...boot }), { socket: "own", to: "host" });
      expect(rig.told).toContain(`found ${UDN}`);
    }
  });

  test("a device that is back, by its alive, is believed again, answers included", () => {
    const rig = new Rig();
    rig.search({ everyMs: 60_000 });
    hearSet(rig);
    rig.hear(byebye());
    rig.hear(alive());
    rig.forget();
    rig.hear(response(), { socket: "own", to: "host" });
    expect(rig.told).toEqual(["answer", `refreshed ${ROOT}`]);
  });

  test("quirk S21 a LOCATION that goes away and comes back is the one to use again", () => {
    const rig = new Rig();
    const at = (port: number) => alive({ LOCATION: `http://${PEER}:${port}/` });
    rig.hear(at(49_152));
    rig.hear(at(49_153));
    rig.advance(900_000);
    rig.hear(at(49_152));
    expect(rig.told).toEqual([`found ${ROOT}`, `updated ${ROOT}`, `updated ${ROOT}`]);
    expect(rig.record(ROOT)?.sightings[0]?.locations[0]?.url).toBe(`http://${PEER}:49152/`);
  });

  test("F-09 an answer in an older version of the type, or of an earlier life, does not outlive the goodbye", () => {
    const rig = new Rig();
    rig.search({ everyMs: 60_000 });
    hearSet(rig, { "BOOTID.UPNP.ORG": "5" });
    rig.hear(byebye({ "BOOTID.UPNP.ORG": "5" }));
    rig.forget();
    const older = "urn:schemas-upnp-org:device:MediaServer:1";
    for (const boot of ["5", "4"]) {
      const answer = response({ ST: older, USN: `${UDN}::${older}`, "BOOTID.UPNP.ORG": boot });
      rig.hear(answer, { socket: "own", to: "host" });
    }
    expect(rig.told).toEqual(["answer", "dropped overtaken-alive", "answer", "dropped overtaken-alive"]);
  });

  test("F-09 a byebye of an earlier life that arrives late is not believed", () => {
    const rig = new Rig();
    rig.hear(alive({ "BOOTID.UPNP.ORG": "6" }));
    rig.hear(byebye({ "BOOTID.UPNP.ORG": "5" }));
    expect(rig.told).toEqual([`found ${ROOT}`, "dropped stale-byebye"]);
  });

  test("quirk S24 a device of UDA 1.0 that says goodbye and comes back at once is found again", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.hear(byebye());
    rig.hear(alive());
    expect(rig.told).toEqual([`found ${ROOT}`, `lost ${ROOT} goodbye`, `found ${ROOT}`]);
  });
});

describe("expiry", () => {
  test("UD-036 a silent device is asked at the end of max-age, and lost when it stays silent", () => {
    const rig = new Rig();
    hearSet(rig, { "CACHE-CONTROL": "max-age=100" });
    rig.forget();
    rig.advance(99_999);
    expect(rig.told).toEqual([]);
    rig.advance(1);
    expect(rig.sent.map(({ to }) => to)).toEqual([{ address: PEER, port: 1900 }]);
    rig.advance(3000);
    expect(rig.told).toHaveLength(4);
    expect(rig.told[0]).toMatch(/^lost .* expired$/);
  });

  test("UD-036 one advertisement heard again keeps the whole device", () => {
    const rig = new Rig();
    hearSet(rig, { "CACHE-CONTROL": "max-age=100" });
    rig.advance(80_000);
    rig.hear(alive({ "CACHE-CONTROL": "max-age=100" }));
    rig.advance(80_000);
    expect([...rig.engine.records]).toHaveLength(4);
  });

  test("a device that answers when asked is kept, and asked again at the end of its next max-age", () => {
    const rig = new Rig();
    rig.hear(alive({ "CACHE-CONTROL": "max-age=100" }));
    for (let i = 0; i < 5; i++) {
      rig.advance(100_000);
      rig.hear(response({ ST: UDN, USN: UDN, "CACHE-CONTROL": "max-age=100" }), {
        socket: "own",
        to: "host",
      });
    }
    expect(rig.told.filter((line) => line.startsWith("lost"))).toEqual([]);
  });

  test("quirk S9 lifetimes that are missing, absurd or too short are 1800 seconds or at least 60", () => {
    for (const [value, seconds] of [
      [undefined, 1800],
      ["max-age=0", 60],
      ["max-age=30", 60],
      ["max-age=-1", 1800],
      ["max-age = 120", 120],
      ["no-cache", 1800],
      ["max-age=4294967295", 86_400],
    ] as const) {
      const rig = new Rig();
      rig.hear(
        alive()
          .filter((line) => !line.startsWith("CACHE"))
          .concat(value ? [`CACHE-CONTROL: ${value}`] : []),
      );
      expect(rig.record(ROOT)?.sightings[0]?.expiresAt, value ?? "missing").toBe(rig.now + seconds * 1000);
    }
  });

  test("a shorter max-age than before is believed at once", () => {
    const rig = new Rig();
    rig.hear(alive({ "CACHE-CONTROL": "max-age=1800" }));
    rig.hear(alive({ "CACHE-CONTROL": "max-age=60" }));
    rig.advance(63_100);
    expect([...rig.engine.records]).toEqual([]);
  });

  test("SEARCHPORT tells where to ask", () => {
    const rig = new Rig();
    rig.hear(alive({ "CACHE-CONTROL": "max-age=60", "SEARCHPORT.UPNP.ORG": "50123" }));
    rig.forget();
    rig.advance(60_000);
    expect(rig.sent[0]?.to).toEqual({ address: PEER, port: 50_123 });
  });
});

describe("update", () => {
  test("UD-035 NEXTBOOTID becomes the BOOTID, and the byebye of the old one is stale", () => {
    const rig = new Rig();
    rig.hear(alive({ "BOOTID.UPNP.ORG": "5" }));
    rig.hear(alive({ NTS: "ssdp:update", "BOOTID.UPNP.ORG": "5", "NEXTBOOTID.UPNP.ORG": "6" }));
    rig.hear(byebye({ "BOOTID.UPNP.ORG": "5" }));
    expect(rig.told).toEqual([`found ${ROOT}`, "dropped stale-byebye"]);
  });

  test("S-35 a NEXTBOOTID that is no greater, or no number, changes nothing", () => {
    const rig = new Rig();
    rig.hear(alive({ "BOOTID.UPNP.ORG": "5" }));
    for (const next of ["5", "4", "0x10", "-1", "2147483648"]) {
      rig.hear(alive({ NTS: "ssdp:update", "BOOTID.UPNP.ORG": "5", "NEXTBOOTID.UPNP.ORG": next }));
    }
    rig.hear(byebye({ "BOOTID.UPNP.ORG": "5" }));
    expect(rig.told).toEqual([`found ${ROOT}`, `lost ${ROOT} goodbye`]);
  });

  test("an update of a device never heard of is dropped", () => {
    const rig = new Rig();
    rig.hear(alive({ NTS: "ssdp:update", "NEXTBOOTID.UPNP.ORG": "6" }));
    expect(rig.told).toEqual(["dropped update-of-unknown"]);
  });
});
