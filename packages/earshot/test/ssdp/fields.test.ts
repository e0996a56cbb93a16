import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Headers } from "../../src/core/http-headers.ts";
import {
  isVendorHeaderName,
  readBootId,
  readConfigId,
  readDecimal,
  readLocations,
  readMan,
  readMaxAgeSeconds,
  readMx,
  readNextBootId,
  readSearchPort,
  readTcpPort,
  validateVendorHeaders,
} from "../../src/ssdp/fields.ts";

function having(name: string, value: string): Headers {
  return Headers.of([[name, value]]);
}

const nothing = Headers.of([]);

describe("decimal numbers (J-04)", () => {
  const any = { min: 0, max: 9_999_999_999 };

  test.each([
    ["0", 0],
    ["7", 7],
    ["1800", 1800],
    ["007", 7],
    ["00000000000000000001", 1],
    ["9999999999", 9_999_999_999],
  ])("%j is %i", (text, value) => {
    expect(readDecimal(text, any)).toBe(value);
  });

  test.each([
    "",
    " ",
    "1 ",
    " 1",
    "+1",
    "-1",
    "1.5",
    "1e3",
    "0x10",
    "1800abc",
    "1,5",
    "1_000",
    "٣",
    "１",
    "NaN",
    "10000000000",
  ])("%j is none", (text) => {
    expect(readDecimal(text, any)).toBeUndefined();
  });

  test("the bounds are part of the range", () => {
    const range = { min: 5, max: 10 };
    expect(["4", "5", "10", "11"].map((text) => readDecimal(text, range))).toEqual([
      undefined,
      5,
      10,
      undefined,
    ]);
  });

  test("eleven digits are none, however much is allowed", () => {
    expect(readDecimal("10000000000", { min: 0, max: Number.POSITIVE_INFINITY })).toBeUndefined();
  });

  test("every whole number is read as what it is", () => {
    fc.assert(fc.property(fc.nat(), (value) => readDecimal(String(value), any) === value));
  });

  test("J-16 64 kB of digits take one look at each", () => {
    const looks = (length: number): number => {
      const counter = counted("9".repeat(length));
      expect(readDecimal(counter.text, any)).toBeUndefined();
      return counter.looks();
    };
    expect(looks(64_000)).toBeLessThanOrEqual(64_000 * 2 + 8);
  });
});

