import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AnnouncementFields,
  type Dialect,
  encodeAlive,
  encodeByebye,
  encodeResponse,
  encodeSearch,
  encodeUpdate,
  groupHost,
  type SearchFields,
} from "../../src/ssdp/dialect.ts";
import { readLocations, readMan, readMaxAgeSeconds, readSearchPort } from "../../src/ssdp/fields.ts";
import { parseMessage, type SsdpMessage } from "../../src/ssdp/message.ts";
import { message } from "./corpus.ts";

const dialects: readonly Dialect[] = ["1.0", "1.1", "2.0", "ietf", "both"];

const search: SearchFields = {
  dialect: "1.1",
  host: "239.255.255.250:1900",
  target: "upnp:rootdevice",
  mx: 3,
  userAgent: "Linux/6.1 UPnP/1.1 earshot/0.1.0",
};

const device: AnnouncementFields = {
  dialect: "1.1",
  host: "239.255.255.250:1900",
  target: "upnp:rootdevice",
  usn: "uuid:2fac1234-31f8-11b4-a222-08002b34c003::upnp:rootdevice",
  location: "http://192.168.1.5:49152/description.xml",
  maxAgeSeconds: 1800,
  server: "Linux/6.1 UPnP/1.1 earshot/0.1.0",
  bootId: 1_700_000_000,
  configId: 1337,
};

const HOST = "HOST: 239.255.255.250:1900";
const LOCATION = "LOCATION: http://192.168.1.5:49152/description.xml";
const AL = "AL: <http://192.168.1.5:49152/description.xml>";
const SERVER = "SERVER: Linux/6.1 UPnP/1.1 earshot/0.1.0";
const USN = "USN: uuid:2fac1234-31f8-11b4-a222-08002b34c003::upnp:rootdevice";
const IDS = ["BOOTID.UPNP.ORG: 1700000000", "CONFIGID.UPNP.ORG: 1337"];
const date = new Date("2016-10-22T14:44:26Z");
const DATE = "DATE: Sat, 22 Oct 2016 14:44:26 GMT";

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parsed(bytes: Uint8Array): SsdpMessage {
  const result = parseMessage(bytes);
  if (result.kind === "malformed") throw new Error(result.reason);
  return result;
}

const refused = expect.objectContaining({ name: "UsageError", code: "INVALID_HEADER" });

describe("alive, byte for byte", () => {
  const front = ["NOTIFY * HTTP/1.1", HOST, "CACHE-CONTROL: max-age=1800"];
  const names = ["NT: upnp:rootdevice", "NTS: ssdp:alive", SERVER, USN];

  test("UDA 1.0 has no BOOTID, CONFIGID or SEARCHPORT", () => {
    const bytes = encodeAlive({
      ...device,
      dialect: "1.0",
      searchPort: 50_000,
      secureLocation: "https://h/",
    });
    expect(text(bytes)).toBe(message(...front, LOCATION, ...names));
  });

  test.each<Dialect>(["1.1", "2.0"])("UD-017 UD-019 UD-020 UD-022 of UDA %s", (dialect) => {
    expect(text(encodeAlive({ ...device, dialect }))).toBe(message(...front, LOCATION, ...names, ...IDS));
  });

  test("UD-023 with a search port, a secure location and vendors' headers", () => {
    const bytes = encodeAlive({
      ...device,
      searchPort: 49_152,
      secureLocation: "https://192.168.1.5:443/d.xml",
      extraHeaders: [
        ["X.EXAMPLE.COM", "1"],
        ["Y.EXAMPLE.COM", "2"],
      ],
    });
    expect(text(bytes)).toBe(
      message(
        ...front,
        LOCATION,
        ...names,
        ...IDS,
        "SEARCHPORT.UPNP.ORG: 49152",
        "SECURELOCATION.UPNP.ORG: https://192.168.1.5:443/d.xml",
        "X.EXAMPLE.COM: 1",
        "Y.EXAMPLE.COM: 2",
      ),
    );
  });

  test("F30 in both, AL follows LOCATION", () => {
    expect(text(encodeAlive({ ...device, dialect: "both" }))).toBe(
      message(...front, LOCATION, AL, ...names, ...IDS),
    );
  });

  test("F30 of the draft: AL in angle brackets, no LOCATION", () => {
    expect(text(encodeAlive({ ...device, dialect: "ietf" }))).toBe(
      message(
        "NOTIFY * HTTP/1.1",
        "Host: 239.255.255.250:1900",
        "Cache-Control: max-age = 1800",
        AL,
        "NT: upnp:rootdevice",
        "NTS: ssdp:alive",
        "Server: Linux/6.1 UPnP/1.1 earshot/0.1.0",
        USN,
      ),
    );
  });

  test("the IPv6 annex of UDA 1.0: OPT and 01-NLS", () => {
    const bytes = encodeAlive({
      ...device,
      dialect: "1.0",
      host: groupHost("ff02::c", 1900),
      nls: "b9200ebb",
    });
    expect(text(bytes)).toBe(
      message(
        "NOTIFY * HTTP/1.1",
        "HOST: [FF02::C]:1900",
        "CACHE-CONTROL: max-age=1800",
        LOCATION,
        'OPT: "http://schemas.upnp.org/upnp/1/0/"; ns=01',
        "01-NLS: b9200ebb",
        ...names,
      ),
    );
    expect(encodeAlive({ ...device, nls: "x".repeat(64) }).length).toBeGreaterThan(0);
    expect(() => encodeAlive({ ...device, nls: "x".repeat(65) })).toThrow(refused);
  });

  test("a bare entry has no LOCATION, and no CACHE-CONTROL unless it says for how long", () => {
    const bytes = encodeAlive({ ...device, location: undefined, maxAgeSeconds: undefined });
    expect(text(bytes)).toBe(message("NOTIFY * HTTP/1.1", HOST, ...names, ...IDS));
  });

  test("UD-023 a port that SEARCHPORT may not name is not written", () => {
    for (const searchPort of [1900, 49_151, 65_536]) {
      expect(text(encodeAlive({ ...device, searchPort }))).not.toContain("SEARCHPORT");
    }
    expect(text(encodeAlive({ ...device, searchPort: 65_535 }))).toContain("SEARCHPORT.UPNP.ORG: 65535\r\n");
  });

  test("UD-020 UD-022 numbers beyond 31 bits are refused", () => {
    for (const number of [-1, 1.5, 0x8000_0000, Number.NaN]) {
      expect(() => encodeAlive({ ...device, bootId: number })).toThrow(refused);
      expect(() => encodeAlive({ ...device, configId: number })).toThrow(refused);
      expect(() => encodeAlive({ ...device, maxAgeSeconds: number })).toThrow(refused);
      expect(() => encodeUpdate({ ...device, nextBootId: number })).toThrow(refused);
    }
    expect(text(encodeAlive({ ...device, bootId: 0x7fff_ffff }))).toContain(
      "BOOTID.UPNP.ORG: 2147483647\r\n",
    );
  });
});

