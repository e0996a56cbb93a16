import { describe, expect, test } from "vitest";
import type { DeviceNode } from "../../src/ssdp/index.ts";
import { hostDevice } from "../../src/upnp/host-device.ts";
import type { OfferedDescription } from "../../src/upnp/offered.ts";
import { readXml, type XmlElement } from "../../src/xml/index.ts";

const DEVICE = "urn:schemas-upnp-org:device-1-0";
const SERVICE = "urn:schemas-upnp-org:service-1-0";

/** What may stand in an element, in this order: `?` for what may be missing, `*` for any number, `+` for one or more. */
const DEVICE_SCHEMA: Readonly<Record<string, string>> = {
  root: "specVersion device",
  specVersion: "major minor",
  device:
    "deviceType friendlyName manufacturer manufacturerURL? modelDescription? modelName modelNumber? modelURL? " +
    "serialNumber? UDN UPC? iconList? serviceList? deviceList? presentationURL?",
  iconList: "icon+",
  icon: "mimetype width height depth url",
  serviceList: "service+",
  service: "serviceType serviceId SCPDURL controlURL eventSubURL",
  deviceList: "device+",
};

const SERVICE_SCHEMA: Readonly<Record<string, string>> = {
  scpd: "specVersion actionList? serviceStateTable",
  specVersion: "major minor",
  actionList: "action+",
  action: "name argumentList?",
  argumentList: "argument+",
  argument: "name direction retval? relatedStateVariable",
  serviceStateTable: "stateVariable+",
  stateVariable: "name dataType defaultValue? allowedValueList? allowedValueRange?",
};

/** Lengths that texts keep below. */
const LENGTHS = {
  friendlyName: 64,
  manufacturer: 64,
  modelDescription: 128,
  modelName: 32,
  modelNumber: 32,
  serialNumber: 64,
};

const DATA_TYPES =
  "ui1 ui2 ui4 ui8 i1 i2 i4 i8 int r4 r8 number fixed.14.4 float char string date dateTime dateTime.tz time time.tz " +
  "boolean bin.base64 bin.hex uri uuid";

const TREE: DeviceNode = {
  type: "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
  udn: "uuid:2fac1234-31f8-11b4-a222-08002b34c003",
  services: [
    "urn:schemas-upnp-org:service:Layer3Forwarding:1",
    "urn:schemas-upnp-org:service:Layer3Forwarding:1",
  ],
  devices: [
    {
      type: "urn:schemas-upnp-org:device:WANDevice:2",
      udn: "uuid:2fac1234-31f8-11b4-a222-08002b34c004",
      services: ["urn:schemas-upnp-org:service:WANIPConnection:2"],
      devices: [{ type: "urn:x-org:device:Bare:1", udn: "uuid:2fac1234-31f8-11b4-a222-08002b34c005" }],
    },
  ],
};

const EVERYTHING: OfferedDescription = {
  friendlyName: `Router & more <${"x".repeat(100)}>`,
  manufacturer: "M".repeat(100),
  manufacturerUrl: "http://example.org/",
  modelDescription: "D".repeat(200),
  modelName: "N".repeat(50),
  modelNumber: "1".repeat(50),
  modelUrl: "http://example.org/model",
  serialNumber: "S".repeat(100),
  upc: "012345678905",
  presentationUrl: "/index.html",
  icons: [{ mimeType: "image/png", width: 48, height: 48, depth: 24, data: new Uint8Array([1]) }],
  devices: {
    "urn:schemas-upnp-org:device:WANDevice:2": { serialNumber: "7", modelUrl: "http://example.org/wan" },
  },
  files: { "/index.html": { contentType: "text/html", body: "<p>" } },
};