describe("how long an announcement holds (S9, UD-017)", () => {
  test.each([
    ["max-age=1800", 1800],
    ["max-age = 1800", 1800],
    ["MAX-AGE=60", 60],
    ['max-age="1800"', 1800],
    ['no-cache="Ext", max-age = 5000', 5000],
    ["max-age=1800, no-cache", 1800],
    ["max-age=0", 0],
    ["public,max-age=30", 30],
    ["max-age=0x10, max-age=7", 7],
    ['no-cache="max-age=9, x", max-age=8', 8],
    ['no-cache="a\\", max-age=9", max-age=8', 8],
    ["max-age=99999", 99_999],
    ["max-age=99999999999999999999", 0x7fff_ffff],
  ])("%j is %i seconds", (control, seconds) => {
    expect(readMaxAgeSeconds(having("Cache-Control", control))).toBe(seconds);
  });

  test.each([
    "",
    "no-cache",
    "max-age",
    "max-age=",
    "max-age=-1",
    "max-age=1.5",
    "max-age=1800abc",
    "s-max-age=5",
    'x="max-age=5"',
    "max-age=1 800",
    'max-age="5',
  ])("%j says nothing", (control) => {
    expect(readMaxAgeSeconds(having("CACHE-CONTROL", control))).toBeUndefined();
  });

  test("EXPIRES counts from DATE, in every form of date", () => {
    const from = (expires: string, date: string, control?: string) =>
      readMaxAgeSeconds(
        Headers.of([
          ["EXPIRES", expires],
          ["DATE", date],
          ...(control === undefined ? [] : [["CACHE-CONTROL", control] as const]),
        ]),
      );
    expect(from("Sun, 06 Nov 1994 09:19:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT")).toBe(1800);
    expect(from("Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:49:37 1994")).toBe(60);
    expect(from("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 09:19:37 GMT")).toBe(0);
    expect(from("Sun, 06 Nov 1994 09:19:37 GMT", "")).toBeUndefined();
    expect(from("0", "Sun, 06 Nov 1994 08:49:37 GMT")).toBeUndefined();
    expect(from("Sun, 06 Nov 1994 09:19:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "max-age=5")).toBe(5);
    expect(from("Sun, 06 Nov 1994 09:19:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "no-cache")).toBe(1800);
  });

  test("nothing at all says nothing", () => {
    expect(readMaxAgeSeconds(nothing)).toBeUndefined();
  });
});

describe("MX (V-61)", () => {
  test.each([
    ["1", 1],
    ["5", 5],
    ["05", 5],
    ["120", 120],
    ["121", 120],
    ["99999999999", 120],
  ])("V-61 %j is %i", (text, value) => {
    expect(readMx(having("MX", text))).toBe(value);
  });

  test.each(["", "0", "00", "-1", "1.5", "1e3", "1e9", "0x5", "5,5", "5, 5", "+3", "three"])(
    "S-31 %j is none",
    (text) => {
      expect(readMx(having("MX", text))).toBeUndefined();
    },
  );

  test("without MX there is none", () => {
    expect(readMx(nothing)).toBeUndefined();
  });
});

describe("numbers of UPnP (S-35)", () => {
  test.each([
    ["UD-021", "BOOTID.UPNP.ORG", readBootId],
    ["UD-021", "NEXTBOOTID.UPNP.ORG", readNextBootId],
    ["UD-022", "CONFIGID.UPNP.ORG", readConfigId],
  ] as const)("%s %s has 31 bits, leading zeros ignored", (_, name, read) => {
    expect(read(having(name, "0"))).toBe(0);
    expect(read(having(name, "0001700000000"))).toBe(1_700_000_000);
    expect(read(having(name, "2147483647"))).toBe(2_147_483_647);
    for (const text of ["2147483648", "0x10", "-1", "null.", "", "1.0"])
      expect(read(having(name, text))).toBeUndefined();
    expect(read(nothing)).toBeUndefined();
  });

  test.each([
    ["UD-023", "SEARCHPORT.UPNP.ORG", readSearchPort],
    ["UD-041", "TCPPORT.UPNP.ORG", readTcpPort],
  ] as const)("%s %s is a port from 49152 to 65535", (_, name, read) => {
    expect([read(having(name, "49152")), read(having(name, "65535"))]).toEqual([49_152, 65_535]);
    for (const text of ["49151", "65536", "1900", "0", "null", ""])
      expect(read(having(name, text))).toBeUndefined();
    expect(read(nothing)).toBeUndefined();
  });
});

describe("MAN (V-62)", () => {
  test("exactly quoted is quoted", () => {
    expect(readMan(having("MAN", '"ssdp:discover"'))).toBe("quoted");
  });

  test.each([
    "ssdp:discover",
    '"ssdp:discover"; ns=01',
    "ssdp:discover; ns=01",
    '"ssdp:discover";ns=01',
    '"SSDP:Discover"',
  ])("S30 %j can be meant", (man) => {
    expect(readMan(having("Man", man))).toBe("lenient");
  });

  test.each(["", '""', '"ssdp:other"', "ssdp:discovery", '"ssdp:discover', "'ssdp:discover'", ";", "*"])(
    "%j is wrong",
    (man) => {
      expect(readMan(having("MAN", man))).toBeUndefined();
    },
  );

  test("no MAN is wrong", () => {
    expect(readMan(nothing)).toBeUndefined();
  });
});

describe("locations (F30)", () => {
  test.each<[string, readonly (readonly [string, string])[], readonly string[]]>([
    ["LOCATION", [["LOCATION", "http://h/"]], ["http://h/"]],
    ["AL of one", [["AL", "<http://h/>"]], ["http://h/"]],
    ["AL of several", [["AL", "<blender:ixl><http://foo/bar>"]], ["blender:ixl", "http://foo/bar"]],
    ["AL with spaces and commas", [["AL", "< a:b > , <c:d>"]], ["a:b", "c:d"]],
    ["AL as a bare URL", [["AL", "http://h/"]], ["http://h/"]],
    [
      "both, the same",
      [
        ["LOCATION", "http://h/"],
        ["AL", "http://h/"],
      ],
      ["http://h/"],
    ],
    [
      "both, LOCATION first",
      [
        ["AL", "<a:b><http://h/>"],
        ["LOCATION", "http://h/"],
      ],
      ["http://h/", "a:b"],
    ],
    ["AL not closed", [["AL", "<a:b><c:d"]], ["a:b"]],
    ["AL of nothing", [["AL", "<><>"]], []],
    [
      "empty headers",
      [
        ["LOCATION", ""],
        ["AL", ""],
      ],
      [],
    ],
    ["none", [], []],
    ["S17 what is no URL", [["LOCATION", "http://(null):49152/x"]], ["http://(null):49152/x"]],
  ])("%s", (_, pairs, locations) => {
    expect(readLocations(Headers.of(pairs))).toEqual(locations);
  });
});

describe("vendors' headers (UD-007, F31)", () => {
  test.each(["x.y", "MYHEADER.EXAMPLE.COM", "device-group.roku.com", "DEVICEID.SES.COM", "01.example.org"])(
    "%j may be one",
    (name) => {
      expect(isVendorHeaderName(name)).toBe(true);
    },
  );

  test.each([
    "LOCATION",
    "X-FOO",
    "",
    ".",
    "x.",
    ".com",
    "x..com",
    "x.-a.com",
    "x.a-.com",
    "x y.com",
    "x.com\r\n",
    "x.cöm",
    "x.c_m",
    "BOOTID.UPNP.ORG",
    "anything.upnp.org",
    `x.${"a".repeat(64)}.com`,
  ])("%j may not", (name) => {
    expect(isVendorHeaderName(name)).toBe(false);
  });

  const refused = expect.objectContaining({ name: "UsageError", code: "INVALID_HEADER" });

  test("proper ones pass", () => {
    expect(() =>
      validateVendorHeaders([
        ["A.EXAMPLE.COM", "1"],
        ["B.EXAMPLE.COM", ""],
      ]),
    ).not.toThrow();
  });

  test("names of the standard, and names twice, are refused", () => {
    for (const name of ["ST", "LOCATION", "BOOTID.UPNP.ORG", "SEARCHPORT.upnp.org", "01-NLS"]) {
      expect(() => validateVendorHeaders([[name, "x"]]), name).toThrow(refused);
    }
    expect(() =>
      validateVendorHeaders([
        ["A.B", "x"],
        ["a.b", "y"],
      ]),
    ).toThrow(refused);
  });

  test("S-37 values beyond printable ASCII are refused", () => {
    for (const value of ["a\r\nNT: x", "\0", "\t", "é", "\x7f"]) {
      expect(() => validateVendorHeaders([["A.EXAMPLE.COM", value]]), JSON.stringify(value)).toThrow(refused);
    }
  });
});

describe("whatever a value is", () => {
  const names = [
    "CACHE-CONTROL",
    "EXPIRES",
    "DATE",
    "MX",
    "MAN",
    "LOCATION",
    "AL",
    "BOOTID.UPNP.ORG",
    "SEARCHPORT.UPNP.ORG",
  ];
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("max-age", "=", '"', "\\", ",", "<", ">", ";", " ", "1", "GMT", "Sun, 06 Nov 1994 "),
  );
  const value = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

  test("no reader throws, and each says a number in range, a text of it, or nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 9 }), (pairs) => {
        const headers = Headers.of(pairs);
        const within = (number: number | undefined, min: number, max: number) =>
          expect(number === undefined || (Number.isInteger(number) && number >= min && number <= max)).toBe(
            true,
          );
        within(readMaxAgeSeconds(headers), 0, 0x7fff_ffff);
        within(readMx(headers), 1, 120);
        within(readBootId(headers), 0, 0x7fff_ffff);
        within(readSearchPort(headers), 49_152, 65_535);
        expect(["quoted", "lenient", undefined]).toContain(readMan(headers));
        for (const location of readLocations(headers))
          expect(pairs.some(([, text]) => text.includes(location))).toBe(true);
      }),
    );
  });

  test("J-16 the work for 64 kB is twice the work for 32 kB, whatever repeats", () => {
    for (const unit of [
      ",",
      '"',
      "\\",
      "=",
      "max-age=",
      "max-age=x,",
      '"max-age=1",',
      " ",
      "<",
      "<>",
      "><",
      ";",
      "a",
    ]) {
      const looks = (size: number): number => {
        const counter = counted(unit.repeat(size / unit.length));
        const headers = { get: () => counter.text } as unknown as Headers;
        readMaxAgeSeconds(headers);
        readMan(headers);
        readLocations(headers);
        return counter.looks();
      };
      expect(looks(64_000), unit).toBeLessThanOrEqual(2 * looks(32_000) + 16);
    }
  });
});

/** A text that counts how often it is looked at. */
function counted(content: string): { readonly text: string; looks(): number } {
  let looks = 0;
  const text = new Proxy(new String(content), {
    get(target, property) {
      looks++;
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { text: text as unknown as string, looks: () => looks };
}
