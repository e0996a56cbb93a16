import { describe, expect, test } from "vitest";
import { MalformedError } from "../../src/core/errors.ts";
import { type Description, devicesOf } from "../../src/upnp/index.ts";
import { readDescription } from "../../src/upnp/read-description.ts";

const LOCATION = "http://192.0.2.5:8080/dir/desc.xml";
const bytes = (text: string) => new TextEncoder().encode(text);

function read(body: string | Uint8Array, url = LOCATION, contentType?: string): Description {
  const headers = new Map(contentType === undefined ? [] : [["content-type", contentType]]);
  return readDescription(typeof body === "string" ? bytes(body) : body, { url, headers });
}

const RIGHT = 'xmlns="urn:schemas-upnp-org:device-1-0"';
const SPEC = "<specVersion><major>1</major><minor>1</minor></specVersion>";
const REQUIRED =
  "<deviceType>urn:x:device:T:1</deviceType><friendlyName>Lamp</friendlyName><manufacturer>M</manufacturer><modelName>N</modelName>";

const documentOf = (device: string, root = RIGHT, beside = SPEC) =>
  `<?xml version="1.0"?><root ${root}>${beside}<device>${device}</device></root>`;
const withDevice = (more: string, udn = "uuid:1") => documentOf(`${REQUIRED}<UDN>${udn}</UDN>${more}`);

const codes = ({ violations }: Description) => violations.map(({ code }) => code);

function codeOf(body: string | Uint8Array, contentType?: string): string {
  try {
    read(body, LOCATION, contentType);
    return "read";
  } catch (error) {
    return error instanceof MalformedError ? error.code : String(error);
  }
}

describe("how much is taken in", () => {
  const nested = (depth: number): string =>
    depth === 0
      ? ""
      : `<deviceList><device><UDN>uuid:n${depth}</UDN>${nested(depth - 1)}</device></deviceList>`;

  test("S-49 devices nested deeper than eight are left out", () => {
    const seven = read(withDevice(nested(7)));
    expect([...devicesOf(seven.device)].length).toBe(8);
    expect(codes(seven)).not.toContain("DEVICES_TOO_DEEP");
    const ten = read(withDevice(nested(10)));
    expect([...devicesOf(ten.device)].length).toBe(8);
    expect(codes(ten)).toContain("DEVICES_TOO_DEEP");
    expect(codeOf(withDevice(nested(100)))).toBe("XML_TOO_DEEP");
  });

  test("S-49 there are at most 256 devices, and at most 128 violations", () => {
    const many = Array.from({ length: 400 }, (_, index) => `<device><UDN>uuid:m${index}</UDN></device>`);
    const description = read(
      withDevice(
        `<deviceList>${many.slice(0, 200).join("")}<device><UDN>uuid:l</UDN><deviceList>${many.slice(200).join("")}</deviceList></device></deviceList>`,
      ),
    );
    expect([...devicesOf(description.device)].length).toBe(256);
    expect(description.violations.length).toBe(128);
    const wide = read(withDevice(`<deviceList>${many.join("")}</deviceList>`));
    expect([...devicesOf(wide.device)].length).toBe(256);
    expect(codes(wide)[0]).toBe("TOO_MANY_DEVICES");
  });

  test("S-49 of two devices with one UDN the first is kept", () => {
    const twice =
      "<device><UDN>uuid:a</UDN><friendlyName>1</friendlyName></device><device><UDN>uuid:a</UDN><friendlyName>2</friendlyName></device>";
    const itself = "<device><UDN>uuid:1</UDN><friendlyName>self</friendlyName></device>";
    const description = read(withDevice(`<deviceList>${twice}${itself}<device/><device/></deviceList>`));
    expect([...devicesOf(description.device)].map(({ friendlyName }) => friendlyName)).toEqual([
      "Lamp",
      "1",
      undefined,
      undefined,
    ]);
    expect(description.violations.filter(({ code }) => code === "DUPLICATE_UDN")).toEqual([
      { code: "DUPLICATE_UDN", detail: "uuid:a" },
      { code: "DUPLICATE_UDN", detail: "uuid:1" },
    ]);
  });

  test("S-50 there are at most 32 icons", () => {
    const icon =
      "<icon><mimetype>image/png</mimetype><width>1</width><height>1</height><depth>1</depth><url>i</url></icon>";
    const description = read(withDevice(`<iconList>${icon.repeat(3000)}</iconList>`));
    expect(description.device.icons.length).toBe(32);
    expect(codes(description)).toEqual(["TOO_MANY_ICONS"]);
    expect(read(withDevice(`<iconList>${icon.repeat(32)}</iconList>`)).device.icons.length).toBe(32);
    expect(codeOf(withDevice(`<iconList>${icon.repeat(4000)}</iconList>`))).toBe("XML_TOO_MANY_ELEMENTS");
  });

  test("there are at most 256 services of one device", () => {
    const services = "<service><eventSubURL/></service>".repeat(300);
    const description = read(withDevice(`<serviceList>${services}</serviceList>`));
    expect(description.device.services.length).toBe(256);
    expect(codes(description)).toContain("TOO_MANY_SERVICES");
  });
});

describe("text that is meant for something else", () => {
  test.each([
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</script><script>alert(1)</script>",
    "{{constructor.constructor('alert(1)')()}}",
    "$(touch pwn)",
    "`id`",
    "| id",
    "${jndi:ldap://x}",
    "%0aid",
  ])("V-90 V-94 %j is a name like any other, exactly as written", (name) => {
    const escaped = name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    expect(read(documentOf(`<friendlyName>${escaped}</friendlyName>`)).device.friendlyName).toBe(name);
    expect(read(documentOf(`<friendlyName><![CDATA[${name}]]></friendlyName>`)).device.friendlyName).toBe(
      name,
    );
  });

  test("V-90 markup that is not escaped is elements, and no part of the name", () => {
    const { device } = read(documentOf("<friendlyName>a<script>alert(1)</script>b</friendlyName>"));
    expect(device.friendlyName).toBe("ab");
  });

  test("X-08 V-86 elements called __proto__ change nothing", () => {
    const evil =
      "<__proto__><polluted>1</polluted></__proto__><constructor><prototype><polluted>1</polluted></prototype></constructor>";
    const { device } = read(withDevice(evil));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(device)).toBe(Object.prototype);
    expect(device.friendlyName).toBe("Lamp");
  });
});