describe.each([
  ["that is told nothing but its tree", {}],
  ["that is told all there is to tell", EVERYTHING],
] as const)("the documents of a device %s", (_, description) => {
  const device = {
    root: TREE,
    name: "Router",
    description,
    path: "/description.xml",
    specVersion: "1.1" as const,
  };
  const { files } = hostDevice(device, 77);
  const read = (path: string) => readXml(bytesOf(files.get(path)?.body ?? "")).root;
  const root = read("/description.xml");
  const elements = [...everyElement(root)];
  const texts = (name: string) => elements.filter((each) => each.localName === name).map(({ text }) => text);

  test("UC-02 UD-063 UD-075 the description is well formed XML, in its namespace, and each element has what the schema wants, in its order", () => {
    expect([root.namespace, root.attributes.get("configId")]).toEqual([DEVICE, "77"]);
    expect([texts("major"), texts("minor")]).toEqual([["1"], ["1"]]);
    expect(complaints(root, DEVICE, DEVICE_SCHEMA)).toEqual([]);
  });

  test("UC-02 UD-065 no text is longer than readers must take", () => {
    for (const [name, limit] of Object.entries(LENGTHS))
      for (const text of texts(name)) expect(text.length, name).toBeLessThan(limit);
  });

  test("UC-04 the UDNs are those of the tree; within a device serviceIds are distinct; nothing claims to be evented", () => {
    expect(texts("UDN")).toEqual(
      ["3", "4", "5"].map((last) => `uuid:2fac1234-31f8-11b4-a222-08002b34c00${last}`),
    );
    for (const list of elements.filter(({ localName }) => localName === "serviceList")) {
      const ids = [...everyElement(list)]
        .filter((each) => each.localName === "serviceId")
        .map(({ text }) => text);
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect(new Set(texts("eventSubURL"))).toEqual(new Set([""]));
  });

  test("UC-03 every URL in it that is ours leads to a document that is served", () => {
    const urls = ["SCPDURL", "url", "presentationURL"].flatMap(texts);
    expect(urls.length).toBeGreaterThanOrEqual(3);
    for (const url of urls) expect([url, files.has(url)]).toEqual([url, true]);
  });

  test("UC-05 UD-072 UD-073 UD-074 each service description is well formed and as the schema wants it", () => {
    const paths = texts("SCPDURL");
    expect(paths).toHaveLength(3);
    for (const path of paths) {
      const scpd = read(path);
      const all = [...everyElement(scpd)];
      const named = (name: string) => all.filter((each) => each.localName === name);
      expect(complaints(scpd, SERVICE, SERVICE_SCHEMA)).toEqual([]);
      expect(named("stateVariable").length).toBeGreaterThan(0);
      for (const { attributes } of named("stateVariable"))
        expect(["yes", "no", undefined]).toContain(attributes.get("sendEvents"));
      for (const { text } of named("name")) expect(text).toMatch(/^[A-Za-z_][A-Za-z0-9_]{0,31}$/);
      for (const { text } of named("dataType")) expect(DATA_TYPES.split(" ")).toContain(text);
      const variables = new Set(named("stateVariable").map(({ children }) => children[0]?.text));
      for (const { text } of named("relatedStateVariable")) expect(variables).toContain(text);
    }
  });

  test("UD-076 and nothing of a vendor is in it but under a name that begins with X_", () => {
    const known = new Set(
      Object.values({ ...DEVICE_SCHEMA, ...SERVICE_SCHEMA }).flatMap((list) => list.split(/[ ?*+]+/)),
    );
    for (const { localName } of elements) expect([...known, "root", "scpd"]).toContain(localName);
    for (const path of texts("SCPDURL")) {
      const [variable] = [...everyElement(read(path))].filter((each) => each.localName === "stateVariable");
      expect(variable?.children[0]?.text).toMatch(/^X_/);
    }
  });
});

describe("the schema of these tests", () => {
  const xml = (text: string) => readXml(bytesOf(text)).root;
  const device = (inside: string) =>
    xml(
      `<root xmlns="${DEVICE}"><specVersion><major>1</major><minor>1</minor></specVersion>${inside}</root>`,
    );

  test.each([
    [
      "an element in the wrong place",
      "<device><friendlyName/><deviceType/><manufacturer/><modelName/><UDN/></device>",
    ],
    ["one that is missing", "<device><deviceType/><friendlyName/><manufacturer/><UDN/></device>"],
    ["one too many", "<device><deviceType/><friendlyName/><manufacturer/><modelName/><UDN/><UDN/></device>"],
    ["an unknown one", "<device><deviceType/><friendlyName/><manufacturer/><modelName/><UDN/><X/></device>"],
    [
      "an empty list",
      "<device><deviceType/><friendlyName/><manufacturer/><modelName/><UDN/><iconList/></device>",
    ],
    ["another namespace", `<device xmlns="urn:x"><deviceType/></device>`],
  ])("complains of %s", (_, inside) => {
    expect(complaints(device(inside), DEVICE, DEVICE_SCHEMA)).not.toEqual([]);
  });

  test("and of nothing in the smallest description", () => {
    const inside = "<device><deviceType/><friendlyName/><manufacturer/><modelName/><UDN/></device>";
    expect(complaints(device(inside), DEVICE, DEVICE_SCHEMA)).toEqual([]);
  });
});

/** Where elements are not what the schema says. */
function complaints(
  element: XmlElement,
  namespace: string,
  schema: Readonly<Record<string, string>>,
): string[] {
  const found: string[] = [];
  for (const each of everyElement(element)) {
    if (each.namespace !== namespace) found.push(`${each.localName} is in ${each.namespace}`);
    const names = each.children.map(({ localName }) => `${localName} `).join("");
    const wanted = schema[each.localName];
    const isRight = wanted === undefined ? names === "" : patternOf(wanted).test(names);
    if (!isRight) found.push(`${each.localName} has ${names}, not ${wanted}`);
  }
  return found;
}

/** `a b? c+` as a pattern for names that are followed by a space each. */
function patternOf(list: string): RegExp {
  const parts = list.split(" ").map((part) => {
    const [, name, times] = /^([A-Za-z]+)([?*+]?)$/.exec(part) ?? [];
    return `(?:${name} )${times}`;
  });
  return new RegExp(`^${parts.join("")}$`);
}

function* everyElement(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* everyElement(child);
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? new TextEncoder().encode(body) : body;
}
