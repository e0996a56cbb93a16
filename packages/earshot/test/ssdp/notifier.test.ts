import { describe, expect, test } from "vitest";
import type { DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { DEVICE, Rig, type Sent, UDN, V4, V6 } from "./rig.ts";

const TREE: DeviceOffer = {
  location: "http://{address}:8200/rootDesc.xml",
  root: {
    type: "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    udn: "uuid:root",
    services: ["urn:schemas-upnp-org:service:Layer3Forwarding:1"],
    devices: [
      {
        type: "urn:schemas-upnp-org:device:WANDevice:2",
        udn: "uuid:wan",
        services: ["urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1"],
        devices: [
          {
            type: "urn:schemas-upnp-org:device:WANConnectionDevice:2",
            udn: "uuid:connection",
            services: [
              "urn:schemas-upnp-org:service:WANIPConnection:2",
              "urn:schemas-upnp-org:service:WANIPConnection:1",
            ],
          },
        ],
      },
    ],
  },
};
const SIMPLE: DeviceOffer = { location: "http://{address}:80/", root: { type: DEVICE, udn: UDN } };

const header = (sent: Sent, name: string) => sent.message.headers.get(name);
const nts = (rig: Rig, kind: string) => rig.sent.filter((sent) => header(sent, "NTS") === kind);

describe("the set", () => {
  test("UC-06 UC-08 UD-012 UD-013 a device tree is announced as 3 + 2d + k messages, NT and USN by the tables", () => {
    const rig = new Rig();
    rig.offer(TREE);
    rig.advance(100);
    const pairs = rig.sent.map((sent) => [header(sent, "NT"), header(sent, "USN")]);
    expect(pairs).toHaveLength(3 + 2 * 2 + 3);
    expect(pairs).toEqual([
      ["upnp:rootdevice", "uuid:root::upnp:rootdevice"],
      ["uuid:root", "uuid:root"],
      [TREE.root?.type, `uuid:root::${TREE.root?.type}`],
      [
        "urn:schemas-upnp-org:service:Layer3Forwarding:1",
        "uuid:root::urn:schemas-upnp-org:service:Layer3Forwarding:1",
      ],
      ["uuid:wan", "uuid:wan"],
      ["urn:schemas-upnp-org:device:WANDevice:2", "uuid:wan::urn:schemas-upnp-org:device:WANDevice:2"],
      [
        "urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1",
        "uuid:wan::urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1",
      ],
      ["uuid:connection", "uuid:connection"],
      [
        "urn:schemas-upnp-org:device:WANConnectionDevice:2",
        "uuid:connection::urn:schemas-upnp-org:device:WANConnectionDevice:2",
      ],
      [
        "urn:schemas-upnp-org:service:WANIPConnection:2",
        "uuid:connection::urn:schemas-upnp-org:service:WANIPConnection:2",
      ],
    ]);
  });

  test("UD-015 of two versions of a type only the higher is announced", () => {
    const rig = new Rig();
    rig.offer(TREE);
    rig.advance(100);
    const types = rig.sent.map((sent) => header(sent, "NT"));
    expect(types.filter((type) => type?.includes("WANIPConnection"))).toEqual([
      "urn:schemas-upnp-org:service:WANIPConnection:2",
    ]);
  });

  test("F27 a bare entry is one message with exactly its USN and type, in need of no LOCATION", () => {
    const rig = new Rig();
    rig.offer({ bare: { target: "my-type", usn: "my-usn" } });
    rig.advance(100);
    expect(
      rig.sent.map((sent) => [header(sent, "NT"), header(sent, "USN"), header(sent, "LOCATION")]),
    ).toEqual([["my-type", "my-usn", undefined]]);
  });

  test("UD-016 UD-017 UD-018 UD-019 UD-020 UD-022 every header of an alive of UDA 1.1", () => {
    const rig = new Rig({ bootId: 77 });
    rig.offer({ ...SIMPLE, configId: 9, headers: [["X.EXAMPLE.COM", "1"]] });
    rig.advance(100);
    expect([...(rig.sent[0]?.message.headers ?? [])]).toEqual([
      ["HOST", "239.255.255.250:1900"],
      ["CACHE-CONTROL", "max-age=1800"],
      ["LOCATION", "http://192.168.1.10:80/"],
      ["NT", "upnp:rootdevice"],
      ["NTS", "ssdp:alive"],
      ["SERVER", expect.stringMatching(/^Linux\/6\.1 UPnP\/1\.1 earshot\/\d/)],
      ["USN", `${UDN}::upnp:rootdevice`],
      ["BOOTID.UPNP.ORG", "77"],
      ["CONFIGID.UPNP.ORG", "9"],
      ["X.EXAMPLE.COM", "1"],
    ]);
  });

  test("UC-52 UDA 1.1 is spoken by default, 2.0 and 1.0 when asked", () => {
    for (const [dialect, version] of [
      [undefined, "UPnP/1.1"],
      ["2.0", "UPnP/2.0"],
      ["1.0", "UPnP/1.0"],
    ] as const) {
      const rig = new Rig();
      rig.offer({ ...SIMPLE, ...(dialect && { dialect }) });
      rig.advance(100);
      expect(header(rig.sent[0] as Sent, "SERVER")).toContain(version);
    }
  });

  test("UD-023 F-20 where another program keeps port 1900, SEARCHPORT says ours and we speak from it", () => {
    const rig = new Rig({ links: [{ ...V4, sharedPort: undefined }] });
    rig.offer(SIMPLE);
    rig.advance(100);
    expect(header(rig.sent[0] as Sent, "SEARCHPORT.UPNP.ORG")).toBe("50000");
    expect(new Set(rig.sent.map(({ socket }) => socket))).toEqual(new Set(["own"]));
  });

  test("UD-027 all messages of a set run out together", () => {
    const rig = new Rig();
    rig.offer({ ...TREE, maxAgeSeconds: 900 });
    rig.advance(100);
    expect(new Set(rig.sent.map((sent) => header(sent, "CACHE-CONTROL")))).toEqual(new Set(["max-age=900"]));
    expect(new Set(rig.sent.map(({ at }) => at)).size).toBe(1);
  });

  test("UD-011 each message fits 512 bytes", () => {
    const rig = new Rig();
    rig.offer(TREE);
    rig.advance(100);
    for (const { bytes } of rig.sent) expect(bytes.length).toBeLessThanOrEqual(512);
  });

  test("F16 a hidden entry is not announced", () => {
    const rig = new Rig();
    rig.offer({ ...SIMPLE, hidden: true });
    rig.advance(3_600_000);
    expect(rig.sent).toEqual([]);
  });
});

describe("the schedule", () => {
  test("UD-024 UD-025 the first set within 100 ms, three times, a few hundred ms apart", () => {
    for (let seed = 0; seed < 50; seed++) {
      const rig = new Rig({ seed });
      const start = rig.now;
      rig.offer(SIMPLE);
      rig.advance(5000);
      const times = [...new Set(rig.sent.map(({ at }) => at - start))];
      expect(times).toHaveLength(3);
      expect(times[0]).toBeLessThanOrEqual(100);
      for (const [before, after] of [
        [times[0], times[1]],
        [times[1], times[2]],
      ] as const) {
        const gap = (after ?? 0) - (before ?? 0);
        expect(gap).toBeGreaterThanOrEqual(200);
        expect(gap).toBeLessThanOrEqual(400);
      }
    }
  });

  test("UD-024 the first wait is spread at random over seeds", () => {
    const waits = Array.from({ length: 200 }, (_, seed) => {
      const rig = new Rig({ seed });
      const start = rig.now;
      rig.offer(SIMPLE);
      rig.advance(100);
      return (rig.sent[0]?.at ?? 0) - start;
    });
    for (let bin = 0; bin < 4; bin++) {
      expect(waits.filter((wait) => wait >= bin * 25 && wait < (bin + 1) * 25).length).toBeGreaterThan(20);
    }
  });

  test("UD-026 UC-07 over three lifetimes the set is announced anew before half of max-age each time", () => {
    for (let seed = 0; seed < 20; seed++) {
      const rig = new Rig({ seed });
      rig.offer(SIMPLE);
      rig.advance(3 * 1_800_000);
      const rounds = rig.sent.filter((sent) => header(sent, "NT") === "upnp:rootdevice").map(({ at }) => at);
      for (let i = 1; i < rounds.length; i++) {
        expect((rounds[i] ?? 0) - (rounds[i - 1] ?? 0)).toBeLessThan(900_000);
      }
      expect(rounds.length).toBeGreaterThanOrEqual(3 + 2 * 6);
    }
  });

  test("UD-020 BOOTID is the same in every repeat", () => {
    const rig = new Rig({ bootId: 5 });
    rig.offer(SIMPLE);
    rig.advance(3_600_000);
    expect(new Set(rig.sent.map((sent) => header(sent, "BOOTID.UPNP.ORG")))).toEqual(new Set(["5"]));
  });

  test("F28 notify announces once more, now", () => {
    const rig = new Rig();
    const id = rig.offer(SIMPLE);
    rig.advance(5000);
    rig.forget();
    rig.turn((turn) => rig.engine.notify(id, turn));
    expect(rig.sent.map((sent) => [sent.at, header(sent, "NTS")])).toEqual(
      Array(3).fill([rig.now, "ssdp:alive"]),
    );
  });

  test("F28 asked for all the time, notify announces once a second", () => {
    const rig = new Rig();
    const id = rig.offer(SIMPLE);
    rig.advance(5000);
    rig.forget();
    for (let i = 0; i < 1000; i++) {
      rig.turn((turn) => rig.engine.notify(id, turn));
      rig.advance(10);
    }
    expect(rig.sent.length / 3).toBeGreaterThanOrEqual(10);
    expect(rig.sent.length / 3).toBeLessThanOrEqual(11);
  });

  test("UD-125 v4 and v6 are announced at the same instant", () => {
    const rig = new Rig({ links: [V4, V6] });
    rig.offer(SIMPLE);
    rig.advance(100);
    expect(rig.sent).toHaveLength(6);
    expect(new Set(rig.sent.map(({ at }) => at)).size).toBe(1);
  });

  test("J-03 a max-age of a day does not overflow anything", () => {
    const rig = new Rig();
    rig.offer({ ...SIMPLE, maxAgeSeconds: 86_400 });
    rig.advance(5000);
    expect(rig.engine.wakeAt - rig.now).toBeGreaterThan(86_400_000 * 0.3);
  });
});

describe("goodbye", () => {
  test("UD-031 UC-09 byebye for each message of the set, without LOCATION, same BOOTID and CONFIGID", () => {
    const rig = new Rig({ bootId: 5 });
    const id = rig.offer(TREE);
    rig.advance(5000);
    const announced = new Set(rig.sent.map((sent) => header(sent, "USN")));
    const configId = header(rig.sent[0] as Sent, "CONFIGID.UPNP.ORG");
    rig.forget();
    rig.turn((turn) => rig.engine.withdraw(id, turn));
    const said = nts(rig, "ssdp:byebye");
    expect(new Set(said.map((sent) => header(sent, "USN")))).toEqual(announced);
    for (const sent of said) {
      expect([
        header(sent, "LOCATION"),
        header(sent, "CACHE-CONTROL"),
        header(sent, "BOOTID.UPNP.ORG"),
        header(sent, "CONFIGID.UPNP.ORG"),
      ]).toEqual([undefined, undefined, "5", configId]);
    }
  });

  test("F-30 the goodbye is said twice on every link within a second, then told as withdrawn, then silence", () => {
    const rig = new Rig({ links: [V4, V6] });
    const id = rig.offer(SIMPLE);
    rig.advance(5000);
    rig.forget();
    const start = rig.now;
    rig.turn((turn) => rig.engine.withdraw(id, turn));
    rig.advance(1000);
    expect(nts(rig, "ssdp:byebye")).toHaveLength(2 * 2 * 3);
    expect(rig.told).toEqual(["withdrawn"]);
    expect(Math.max(...rig.sent.map(({ at }) => at)) - start).toBeLessThan(1000);
    rig.forget();
    rig.advance(3_600_000);
    expect(rig.sent).toEqual([]);
  });

  test("an offer withdrawn before its first announcement is never announced alive", () => {
    const rig = new Rig();
    const id = rig.offer(SIMPLE);
    rig.turn((turn) => rig.engine.withdraw(id, turn));
    rig.advance(5000);
    expect(nts(rig, "ssdp:alive")).toEqual([]);
  });

  test("a device that is offered anew while its goodbye is said is not revoked by the repeat", () => {
    const rig = new Rig();
    const id = rig.offer(SIMPLE);
    rig.advance(5000);
    rig.forget();
    rig.turn((turn) => rig.engine.withdraw(id, turn));
    rig.offer(SIMPLE);
    rig.advance(5000);
    expect(nts(rig, "ssdp:byebye")).toHaveLength(3);
    expect(nts(rig, "ssdp:byebye").every(({ at }) => at <= (nts(rig, "ssdp:alive")[0]?.at ?? 0))).toBe(true);
    expect(rig.told).toEqual(["withdrawn"]);
  });

  test("UD-020 what is offered after a goodbye has a higher BOOTID", () => {
    const rig = new Rig({ bootId: 5 });
    const id = rig.offer(SIMPLE);
    rig.turn((turn) => rig.engine.withdraw(id, turn));
    rig.advance(1000);
    rig.forget();
    rig.offer(SIMPLE);
    rig.advance(100);
    expect(header(rig.sent[0] as Sent, "BOOTID.UPNP.ORG")).toBe("6");
  });
});
