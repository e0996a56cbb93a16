import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import {
  type DescribedDevice,
  type ServedDevice,
  type WriteDescriptionOptions,
  writeDescription,
  writeEmptyScpd,
} from "../../src/upnp/index.ts";
import { readDescription } from "../../src/upnp/read-description.ts";
import { readXml, type XmlElement } from "../../src/xml/index.ts";

const bare: ServedDevice = {
  deviceType: "urn:schemas-upnp-org:device:Basic:1",
  udn: "uuid:00000000-0000-4000-8000-000000000001",
  friendlyName: "Lamp",
  manufacturer: "Maker",
  modelName: "Model",
  icons: [],
  services: [],
  devices: [],
};

const full: ServedDevice = {
  ...bare,
  manufacturerUrl: "http://maker.example/",
  modelDescription: "A lamp",
  modelNumber: "7",
  modelUrl: "http://maker.example/7",
  serialNumber: "0007",
  upc: "000000000000",
  presentationUrl: "/ui",
  icons: [{ mimeType: "image/png", width: 48, height: 48, depth: 24, url: "/icon.png" }],
  services: [
    {
      serviceType: "urn:schemas-upnp-org:service:SwitchPower:1",
      serviceId: "urn:upnp-org:serviceId:SwitchPower",
      scpdUrl: "/scpd.xml",
      controlUrl: "/control",
      eventSubUrl: "",
    },
  ],
  devices: [{ ...bare, udn: "uuid:00000000-0000-4000-8000-000000000002" }],
};

/** Read as strictly as XML can be: well-formed, namespaces bound, UTF-8. */
const rootOf = (device: ServedDevice, options?: WriteDescriptionOptions) =>
  readXml(writeDescription(device, options)).root;

const read = (device: ServedDevice, options?: WriteDescriptionOptions) =>
  readDescription(writeDescription(device, options), {
    url: "http://192.0.2.5:80/d.xml",
    headers: new Map(),
  });

const child = (element: XmlElement | undefined, ...names: string[]): XmlElement | undefined =>
  names.reduce<XmlElement | undefined>(
    (found, name) => found?.children.find((candidate) => candidate.name === name),
    element,
  );
const namesIn = (element: XmlElement | undefined) => element?.children.map(({ name }) => name) ?? [];

describe("the document as a whole", () => {
  test("UD-063 UD-070 it is XML in UTF-8, its root in the namespace of devices, with configId and version", () => {
    const bytes = writeDescription({ ...bare, friendlyName: "Küche 😀" }, { configId: 7 });
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    expect(
      text.startsWith('<?xml version="1.0"?>\n<root xmlns="urn:schemas-upnp-org:device-1-0" configId="7">'),
    ).toBe(true);
    expect(text).toContain("<friendlyName>Küche 😀</friendlyName>");
    const { root } = readXml(bytes);
    expect(root.namespace).toBe("urn:schemas-upnp-org:device-1-0");
    expect(child(root, "specVersion", "major")?.text).toBe("1");
    expect(child(root, "specVersion", "minor")?.text).toBe("1");
  });

  test("UD-063 the version that is claimed is the one chosen; a configId belongs to 1.1 and later", () => {
    for (const [specVersion, major, minor, configId] of [
      ["1.0", 1, 0, undefined],
      ["1.1", 1, 1, 7],
      ["2.0", 2, 0, 7],
    ] as const) {
      const description = read(bare, { specVersion, configId: 7 });
      expect([description.specVersion, description.configId]).toEqual([{ major, minor }, configId]);
    }
    expect(rootOf(bare).attributes.has("configId")).toBe(false);
  });

  test("UD-064 there is no URLBase", () => {
    expect(new TextDecoder().decode(writeDescription(full))).not.toContain("URLBase");
  });

  test("D23 UC-02 elements stand in the order of the schema", () => {
    const root = rootOf(full);
    expect(namesIn(root)).toEqual(["specVersion", "device"]);
    expect(namesIn(child(root, "device"))).toEqual([
      "deviceType",
      "friendlyName",
      "manufacturer",
      "manufacturerURL",
      "modelDescription",
      "modelName",
      "modelNumber",
      "modelURL",
      "serialNumber",
      "UDN",
      "UPC",
      "iconList",
      "serviceList",
      "deviceList",
      "presentationURL",
    ]);
    expect(namesIn(child(root, "device", "iconList", "icon"))).toEqual([
      "mimetype",
      "width",
      "height",
      "depth",
      "url",
    ]);
    expect(namesIn(child(root, "device", "serviceList", "service"))).toEqual([
      "serviceType",
      "serviceId",
      "SCPDURL",
      "controlURL",
      "eventSubURL",
    ]);
  });

  test("UD-065 UC-02 what is required is there, what is not given and empty lists are not", () => {
    expect(namesIn(child(rootOf(bare), "device"))).toEqual([
      "deviceType",
      "friendlyName",
      "manufacturer",
      "modelName",
      "UDN",
    ]);
  });
});

