import { describe, expect, test } from "vitest";
import { MalformedError, UsageError } from "../../src/core/errors.ts";
import type { Description } from "../../src/upnp/index.ts";
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

describe("a description as the standard has it", () => {
  test("UD-071 a later version of the standard is read like the known one", () => {
    for (const [major, minor] of [
      [1, 0],
      [1, 1],
      [1, 27],
      [2, 0],
    ]) {
      const spec = `<specVersion><major>${major}</major><minor>${minor}</minor></specVersion>`;
      const { specVersion, violations } = read(documentOf(`${REQUIRED}<UDN>uuid:1</UDN>`, RIGHT, spec));
      expect([specVersion, violations]).toEqual([{ major, minor }, []]);
    }
  });

  test("UD-069 UC-51 unknown elements, attributes, comments and instructions are passed over anywhere", () => {
    const misc = "<?x y?><!-- <friendlyName>no</friendlyName> -->";
    const noise = `${misc}<X_own a="b"><friendlyName>no</friendlyName></X_own>`;
    const device = `${noise}<UDN>uuid:1</UDN>${noise}${REQUIRED}<serviceList>${noise}<service z="1">${noise}<serviceId>i</serviceId><eventSubURL/><SCPDURL>s</SCPDURL><controlURL>c</controlURL><serviceType>t</serviceType></service>${noise}</serviceList>${noise}`;
    const { device: read1, violations } = read(
      `${misc}<root ${RIGHT} q="1">${noise}<device a="b">${device}</device>${noise}${SPEC}</root>${misc}`,
    );
    expect(read1.friendlyName).toBe("Lamp");
    expect(read1.services.map(({ serviceId }) => serviceId)).toEqual(["i"]);
    expect(violations).toEqual([]);
  });

  test("UD-070 references are read as the characters they stand for", () => {
    const name = "<friendlyName>A &lt;b&gt; &amp; &quot;c&quot; &#228;</friendlyName>";
    expect(read(documentOf(`${name}<UDN>uuid:1</UDN>`)).device.friendlyName).toBe('A <b> & "c" ä');
  });

  test("the configId is a number of 24 bits", () => {
    const configId = (text: string) => read(documentOf("", `${RIGHT} configId="${text}"`)).configId;
    expect(["0", " 7 ", "16777215", "16777216", "-1", "1e3", "", "007"].map(configId)).toEqual([
      0,
      7,
      16_777_215,
      undefined,
      undefined,
      undefined,
      undefined,
      7,
    ]);
  });
});