describe("byebye, byte for byte", () => {
  const lines = ["NOTIFY * HTTP/1.1", HOST, "NT: upnp:rootdevice", "NTS: ssdp:byebye", USN];

  test("UD-031 no LOCATION, CACHE-CONTROL or SERVER; the same BOOTID and CONFIGID", () => {
    for (const dialect of ["1.1", "2.0", "both"] as const) {
      expect(text(encodeByebye({ ...device, dialect }))).toBe(message(...lines, ...IDS));
    }
  });

  test("of UDA 1.0 and of the draft", () => {
    expect(text(encodeByebye({ ...device, dialect: "1.0" }))).toBe(message(...lines));
    expect(text(encodeByebye({ ...device, dialect: "ietf" }))).toBe(
      message(...lines).replace("HOST", "Host"),
    );
  });

  test("over IPv6 of UDA 1.0, with vendors' headers", () => {
    const bytes = encodeByebye({
      ...device,
      dialect: "1.0",
      nls: "1",
      extraHeaders: [["X.EXAMPLE.COM", "1"]],
    });
    expect(text(bytes)).toBe(
      message(
        "NOTIFY * HTTP/1.1",
        HOST,
        'OPT: "http://schemas.upnp.org/upnp/1/0/"; ns=01',
        "01-NLS: 1",
        "NT: upnp:rootdevice",
        "NTS: ssdp:byebye",
        USN,
        "X.EXAMPLE.COM: 1",
      ),
    );
  });
});

describe("update, byte for byte", () => {
  test("UD-034 BOOTID as it was, NEXTBOOTID as it will be, no CACHE-CONTROL", () => {
    const bytes = encodeUpdate({ ...device, nextBootId: 1_700_000_001, searchPort: 50_000 });
    expect(text(bytes)).toBe(
      message(
        "NOTIFY * HTTP/1.1",
        HOST,
        LOCATION,
        "NT: upnp:rootdevice",
        "NTS: ssdp:update",
        USN,
        ...IDS,
        "NEXTBOOTID.UPNP.ORG: 1700000001",
        "SEARCHPORT.UPNP.ORG: 50000",
      ),
    );
  });

  test("in both, with AL", () => {
    expect(text(encodeUpdate({ ...device, dialect: "both", nextBootId: 2 }))).toContain(
      `${LOCATION}\r\n${AL}\r\n`,
    );
  });

  test.each<Dialect>(["1.0", "ietf"])("%s, which has no update, says alive", (dialect) => {
    const fields = { ...device, dialect };
    expect(encodeUpdate({ ...fields, nextBootId: 2 })).toEqual(encodeAlive(fields));
  });
});