describe("texts", () => {
  test("UD-065 D23 texts are cut to what readers are made for, between characters", () => {
    const long = "😀".repeat(200);
    const { device } = read({
      ...bare,
      friendlyName: long,
      manufacturer: long,
      modelName: long,
      modelDescription: long,
      modelNumber: long,
      serialNumber: long,
    });
    const lengths = (of: DescribedDevice) =>
      [
        of.friendlyName,
        of.manufacturer,
        of.modelName,
        of.modelDescription,
        of.modelNumber,
        of.serialNumber,
      ].map((text) => [...(text ?? "")].length);
    expect(lengths(device)).toEqual([63, 63, 31, 127, 31, 63]);
    expect(device.friendlyName).toBe("😀".repeat(63));
  });

  test("UD-065 a text that just fits is whole", () => {
    expect(read({ ...bare, friendlyName: "x".repeat(63) }).device.friendlyName).toBe("x".repeat(63));
  });

  test("UD-070 X-14 what has a meaning in XML is escaped", () => {
    const evil = `</friendlyName><UDN>uuid:evil</UDN> & ]]> "'`;
    const { device, violations } = read({ ...bare, friendlyName: evil });
    expect([device.friendlyName, device.udn, violations]).toEqual([evil, bare.udn, []]);
  });

  test("X-14 what XML cannot hold is the caller's mistake", () => {
    for (const text of ["\0", "\u001b[2J", "\ud800"])
      expect(() => writeDescription({ ...bare, modelNumber: text })).toThrow(UsageError);
  });
});

describe("lists", () => {
  test("UD-066 an eventSubURL is there also when nothing is evented", () => {
    expect(child(rootOf(full), "device", "serviceList", "service", "eventSubURL")?.text).toBe("");
    expect(read(full).violations).toEqual([]);
  });

  test("UD-066 relative URLs lead to where the description was read", () => {
    const [service] = read(full).device.services;
    expect([service?.scpdUrl, service?.controlUrl]).toEqual([
      "http://192.0.2.5/scpd.xml",
      "http://192.0.2.5/control",
    ]);
  });

  test("UD-067 two services of one device with one serviceId are the caller's mistake, in two devices they are not", () => {
    const { services } = full;
    expect(() => writeDescription({ ...bare, services: [...services, ...services] })).toThrow(
      expect.objectContaining({ code: "INVALID_OFFER" }),
    );
    expect(read({ ...full, devices: [{ ...bare, udn: "uuid:2", services }] }).violations).toEqual([]);
  });

  test("UD-067 a service type whose name is longer than 64 characters is the caller's mistake", () => {
    const [service] = full.services;
    const named = (length: number) => ({
      ...bare,
      services: [{ ...service!, serviceType: `urn:schemas-upnp-org:service:${"x".repeat(length)}:1` }],
    });
    expect(() => writeDescription(named(65))).toThrow(UsageError);
    expect(read(named(64)).violations).toEqual([]);
  });

  test("UD-068 an icon is written with everything that it has", () => {
    expect(read(full).device.icons).toEqual([
      { mimeType: "image/png", width: 48, height: 48, depth: 24, url: "http://192.0.2.5/icon.png" },
    ]);
  });
});