describe("what is not a description", () => {
  test.each([
    ["nothing", ""],
    ["a word", "status=ok"],
    [
      "a login page",
      "<!DOCTYPE html>\n<html><head><title>Login</title></head><body><br><img src=x></body></html>",
    ],
    [
      "a page of the old kind",
      '<HTML><HEAD><META http-equiv="refresh"></HEAD><BODY><P>404<HR></BODY></HTML>',
    ],
    ["another page", '\ufeff\n<!doctype HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"><html>'],
    ["XHTML", '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'],
    ["a service description", '<scpd xmlns="urn:schemas-upnp-org:service-1-0"/>'],
    ["other XML", "<feed/>"],
    ["a root without device", `<root ${RIGHT}>${SPEC}</root>`],
    ["a description cut off before the device", `<root ${RIGHT}><specVersion>`],
    ["zeros", "\0\0\0\0"],
    [
      "a body filled with zeros behind a good beginning",
      `${withDevice("").slice(0, -7)}${"\0".repeat(200_000)}`,
    ],
  ])("D6 %s", (_what, body) => {
    expect(codeOf(body)).toBe("NOT_A_DESCRIPTION");
  });

  test("D6 a stray zero, and the zeros of UTF-16, are no such body", () => {
    expect(read(withDevice("").replace("Lamp", "La\0mp")).device.friendlyName).toBe("La\ufffdmp");
    const text = withDevice("");
    const utf16 = Uint8Array.from([0xff, 0xfe, ...[...text].flatMap((letter) => [letter.charCodeAt(0), 0])]);
    expect(read(utf16).device.friendlyName).toBe("Lamp");
  });

  test("X-01 V-80 a document type is refused as such", () => {
    expect(codeOf(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${withDevice("")}`)).toBe(
      "XML_DTD_FORBIDDEN",
    );
  });

  test("a context without a usable URL is the caller's mistake", () => {
    for (const url of ["", "/desc.xml", "ftp://192.0.2.5/", "http://u:p@192.0.2.5/"])
      expect(() => read(withDevice(""), url)).toThrow(UsageError);
  });
});

describe("encodings and content types", () => {
  const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const named = documentOf("<friendlyName>K\xfcche</friendlyName>");

  test("D22 the content type does not matter", () => {
    for (const type of ["text/html", "application/octet-stream", "", "nonsense", undefined])
      expect(read(withDevice(""), LOCATION, type).device.friendlyName).toBe("Lamp");
  });

  test("D2 the charset of the response helps where the bytes are no UTF-8", () => {
    const name = (type?: string) => read(latin1(named), LOCATION, type).device.friendlyName;
    expect(name("text/xml; charset=ISO-8859-1")).toBe("Küche");
    expect(name('text/xml;charset="windows-1252"')).toBe("Küche");
    expect(name("text/xml; charset=utf-8")).toBe("K\ufffdche");
    expect(name("text/xml; charset=utf-16")).toBe("K\ufffdche");
    expect(name()).toBe("K\ufffdche");
  });

  test("D2 emoji and any script are kept", () => {
    const name = "客厅 📺 Küche";
    expect(read(documentOf(`<friendlyName>${name}</friendlyName>`)).device.friendlyName).toBe(name);
  });

  test("D1 X-11 what surrounds the document is left out, and noted", () => {
    expect(codes(read(`\ufeff\r\n${withDevice("")}`))).toEqual([]);
    expect(codes(read(`x ${withDevice("")}\0<html>`))).toEqual([
      "TEXT_BEFORE_XML",
      "ILLEGAL_CHARACTER",
      "TEXT_AFTER_ROOT",
    ]);
  });
});

describe("namespaces", () => {
  test.each([
    ["missing", ""],
    ["Belkin's", 'xmlns="urn:Belkin:device-1-0"'],
    ["with a slash", 'xmlns="urn:schemas-upnp-org:device-1-0/"'],
    ["of a maker", 'xmlns="urn:example-com:anything"'],
  ])("D4 X-10 a namespace that is %s is lived with", (_how, root) => {
    const description = read(documentOf(`${REQUIRED}<UDN>uuid:1</UDN>`, root));
    expect(description.device.friendlyName).toBe("Lamp");
    expect(codes(description)).toEqual(["WRONG_NAMESPACE"]);
  });

  test("D4 a namespace with white space around it is right", () => {
    expect(
      codes(read(documentOf(`${REQUIRED}<UDN>uuid:1</UDN>`, `xmlns=" urn:schemas-upnp-org:device-1-0 "`))),
    ).toEqual([]);
  });

  test("X-10 the right namespace under any prefix", () => {
    const body = documentOf(`${REQUIRED}<UDN>uuid:1</UDN>`, 'xmlns:d="urn:schemas-upnp-org:device-1-0"')
      .replaceAll(/<(\/?)(\w)/g, "<$1d:$2")
      .replace("<?d:xml", "<?xml");
    expect(read(body).device.friendlyName).toBe("Lamp");
  });

  test.each([
    "urn:schemas-upnp-org:service-1-0",
    "urn:schemas-upnp-org:event-1-0",
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/1999/xhtml",
    "urn:schemas-dlna-org:device-1-0",
  ])("X-10 the namespace %s means something else, whatever the names in it", (namespace) => {
    expect(codeOf(documentOf(REQUIRED, `xmlns="${namespace}"`))).toBe("NOT_A_DESCRIPTION");
    const inside = `<x:friendlyName xmlns:x="${namespace}">Evil</x:friendlyName>`;
    expect(read(documentOf(`${inside}<UDN>uuid:1</UDN>`)).device.friendlyName).toBeUndefined();
  });

  test("X-10 D4 of elements with one name, the one in the right namespace counts, wherever it stands", () => {
    const before = "<sec:friendlyName>unbound</sec:friendlyName>";
    const after = '<x:friendlyName xmlns:x="urn:x">unknown</x:friendlyName>';
    const friendlyName = (device: string) => read(documentOf(device)).device.friendlyName;
    expect(friendlyName(`${before}${after}${REQUIRED}`)).toBe("Lamp");
    expect(friendlyName(`${after}${before}`)).toBe("unbound");
    expect(friendlyName(after)).toBe("unknown");
  });

  test("X-10 a prefix that is bound anew means the new namespace", () => {
    const device = `<p:friendlyName xmlns:p="urn:schemas-upnp-org:service-1-0">no</p:friendlyName><p:friendlyName>yes</p:friendlyName>`;
    expect(
      read(documentOf(device, `${RIGHT} xmlns:p="urn:schemas-upnp-org:device-1-0"`)).device.friendlyName,
    ).toBe("yes");
  });
});

describe("what is missing or damaged", () => {
  test("D11 every required element may be missing, and each one that is gets noted", () => {
    const description = read(
      documentOf("<serviceList><service/></serviceList><iconList><icon/></iconList>", RIGHT, ""),
    );
    expect(description.specVersion).toBeUndefined();
    const { services, icons, devices, ...texts } = description.device;
    expect(Object.values(texts).every((text) => text === undefined)).toBe(true);
    expect([services.length, icons.length, devices.length]).toEqual([1, 1, 0]);
    const missing = description.violations.map(({ code, detail }) => [code, detail]);
    expect(new Set(missing.map(([code]) => code))).toEqual(new Set(["MISSING_ELEMENT"]));
    expect(missing.map(([, detail]) => detail).sort()).toEqual(
      "specVersion UDN deviceType friendlyName manufacturer modelName mimetype width height depth url serviceType serviceId SCPDURL controlURL eventSubURL"
        .split(" ")
        .sort(),
    );
  });

  test("D11 UD-066 an eventSubURL that is there and empty is right: nothing is evented", () => {
    const service = (event: string) =>
      withDevice(
        `<serviceList><service><serviceType>t</serviceType><serviceId>i</serviceId><SCPDURL>s</SCPDURL><controlURL>c</controlURL>${event}</service></serviceList>`,
      );
    expect(read(service("<eventSubURL></eventSubURL>")).violations).toEqual([]);
    expect(read(service("")).violations).toEqual([{ code: "MISSING_ELEMENT", detail: "eventSubURL" }]);
    expect(read(service("<eventSubURL/>")).device.services[0]?.eventSubUrl).toBeUndefined();
  });

  test("D12 white space around texts and URLs is dropped", () => {
    const { device } = read(
      documentOf(
        "<UDN>\n\t uuid:1\r\n</UDN><friendlyName>\n Big  lamp \n</friendlyName><presentationURL>\n /page\n.html </presentationURL>",
      ),
    );
    expect([device.udn, device.friendlyName, device.presentationUrl]).toEqual([
      "uuid:1",
      "Big  lamp",
      "http://192.0.2.5:8080/page.html",
    ]);
  });

  test("D3 a bare ampersand and an entity of HTML are text", () => {
    const description = read(documentOf(`<friendlyName>R & B&nbsp;</friendlyName>`));
    expect(description.device.friendlyName).toBe("R & B&nbsp;");
    expect(codes(description)).toContain("BARE_AMPERSAND");
  });

  test("D5 of a description that is cut off, what is before the cut is kept", () => {
    const body = withDevice(
      "<serviceList><service><serviceId>one</serviceId></service><service><serviceId>tw",
    );
    const description = read(body.slice(0, body.indexOf("tw") + 2));
    expect(description.device.friendlyName).toBe("Lamp");
    expect(description.device.services.map(({ serviceId }) => serviceId)).toEqual(["one", undefined]);
    expect(codes(description)).toContain("TRUNCATED");
  });

  test("D5 tags that do not match spoil as little as can be", () => {
    const description = read(
      documentOf(
        "<friendlyName>Lamp</friendlyname><UDN>uuid:1</UDN><serviceList></service></serviceList><modelName>N</modelName>",
      ),
    );
    expect([description.device.friendlyName, description.device.udn, description.device.modelName]).toEqual([
      "Lamp",
      "uuid:1",
      "N",
    ]);
    expect(codes(description)).toContain("TAG_MISMATCH");
  });

  test.each([
    "urn:upnp-org:serviceId:",
    "WANIPConnection",
    "urn:upnp-orgerviceId:X",
    "urn:schemas-upnp-org:service:AVTransport:1",
    "My Radio",
  ])("D13 the serviceId %j is kept as it is", (id) => {
    const body = withDevice(`<serviceList><service><serviceId>${id}</serviceId></service></serviceList>`);
    expect(read(body).device.services[0]?.serviceId).toBe(id);
  });

  test.each([
    "urn: schemas-upnp-org:device:X:1",
    "urn:schemas-upnp-org:service:pbda:tuner:1",
    "urn:schemas-upnp-org:device:X:1.0",
    "urn:roku-com:device:player:1-0",
    "urn:schemas-upnp-org:device::1",
  ])("D14 the type %j is kept as it is", (type) => {
    const body = documentOf(
      `<deviceType>${type}</deviceType><serviceList><service><serviceType>${type}</serviceType></service></serviceList>`,
    );
    const { device } = read(body);
    expect([device.deviceType, device.services[0]?.serviceType]).toEqual([type, type]);
  });

  test("D15 services and devices of one type are all kept, in their order", () => {
    const service = (id: string) =>
      `<service><serviceType>t:1</serviceType><serviceId>${id}</serviceId></service>`;
    const device = (udn: string) => `<device><deviceType>d:1</deviceType><UDN>${udn}</UDN></device>`;
    const body = withDevice(
      `<serviceList>${service("a")}${service("b")}</serviceList><serviceList>${service("a")}</serviceList><deviceList>${device("x")}${device("y")}</deviceList>`,
    );
    const { device: root } = read(body);
    expect(root.services.map(({ serviceId }) => serviceId)).toEqual(["a", "b", "a"]);
    expect(root.devices.map(({ udn }) => udn)).toEqual(["x", "y"]);
  });

  test.each(["uuid:Sensor-1_0-221", "uuid:x:sensor:switch", "00000000-0000-4000-8000-000000000001"])(
    "D16 the UDN %j is kept as it is",
    (udn) => {
      expect(read(withDevice("", udn)).device.udn).toBe(udn);
    },
  );

  test("D17 of an icon everything is kept that is there", () => {
    const description = read(
      withDevice(
        "<iconList><icon><mimetype>image/jpg</mimetype><height>32</height><depth>0</depth><url></url></icon><icon><width>big</width><height>48.5</height><depth>-1</depth><url>i.png</url></icon></iconList>",
      ),
    );
    expect(description.device.icons).toEqual([
      { mimeType: "image/jpg", width: undefined, height: 32, depth: 0, url: undefined },
      {
        mimeType: undefined,
        width: undefined,
        height: undefined,
        depth: undefined,
        url: "http://192.0.2.5:8080/dir/i.png",
      },
    ]);
    expect(codes(description).filter((code) => code === "NOT_A_NUMBER").length).toBe(3);
  });
});
