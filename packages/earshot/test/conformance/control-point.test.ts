import { describe, expect, test } from "vitest";
import { ssdpService } from "../../src/discovery/ssdp-service.ts";
import { Lan } from "../../src/testing/index.ts";
import { type HeardMessage, header, Peer, Subject } from "./stage.ts";

const UDN = "uuid:2fac1234-31f8-11b4-a222-08002b34c009";
const USN = `${UDN}::upnp:rootdevice`;

/** A control point, and a peer that plays a device. */
function stage() {
  const lan = new Lan({ seed: 42 });
  const control = new Subject(lan, { name: "control point" });
  control.listen();
  const device = new Peer(lan, { name: "device" });
  return { lan, control, device };
}

const common = {
  LOCATION: "http://10.0.0.2:80/d.xml",
  SERVER: "Any/1 UPnP/1.1 Thing/1",
  USN,
  "BOOTID.UPNP.ORG": "7",
  "CONFIGID.UPNP.ORG": "1",
};

function notify(nts: string, changes: Record<string, string> = {}): string[] {
  const headers = { HOST: "239.255.255.250:1900", NT: "upnp:rootdevice", NTS: nts, ...common, ...changes };
  return ["NOTIFY * HTTP/1.1", ...lines({ "CACHE-CONTROL": "max-age=100", ...headers })];
}

function answer(changes: Record<string, string> = {}): string[] {
  const headers = { EXT: "", ST: "upnp:rootdevice", ...common, ...changes };
  return ["HTTP/1.1 200 OK", ...lines({ "CACHE-CONTROL": "max-age=100", ...headers })];
}

function lines(headers: Record<string, string>): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

function searchesHeard(device: Peer): HeardMessage[] {
  return device.heard.filter(({ message }) => message.kind === "search");
}

describe("UC-49 a control point", () => {
  test("finds a device that announces itself", () => {
    const { lan, control, device } = stage();
    device.say(notify("ssdp:alive"), { socket: "shared" });
    lan.advance(10);
    expect(control.told(USN)).toEqual(["found"]);
  });

  test("finds a device that only answers", () => {
    const { lan, control, device } = stage();
    control.search({ target: "upnp:rootdevice" });
    lan.advance(10);
    const [asked] = searchesHeard(device);
    device.say(answer(), { to: asked?.from ?? { address: "10.0.0.1", port: 1 }, socket: "shared" });
    lan.advance(10);
    expect(control.told(USN)).toEqual(["found"]);
  });

  test("drops it at its byebye, at once", () => {
    const { lan, control, device } = stage();
    device.say(notify("ssdp:alive"), { socket: "shared" });
    lan.advance(10);
    device.say(notify("ssdp:byebye"), { socket: "shared" });
    lan.advance(10);
    expect([control.told(USN), control.records]).toEqual([["found", "lost goodbye"], []]);
  });

  test("UD-036 drops it when its lifetime is over and it does not answer either, and not before", () => {
    const { lan, control, device } = stage();
    device.say(notify("ssdp:alive"), { socket: "shared" });
    lan.advance(99_000);
    expect(control.told(USN)).toEqual(["found"]);
    lan.advance(6000);
    expect(control.told(USN)).toEqual(["found", "lost expired"]);
    expect(searchesHeard(device).length, "it was asked").toBeGreaterThan(0);
  });

  test("UD-036 keeps it for as long as it is announced anew in time", () => {
    const { lan, control, device } = stage();
    for (let i = 0; i < 20; i++) {
      device.say(notify("ssdp:alive"), { socket: "shared" });
      lan.advance(60_000);
    }
    expect(control.told(USN)).toEqual(["found"]);
  });

  test("UD-037 sees a reboot by another BOOTID", () => {
    const { lan, control, device } = stage();
    device.say(notify("ssdp:alive"), { socket: "shared" });
    lan.advance(10);
    device.say(notify("ssdp:alive", { "BOOTID.UPNP.ORG": "8" }), { socket: "shared" });
    lan.advance(10);
    expect(control.told(USN)).toEqual(["found", "updated"]);
    expect(control.records[0]?.bootId).toBe(8);
  });

  test("UD-035 sees none where the device had foretold it", () => {
    const { lan, control, device } = stage();
    device.say(notify("ssdp:alive"), { socket: "shared" });
    lan.advance(10);
    device.say(notify("ssdp:update", { "NEXTBOOTID.UPNP.ORG": "8" }), { socket: "shared" });
    lan.advance(10);
    device.say(notify("ssdp:alive", { "BOOTID.UPNP.ORG": "8" }), { socket: "shared" });
    lan.advance(10);
    expect(control.told(USN)).toEqual(["found", "refreshed"]);
    expect(control.records[0]?.bootId).toBe(8);
    device.say(notify("ssdp:alive", { "BOOTID.UPNP.ORG": "9" }), { socket: "shared" });
    lan.advance(10);
    expect(control.told(USN), "the next one is").toEqual(["found", "refreshed", "updated"]);
  });

  test("UD-021 a BOOTID is a number and no date: any height will do, and zeros before it mean nothing", () => {
    const { lan, control, device } = stage();
    device.say(notify("ssdp:alive", { "BOOTID.UPNP.ORG": "1" }), { socket: "shared" });
    lan.advance(10);
    device.say(notify("ssdp:alive", { "BOOTID.UPNP.ORG": "0000001" }), { socket: "shared" });
    lan.advance(10);
    expect(control.told(USN)).toEqual(["found"]);
    expect(control.records[0]?.bootId).toBe(1);
  });
});