describe("what was written", () => {
  /** Text as it may stand in a description: legal in XML, and no white space around it, which reading drops. */
  const word = (most: number) =>
    fc
      .string({ unit: "grapheme", minLength: 1, maxLength: most })
      .map((text) =>
        [...text.replace(/[^\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "")]
          .slice(0, most)
          .join("")
          .trim(),
      )
      .filter((text) => text !== "");
  const path = fc.integer({ min: 0, max: 999 }).map((number) => `/p${number}`);
  const texts = {
    deviceType: word(80),
    friendlyName: word(63),
    manufacturer: word(63),
    modelName: word(31),
    modelDescription: fc.option(word(127), { nil: undefined }),
    serialNumber: fc.option(word(63), { nil: undefined }),
    icons: fc.array(
      fc.record({
        mimeType: word(20),
        width: fc.nat(9999),
        height: fc.nat(9999),
        depth: fc.nat(99),
        url: path,
      }),
      { maxLength: 3 },
    ),
    services: fc.uniqueArray(
      fc.record({
        serviceType: word(40),
        serviceId: word(40),
        scpdUrl: path,
        controlUrl: path,
        eventSubUrl: fc.oneof(path, fc.constant("")),
      }),
      { maxLength: 3, selector: ({ serviceId }) => serviceId },
    ),
  };
  type Unnumbered = Omit<ServedDevice, "udn" | "devices"> & { readonly devices: readonly Unnumbered[] };
  const tree = (depth: number): fc.Arbitrary<Unnumbered> =>
    fc.record({
      ...texts,
      devices: depth === 0 ? fc.constant([]) : fc.array(tree(depth - 1), { maxLength: 2 }),
    });

  function numbered(device: Unnumbered, count: { next: number }): ServedDevice {
    const udn = `uuid:${count.next++}`;
    return { ...device, udn, devices: device.devices.map((embedded) => numbered(embedded, count)) };
  }

  const absolute = (path: string) => (path === "" ? undefined : `http://192.0.2.5${path}`);

  /** What reading must make of it. */
  function expected(device: ServedDevice): unknown {
    return {
      upc: undefined,
      manufacturerUrl: undefined,
      modelUrl: undefined,
      modelNumber: undefined,
      presentationUrl: undefined,
      ...device,
      icons: device.icons.map((icon) => ({ ...icon, url: absolute(icon.url) })),
      services: device.services.map((service) => ({
        serviceType: service.serviceType,
        serviceId: service.serviceId,
        scpdUrl: absolute(service.scpdUrl),
        controlUrl: absolute(service.controlUrl),
        eventSubUrl: absolute(service.eventSubUrl),
      })),
      devices: device.devices.map(expected),
    };
  }

  test("UC-02 is well-formed, and reads back as it was", () => {
    fc.assert(
      fc.property(tree(2), fc.nat(0xff_ffff), (device, configId) => {
        const served = numbered(device, { next: 1 });
        expect(rootOf(served).name).toBe("root");
        const description = read(served, { configId });
        expect(description.device).toEqual(expected(served));
        expect([description.configId, description.violations]).toEqual([configId, []]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the empty service description", () => {
  test("UD-072 UC-02 it has no actions, and a table with one variable that is not evented", () => {
    const { root } = readXml(writeEmptyScpd({ configId: 7 }));
    expect([root.name, root.namespace, root.attributes.get("configId")]).toEqual([
      "scpd",
      "urn:schemas-upnp-org:service-1-0",
      "7",
    ]);
    expect(namesIn(root)).toEqual(["specVersion", "serviceStateTable"]);
    const table = child(root, "serviceStateTable");
    expect(namesIn(table)).toEqual(["stateVariable"]);
    const variable = child(table, "stateVariable");
    expect(variable?.attributes.get("sendEvents")).toBe("no");
    expect(variable?.children.map(({ name, text }) => [name, text])).toEqual([
      ["name", "X_Announced"],
      ["dataType", "boolean"],
      ["defaultValue", "1"],
    ]);
  });

  test("it claims the version that the description claims", () => {
    const { root } = readXml(writeEmptyScpd({ specVersion: "2.0" }));
    expect(child(root, "specVersion", "major")?.text).toBe("2");
  });
});
