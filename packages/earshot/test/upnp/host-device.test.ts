import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import type { DeviceNode } from "../../src/ssdp/index.ts";
import { type DeviceToHost, hostDevice } from "../../src/upnp/host-device.ts";
import type { OfferedDescription } from "../../src/upnp/offered.ts";
import { typeName } from "../../src/upnp/service-names.ts";

const ROUTER: DeviceNode = {
  type: "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
  udn: "uuid:root",
  services: ["urn:schemas-upnp-org:service:Layer3Forwarding:1"],
  devices: [
    {
      type: "urn:schemas-upnp-org:device:WANDevice:1",
      udn: "uuid:wan",
      services: ["urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1"],
      devices: [1, 2].map((n) => ({
        type: "urn:schemas-upnp-org:device:WANConnectionDevice:1",
        udn: `uuid:connection-${n}`,
        services: ["urn:schemas-upnp-org:service:WANIPConnection:1"],
      })),
    },
  ],
};
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
const ICON = { mimeType: "image/png", width: 48, height: 48, depth: 32, data: PNG };

function host(description: OfferedDescription = {}, changes: Partial<DeviceToHost> = {}, configId = 7) {
  const device: DeviceToHost = {
    root: ROUTER,
    name: "Router",
    description,
    path: "/description.xml",
    specVersion: "1.1",
    ...changes,
  };
  const { files, silent } = hostDevice(device, configId);
  const text = (path: string) => new TextDecoder().decode(files.get(path)?.body);
  return { files, silent, text, xml: text(changes.path ?? "/description.xml") };
}

/** What stands in every element of this name, in order. */
function all(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text]) => text as string);
}

