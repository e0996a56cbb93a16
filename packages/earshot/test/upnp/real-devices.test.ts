import { describe, expect, test } from "vitest";
import { type Description, devicesOf } from "../../src/upnp/index.ts";
import { readDescription } from "../../src/upnp/read-description.ts";
import { deviceFixtures } from "./devices.ts";

function read(kind: string): Description {
  const fixture = deviceFixtures.find((candidate) => candidate.kind === kind);
  if (!fixture) throw new Error(`no fixture ${kind}`);
  return readDescription(new TextEncoder().encode(fixture.body), {
    url: fixture.url,
    headers: new Map(fixture.headers),
  });
}

const codes = (kind: string) => [...new Set(read(kind).violations.map(({ code }) => code))];

describe("descriptions in the shape of real devices", () => {
  test.each(deviceFixtures.map(({ kind }) => kind))("UC-53 %s: every device of it is told apart", (kind) => {
    const devices = [...devicesOf(read(kind).device)];
    for (const { udn, deviceType, friendlyName, manufacturer, modelName } of devices) {
      expect(udn).toMatch(/^uuid:\S+$/);
      expect(deviceType).toMatch(/^urn:\S+:device:\S+$/);
      for (const text of [friendlyName, manufacturer, modelName]) expect(text).toMatch(/^\S.*\S$/);
    }
    expect(new Set(devices.map(({ udn }) => udn)).size).toBe(devices.length);
  });

  test.each(deviceFixtures)(
    "UC-53 $kind: every URL that is kept for use leads to the device",
    ({ kind, url }) => {
      const host = new URL(url).hostname;
      for (const device of devicesOf(read(kind).device)) {
        const services = device.services.flatMap((one) => [one.scpdUrl, one.controlUrl, one.eventSubUrl]);
        for (const used of [...services, ...device.icons.map((icon) => icon.url)])
          if (used !== undefined) expect(new URL(used).hostname).toBe(host);
      }
    },
  );

  test("UC-53 DLNA DMR: DLNA's own elements are passed over, and icons keep the wrong type they have", () => {
    const { device } = read("DLNA DMR");
    expect(device.services.map(({ serviceId }) => serviceId?.split(":").at(-1))).toEqual([
      "RenderingControl",
      "ConnectionManager",
      "AVTransport",
    ]);
    expect(device.icons.map(({ mimeType, url }) => [mimeType, url])).toEqual([
      ["image/jpg", "http://192.0.2.10:49152/icons/48.jpg"],
      ["image/png", "http://192.0.2.10:49152/icons/120.png"],
    ]);
    expect(codes("DLNA DMR")).toEqual([]);
  });

  test("UC-53 DLNA DMS: texts, configId and pages are read", () => {
    const { device, configId } = read("DLNA DMS");
    expect([device.friendlyName, configId]).toEqual(["shelf: songs & films", 1337]);
    expect([device.manufacturerUrl, device.modelUrl, device.presentationUrl]).toEqual([
      "http://shelf.example/",
      "http://shelf.example/server",
      "http://192.0.2.11:8200/",
    ]);
    expect(codes("DLNA DMS")).toEqual([]);
  });

  test("UC-53 D7 D12 D15 D22 IGD v1: three devices deep, URLBase at the end, two services of one type", () => {
    const { device, base } = read("IGD v1");
    expect(device.deviceType).toBe("urn:schemas-upnp-org:device:InternetGatewayDevice:1");
    expect(device.friendlyName).toBe("Wires & Sons router");
    expect(base).toBe("http://192.0.2.1:5431/");
    const connection = [...devicesOf(device)].at(-1);
    expect(connection?.services.map(({ controlUrl }) => controlUrl)).toEqual([
      "http://192.0.2.1:5431/ip/control",
      "http://192.0.2.1:5431/ip2/control",
    ]);
    expect(codes("IGD v1")).toEqual(["BARE_AMPERSAND", "ILLEGAL_CHARACTER", "TEXT_AFTER_ROOT"]);
  });

  test("UC-53 UD-071 IGD v2: read over IPv6, of a later version", () => {
    const { device, specVersion, configId } = read("IGD v2");
    expect([specVersion, configId, device.upc]).toEqual([{ major: 1, minor: 1 }, 16_777_215, "000000000000"]);
    expect(device.devices[0]?.services[0]?.controlUrl).toBe("http://[2001:db8::1]:1900/wan/control");
    expect(codes("IGD v2")).toEqual([]);
  });

  test("UC-53 UD-069 Sonos: elements of its own are passed over", () => {
    const { device } = read("Sonos");
    expect(device.devices.map(({ friendlyName }) => friendlyName)).toEqual(["Kitchen server", "Kitchen"]);
    expect(device.icons[0]?.url).toBe("http://192.0.2.20:1400/img/icon.png");
    expect(codes("Sonos")).toEqual([]);
  });

  test("UC-53 D4 Samsung: a prefix bound to nothing is passed over, and the response's headers are kept", () => {
    const { device, headers } = read("Samsung");
    expect(device.friendlyName).toBe("[TV] Example 5");
    expect(device.services[0]?.controlUrl).toBe("http://192.0.2.21:7676/smp_3_/control");
    expect(headers.get("application-url")).toBe("http://192.0.2.21:8080/ws/apps/");
    expect(codes("Samsung")).toEqual([]);
  });

  test("UC-53 S-21 Roku: a service without control is still a service", () => {
    expect(read("Roku").device.services).toEqual([
      {
        serviceType: "urn:roku-com:service:ecp:1",
        serviceId: "urn:roku-com:serviceId:ecp1-0",
        scpdUrl: "http://192.0.2.22:8060/ecp_SCPD.xml",
        controlUrl: undefined,
        eventSubUrl: undefined,
      },
    ]);
    expect(read("Roku").violations).toEqual([{ code: "MISSING_ELEMENT", detail: "controlURL" }]);
  });

  test("UC-53 Hue: no services, a page beside the description", () => {
    const { device } = read("Hue");
    expect([device.services, device.presentationUrl]).toEqual([[], "http://192.0.2.23/index.html"]);
  });

  test("UC-53 D9 Chromecast: the service is usable, and its description elsewhere is not asked for", () => {
    const [service] = read("Chromecast").device.services;
    expect([service?.scpdUrl, service?.controlUrl]).toEqual([
      undefined,
      "http://192.0.2.24:8008/ssdp/notfound",
    ]);
    expect(read("Chromecast").violations).toEqual([
      { code: "FOREIGN_URL", detail: "SCPDURL http://www.cloud.example/cast" },
    ]);
  });

  test("UC-53 Xbox: empty elements are missing ones, and a query is kept", () => {
    const { device } = read("Xbox");
    expect([device.friendlyName, device.manufacturerUrl, device.modelUrl]).toEqual([
      "Sam's console",
      undefined,
      undefined,
    ]);
    expect(device.services[0]?.controlUrl).toBe(
      "http://192.0.2.25:2869/upnphost/udhisapi.dll?control=cm/control",
    );
  });

  test("UC-51 UC-53 Synology: elements in an order of their own", () => {
    const { device, specVersion } = read("Synology");
    expect(specVersion).toEqual({ major: 1, minor: 0 });
    expect([device.friendlyName, device.presentationUrl]).toEqual(["cellar (EX 2)", "http://cellar:5000/"]);
    expect(device.services[0]?.serviceType).toBe("urn:schemas-dummy-com:service:Dummy:1");
    expect(codes("Synology")).toEqual(["FOREIGN_URL"]);
  });
});