describe("a LOCATION where nobody can be reached", () => {
  const elsewhere = "http://192.168.49.1:60000/upnp/dev.xml";
  const service = ({ control }: ReturnType<typeof stage>) => {
    const [record] = control.records;
    return record && ssdpService(record, () => new Date(0));
  };

  test("D26 on a network of the device's own is kept, said to be unusable and why, and not used", () => {
    const set = stage();
    set.device.say(notify("ssdp:alive", { LOCATION: elsewhere }), { socket: "shared" });
    set.lan.advance(10);
    const [location] = service(set)?.locations ?? [];
    expect([service(set)?.location, location?.url]).toEqual([undefined, elsewhere]);
    expect(location?.unusable).toMatch(/other than the one that announced it/);
  });

  test("D26 gives way to the one that can be, whichever is announced last", () => {
    const set = stage();
    const here = `http://${set.device.link().address}:8008/d.xml`;
    for (const url of [elsewhere, here, elsewhere, here, elsewhere]) {
      set.device.say(notify("ssdp:alive", { LOCATION: url }), { socket: "shared" });
      set.lan.advance(10);
      if (set.control.records[0]?.sightings[0]?.locations.length === 2)
        expect(service(set)?.location).toBe(here);
    }
    expect(service(set)?.locations).toHaveLength(2);
  });
});

describe("a search of one host", () => {
  test("UD-045 names it in HOST, has no MX, and takes an answer that comes a second later", () => {
    const { lan, control, device } = stage();
    const { address } = device.link();
    control.search({ target: "upnp:rootdevice", mx: undefined, to: { address, port: 1900 } });
    lan.advance(10);
    const [asked, ...more] = searchesHeard(device);
    expect([header(asked, "HOST"), header(asked, "MX"), asked?.to, more]).toEqual([
      `${address}:1900`,
      undefined,
      "host",
      [],
    ]);
    lan.advance(980);
    device.say(answer(), { to: asked?.from ?? { address: "10.0.0.1", port: 1 }, socket: "shared" });
    lan.advance(10);
    expect(control.events.map(({ kind }) => kind)).toContain("answer");
  });
});

describe("a search of all", () => {
  test.each([1, 3, 5])("UD-043 with MX %i takes an answer at the end of MX, and one a little late", (mx) => {
    const { lan, control, device } = stage();
    control.search({ target: "upnp:rootdevice", mx });
    lan.advance(10);
    const to = searchesHeard(device)[0]?.from ?? { address: "10.0.0.1", port: 1 };
    lan.advance(mx * 1000 - 10);
    device.say(answer(), { to, socket: "shared" });
    lan.advance(500);
    device.say(answer({ USN: "uuid:another::upnp:rootdevice" }), { to, socket: "shared" });
    lan.advance(10);
    expect(control.events.filter(({ kind }) => kind === "answer")).toHaveLength(2);
  });
});