describe("the documents of a device tree", () => {
  test("UD-014 UC-04 UDNs and types are those of the tree, and no serviceId comes twice in a device", () => {
    const { xml } = host();
    expect(all(xml, "UDN")).toEqual(["uuid:root", "uuid:wan", "uuid:connection-1", "uuid:connection-2"]);
    expect(all(xml, "deviceType")).toEqual([
      "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
      "urn:schemas-upnp-org:device:WANDevice:1",
      ...Array(2).fill("urn:schemas-upnp-org:device:WANConnectionDevice:1"),
    ]);
    expect(all(xml, "serviceId")).toEqual([
      "urn:upnp-org:serviceId:Layer3Forwarding",
      "urn:upnp-org:serviceId:WANCommonInterfaceConfig",
      "urn:upnp-org:serviceId:WANIPConnection",
      "urn:upnp-org:serviceId:WANIPConnection",
    ]);
  });

  test("UD-067 two services of one name in one device have two ids", () => {
    const type = "urn:example-org:service:Chat:1";
    const { xml } = host(
      {},
      { root: { type: "urn:example-org:device:Chat:1", udn: "uuid:c", services: [type, type] } },
    );
    expect(all(xml, "serviceId")).toEqual([
      "urn:example-org:serviceId:Chat",
      "urn:example-org:serviceId:Chat-2",
    ]);
  });

  test("UC-03 UD-066 UD-068 every SCPDURL and icon of the description is served, of the right type; control is known, events are none", () => {
    const { xml, files, silent } = host({ icons: [ICON, { ...ICON, mimeType: "image/jpeg" }] });
    const scpds = all(xml, "SCPDURL");
    expect(scpds).toEqual([
      "/Layer3Forwarding/scpd.xml",
      "/WANCommonInterfaceConfig/scpd.xml",
      "/WANIPConnection/scpd.xml",
      "/WANIPConnection-2/scpd.xml",
    ]);
    for (const path of scpds) expect(files.get(path)?.contentType).toBe('text/xml; charset="utf-8"');
    for (const name of ["mimetype", "width", "height", "depth", "url"])
      expect(all(xml, name)).toHaveLength(2);
    expect(all(xml, "url").map((path) => files.get(path)?.contentType)).toEqual(["image/png", "image/jpeg"]);
    expect(all(xml, "controlURL")).toEqual([...silent]);
    expect(all(xml, "eventSubURL")).toEqual(["", "", "", ""]);
  });

  test("S-52 by default it tells no more than types and names: no serial number, no address, no host", () => {
    const { xml } = host();
    const names = [...xml.matchAll(/<([a-zA-Z]+)[ >]/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(
      new Set(
        (
          "root specVersion major minor device deviceType friendlyName manufacturer modelName UDN " +
          "serviceList service serviceType serviceId SCPDURL controlURL eventSubURL deviceList"
        ).split(" "),
      ),
    );
    expect(all(xml, "manufacturer")).toEqual(Array(4).fill("earshot"));
    expect(all(xml, "friendlyName")).toEqual([
      "Router",
      "WANDevice",
      "WANConnectionDevice",
      "WANConnectionDevice",
    ]);
  });

  test("UD-022 the configId stands in every document that is ours", () => {
    const { text } = host({}, {}, 4711);
    for (const path of ["/description.xml", "/Layer3Forwarding/scpd.xml"])
      expect(text(path)).toContain('configId="4711"');
  });

  test("UDA 1.0 knows no configId", () => {
    expect(host({}, { specVersion: "1.0" }).xml).not.toContain("configId");
  });

  test("D-16 what the user says is text, whatever it looks like", () => {
    const { xml } = host({ friendlyName: '</friendlyName><UDN>uuid:evil</UDN>&"', modelNumber: "<!-- -->" });
    expect(all(xml, "UDN")).not.toContain("uuid:evil");
    expect(xml).toContain("&lt;/friendlyName&gt;&lt;UDN&gt;uuid:evil&lt;/UDN&gt;&amp;&quot;");
    expect(xml).toContain("&lt;!-- --&gt;");
  });
});

describe("what the offer tells", () => {
  test("F18 every field of the seed's server has its place", () => {
    const { xml } = host({
      friendlyName: "Boucherie numérique",
      manufacturer: "Boucherie",
      manufacturerUrl: "http://example.org/",
      modelDescription: "Jambon",
      modelName: "jambon-3000",
      modelNumber: "3000",
      modelUrl: "https://example.org/jambon",
      serialNumber: "1",
      presentationUrl: "http://example.org/page",
    });
    expect(xml).toContain("<friendlyName>Boucherie numérique</friendlyName>");
    for (const [name, value] of [
      ["manufacturerURL", "http://example.org/"],
      ["modelDescription", "Jambon"],
      ["modelNumber", "3000"],
      ["modelURL", "https://example.org/jambon"],
      ["serialNumber", "1"],
      ["presentationURL", "http://example.org/page"],
    ] as const)
      expect(all(xml, name)).toEqual([value]);
  });

  test("embedded devices tell what is theirs, by UDN before type, and have the maker of what they are in", () => {
    const { xml } = host({
      manufacturer: "ACME",
      modelName: "R1",
      devices: {
        "urn:schemas-upnp-org:device:WANConnectionDevice:1": { friendlyName: "By type" },
        "uuid:connection-2": { friendlyName: "By UDN", manufacturer: "Other" },
      },
    });
    expect(all(xml, "friendlyName")).toEqual(["Router", "WANDevice", "By type", "By UDN"]);
    expect(all(xml, "manufacturer")).toEqual(["ACME", "ACME", "ACME", "Other"]);
  });

  test("a file takes the place of a service's empty description, and any other is served beside", () => {
    const { files, text } = host({
      files: {
        "/Layer3Forwarding/scpd.xml": { contentType: "text/xml", body: "<scpd/>" },
        "/page.html": { contentType: "text/html; charset=utf-8", body: new Uint8Array([60]) },
      },
      presentationUrl: "/page.html",
    });
    expect(text("/Layer3Forwarding/scpd.xml")).toBe("<scpd/>");
    expect(files.get("/page.html")).toEqual({
      contentType: "text/html; charset=utf-8",
      body: new Uint8Array([60]),
    });
    expect(text("/WANDevice/scpd.xml")).toBe("");
  });

  test("what is served does not change when the user changes what was given", () => {
    const data = PNG.slice();
    const { files } = host({
      icons: [{ ...ICON, data }],
      files: { "/a": { contentType: "a/b", body: data } },
    });
    data.fill(0);
    expect([files.get("/icons/1.png")?.body, files.get("/a")?.body]).toEqual([PNG, PNG]);
  });

  test.each<[string, OfferedDescription, Partial<DeviceToHost>?]>([
    ["a stray device", { devices: { "uuid:nobody": {} } }],
    ["devices of a prototype", { devices: { __proto__x: {} } }],
    ["a URL that is none", { manufacturerUrl: "example.org" }],
    ["a script as URL", { modelUrl: "javascript:alert(1)" }],
    ["a script as page", { presentationUrl: "javascript:alert(1)" }],
    ["a page that is not served", { presentationUrl: "/nothing.html" }],
    ["a UPC of letters", { upc: "12345678901x" }],
    ["an icon without a size", { icons: [{ ...ICON, width: 0 }] }],
    ["an icon of half a bit", { icons: [{ ...ICON, depth: 0.5 }] }],
    ["an icon with a header in its type", { icons: [{ ...ICON, mimeType: "image/png\r\nX: y" }] }],
    ["H-10 a header in a file's type", { files: { "/a": { contentType: "text/xml\r\nX: y", body: "" } } }],
    [
      "a file with the description's path",
      { files: { "/description.xml": { contentType: "a/b", body: "" } } },
    ],
    [
      "a file with a control path",
      { files: { "/Layer3Forwarding/control": { contentType: "a/b", body: "" } } },
    ],
    ["a file without a slash", { files: { a: { contentType: "a/b", body: "" } } }],
    ["a file above the root", { files: { "/../a": { contentType: "a/b", body: "" } } }],
    ["a file above the root, in disguise", { files: { "/%2e%2e/a": { contentType: "a/b", body: "" } } }],
    ["a file with a host", { files: { "//host/a": { contentType: "a/b", body: "" } } }],
    ["a file with a query", { files: { "/a?b": { contentType: "a/b", body: "" } } }],
    ["a file with a space", { files: { "/a b": { contentType: "a/b", body: "" } } }],
    ["a description with a query", {}, { path: "/description.xml?1" }],
    ["text that XML cannot hold", { friendlyName: "a\u0000b" }],
  ])("%s is refused", (_name, description, changes) => {
    expect(() => host(description, changes)).toThrow(UsageError);
  });
});

test.each([
  ["urn:schemas-upnp-org:service:AVTransport:1", "AVTransport"],
  ["urn:example-org:device:Site:1", "Site"],
  ["urn:example-org:service:a.b-c_d:1", "a.b-c_d"],
  ["urn:example-org:service:../../x:1", "Unnamed"],
  ["urn:example-org:service:", "Unnamed"],
  ["urn:example-org:service::1", "Unnamed"],
  ["anything", "Unnamed"],
  ["", "Unnamed"],
])("the name in %j is %s", (type, name) => {
  expect(typeName(type)).toBe(name);
});