describe("answers, byte for byte", () => {
  test.each<Dialect>(["1.1", "2.0"])("UD-055 of UDA %s", (dialect) => {
    expect(text(encodeResponse({ ...device, dialect, date }))).toBe(
      message(
        "HTTP/1.1 200 OK",
        "CACHE-CONTROL: max-age=1800",
        DATE,
        "EXT:",
        LOCATION,
        SERVER,
        "ST: upnp:rootdevice",
        USN,
        ...IDS,
      ),
    );
  });

  test("of UDA 1.0, without DATE", () => {
    expect(text(encodeResponse({ ...device, dialect: "1.0" }))).toBe(
      message(
        "HTTP/1.1 200 OK",
        "CACHE-CONTROL: max-age=1800",
        "EXT:",
        LOCATION,
        SERVER,
        "ST: upnp:rootdevice",
        USN,
      ),
    );
  });

  test("of the draft: S echoed, Ext kept from caches", () => {
    expect(text(encodeResponse({ ...device, dialect: "ietf", date, searchId: "uuid:1" }))).toBe(
      message(
        "HTTP/1.1 200 OK",
        "S: uuid:1",
        'Cache-Control: no-cache="Ext", max-age = 1800',
        "Date: Sat, 22 Oct 2016 14:44:26 GMT",
        "Ext:",
        AL,
        "Server: Linux/6.1 UPnP/1.1 earshot/0.1.0",
        "ST: upnp:rootdevice",
        USN,
      ),
    );
  });

  test("in both: S echoed, AL beside LOCATION", () => {
    const lines = text(encodeResponse({ ...device, dialect: "both", searchId: "x" })).split("\r\n");
    expect(lines).toEqual(expect.arrayContaining(["S: x", LOCATION, AL, ...IDS]));
  });

  test("UDA does not echo S", () => {
    expect(text(encodeResponse({ ...device, searchId: "x" }))).not.toContain("S: x");
  });

  test("S-37 an S that could not be sent is left out: it is a stranger's", () => {
    for (const searchId of ["", "a\r\nLOCATION: http://evil/", "a\0", "x".repeat(257)]) {
      expect(text(encodeResponse({ ...device, dialect: "ietf", searchId }))).not.toContain("\r\nS:");
    }
  });

  test("a date that is none is refused", () => {
    expect(() => encodeResponse({ ...device, date: new Date(Number.NaN) })).toThrow(refused);
  });
});

describe("whatever is written", () => {
  const bytesOf: readonly (readonly [string, (dialect: Dialect) => Uint8Array])[] = [
    ["search", (dialect) => encodeSearch({ ...search, dialect, friendlyName: "f" })],
    ["alive", (dialect) => encodeAlive({ ...device, dialect, nls: "1", searchPort: 50_000 })],
    ["byebye", (dialect) => encodeByebye({ ...device, dialect })],
    ["update", (dialect) => encodeUpdate({ ...device, dialect, nextBootId: 2 })],
    ["response", (dialect) => encodeResponse({ ...device, dialect, date })],
  ];

  test.each(bytesOf)(
    "UD-011 G-80 every %s is read again without a violation, and fits 512 bytes",
    (_, encode) => {
      for (const dialect of dialects) {
        const bytes = encode(dialect);
        expect(parsed(bytes).violations).toEqual([]);
        expect(bytes.length).toBeLessThanOrEqual(512);
      }
    },
  );

  test("S-17 every truncation of it is read or malformed", () => {
    for (const dialect of dialects) {
      for (const [, encode] of bytesOf) {
        const bytes = encode(dialect);
        for (let length = 0; length < bytes.length; length++) parseMessage(bytes.subarray(0, length));
      }
    }
  });

  test("what is said is understood", () => {
    for (const dialect of dialects) {
      const alive = parsed(encodeAlive({ ...device, dialect, searchPort: 50_000 })).headers;
      expect(readMaxAgeSeconds(alive)).toBe(1800);
      expect(readLocations(alive)).toEqual([device.location]);
      expect(readSearchPort(alive)).toBe(dialect === "1.0" || dialect === "ietf" ? undefined : 50_000);
      expect(readMaxAgeSeconds(parsed(encodeResponse({ ...device, dialect })).headers)).toBe(1800);
      expect(readMan(parsed(encodeSearch({ ...search, dialect, friendlyName: "f" })).headers)).toBe("quoted");
    }
  });

  test("S-37 no text given to any encoder becomes a header", () => {
    const nasty = fc.string({
      unit: fc.constantFrom("\r", "\n", "\0", "x", ":", " ", "\u2028", "é"),
      minLength: 1,
      maxLength: 6,
    });
    const plain = text(encodeAlive(device)).split("\r\n").length;
    fc.assert(
      fc.property(nasty, fc.constantFrom("host", "target", "usn", "location", "server"), (value, field) => {
        const fields = { ...device, [field]: value };
        for (const encode of [encodeAlive, encodeByebye, encodeResponse]) {
          const lines = linesOf(() => encode(fields));
          if (lines) expect(lines.length).toBeLessThanOrEqual(plain + 1);
          for (const line of lines ?? []) expect(line).not.toMatch(/[\r\n\0]/);
        }
      }),
    );
  });
});

function linesOf(encode: () => Uint8Array): string[] | undefined {
  try {
    return text(encode()).split("\r\n");
  } catch (error) {
    expect(error).toEqual(refused);
    return undefined;
  }
}
