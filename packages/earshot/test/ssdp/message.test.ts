import { describe, expect, test } from "vitest";
import {
  type MalformedReason,
  parseMessage,
  type SsdpMessage,
  type ViolationCode,
} from "../../src/ssdp/message.ts";
import { devices, latin1, message, parsed, type Specimen } from "./corpus.ts";
import { wireFormats } from "./wire-formats.ts";

const utf8 = new TextEncoder();

function parse(text: string): ReturnType<typeof parseMessage> {
  return parseMessage(utf8.encode(text));
}

function reasonOf(text: string): MalformedReason | undefined {
  const result = parse(text);
  return result.kind === "malformed" ? result.reason : undefined;
}

function codes({ violations }: SsdpMessage): ViolationCode[] {
  return violations.map(({ code }) => code).sort();
}

function readsAs(specimen: Specimen): void {
  const result = parsed(specimen.text);
  expect(result.kind).toBe(specimen.kind);
  for (const [name, value] of Object.entries(specimen.headers))
    expect(result.headers.get(name), name).toBe(value);
  expect(codes(result)).toEqual(specimen.violations);
}

describe("what the founding projects send", () => {
  test.each(wireFormats.map((specimen) => [specimen.name, specimen] as const))("%s", (_, specimen) => {
    readsAs(specimen);
  });
});

describe("what devices send", () => {
  test.each(devices.map((specimen) => [specimen.name, specimen] as const))("%s", (_, specimen) => {
    readsAs(specimen);
  });
});

const headers = ["HOST: 239.255.255.250:1900", 'MAN: "ssdp:discover"', "MX: 3", "ST: ssdp:all"];

describe("start lines", () => {
  test("UD-005 the three start lines tell the kind", () => {
    expect(parsed(message("NOTIFY * HTTP/1.1", "NT: x")).kind).toBe("notify");
    expect(parsed(message("M-SEARCH * HTTP/1.1", ...headers)).kind).toBe("search");
    expect(parsed(message("HTTP/1.1 200 OK", "ST: x")).kind).toBe("response");
  });

  test.each<[string, string, MalformedReason]>([
    ["another HTTP version", "M-SEARCH * HTTP/1.0", "bad-http-version"],
    ["a later HTTP version", "M-SEARCH * HTTP/2.0", "bad-http-version"],
    ["no HTTP version", "M-SEARCH *", "missing-http-version"],
    ["no *", "M-SEARCH HTTP/1.1", "missing-request-uri"],
    ["nothing but the method", "M-SEARCH", "missing-request-uri"],
    ["another URI than *", "M-SEARCH /x HTTP/1.1", "bad-request-uri"],
    ["a URI that begins with *", "M-SEARCH *x HTTP/1.1", "bad-request-uri"],
    ["NOTIFY of another version", "NOTIFY * HTTP/1.0", "bad-http-version"],
    ["NOTIFY without version", "NOTIFY *", "missing-http-version"],
    ["NOTIFY without *", "NOTIFY HTTP/1.1", "missing-request-uri"],
    ["NOTIFY of GENA", "NOTIFY /callback HTTP/1.1", "bad-request-uri"],
    ["words after the version", "M-SEARCH * HTTP/1.1 x", "unknown-start-line"],
    ["a version that is none", "M-SEARCH * HTTP/1.x", "unknown-start-line"],
    ["two spaces", "M-SEARCH  * HTTP/1.1", "missing-request-uri"],
    ["a method in lower case", "m-search * HTTP/1.1", "unknown-start-line"],
    ["V-64 P-04 J-11 another method", "X * HTTP/1.1", "unknown-start-line"],
    ["a space before the method", " NOTIFY * HTTP/1.1", "unknown-start-line"],
    ["nothing", "", "unknown-start-line"],
    ["another status", "HTTP/1.1 404 Not Found", "bad-status"],
    ["a status that begins with 200", "HTTP/1.1 2000 OK", "bad-status"],
    ["no status", "HTTP/1.1", "bad-status"],
    ["no version", "HTTP 200 OK", "unknown-start-line"],
    ["a version with letters", "HTTP/a.b 200 OK", "unknown-start-line"],
    ["a version of three numbers", "HTTP/1.1.1 200 OK", "unknown-start-line"],
  ])("V-63 malformed: %s", (_, startLine, reason) => {
    expect(reasonOf(message(startLine, ...headers))).toBe(reason);
  });

  test.each([
    "HTTP/1.0 200 OK",
    "HTTP/1.1 200 Ok",
    "HTTP/1.1 200",
    "HTTP/1.1 200 ",
    "http/1.1 200 ok",
    "HTTP/2.0 200 Fine",
  ])("S8 quirk: %j is taken for a response, and told", (startLine) => {
    const result = parsed(message(startLine, "ST: ssdp:all"));
    expect(result.kind).toBe("response");
    expect(result.headers.get("ST")).toBe("ssdp:all");
    expect(codes(result)).toEqual(["inexact-status-line"]);
  });

  test("V-64 a response without headers is a response with nothing in it", () => {
    const result = parsed("HTTP/1.1 200 OK\r\n\r\n");
    expect([result.kind, result.headers.size, codes(result)]).toEqual(["response", 0, []]);
  });

  test("V-64 an empty datagram, one NUL and blanks are empty", () => {
    for (const text of ["", "\0", "  \0\t"]) expect(reasonOf(text)).toBe("empty");
  });
});

describe("the size of a message (G-33, S-36)", () => {
  const start = "NOTIFY * HTTP/1.1\r\n";

  test.each([8191, 8192])("%i bytes are read", (size) => {
    const body = "x".repeat(size - start.length - 2);
    expect(parsed(`${start}\r\n${body}`).kind).toBe("notify");
  });

  test("8193 bytes are not", () => {
    expect(reasonOf(`${start}\r\n${"x".repeat(8193 - start.length - 2)}`)).toBe("too-long");
  });

  test.each([63, 64])("%i headers are read", (count) => {
    const lines = Array.from({ length: count }, (_, i) => `X-${i}: ${i}`);
    expect(parsed(message("NOTIFY * HTTP/1.1", ...lines)).headers.size).toBe(count);
    expect(parsed(`${start}${lines.join("\n")}\n\n`).headers.size).toBe(count);
  });

  test("V-67 65 headers, or 300, are not", () => {
    for (const count of [65, 300]) {
      const lines = Array.from({ length: count }, (_, i) => `X-${i}: ${i}`);
      expect(reasonOf(message("NOTIFY * HTTP/1.1", ...lines))).toBe("too-many-headers");
      expect(reasonOf(`${start}${lines.join("\n")}\n\n`)).toBe("too-many-headers");
    }
  });

  test.each([2047, 2048])("a line of %i bytes is read", (size) => {
    const value = "x".repeat(size - "USN: ".length);
    expect(parsed(message("NOTIFY * HTTP/1.1", `USN: ${value}`)).headers.get("USN")).toBe(value);
    expect(parsed(`${start}USN: ${value}`).headers.get("USN")).toBe(value);
  });

  test("V-67 a line of 2049 bytes, or 5 kB, is not, not even one that would be skipped", () => {
    for (const size of [2049, 5000]) {
      expect(reasonOf(message("NOTIFY * HTTP/1.1", `USN: ${"x".repeat(size - 5)}`))).toBe("line-too-long");
      expect(reasonOf(message("NOTIFY * HTTP/1.1", "x".repeat(size)))).toBe("line-too-long");
      expect(reasonOf(message("x".repeat(size)))).toBe("line-too-long");
    }
  });

  test("a line is measured in bytes, not in characters", () => {
    expect(reasonOf(message("NOTIFY * HTTP/1.1", `USN: ${"é".repeat(1021)}`))).toBeUndefined();
    expect(reasonOf(message("NOTIFY * HTTP/1.1", `USN: ${"é".repeat(1022)}`))).toBe("line-too-long");
  });

  test("V-60 S-16 names of 4 kB make a message malformed", () => {
    const usn = `uuid:${"A".repeat(4096)}::urn:x`;
    const result = reasonOf(message("NOTIFY * HTTP/1.1", `NT: ${usn}`, "NTS: ssdp:alive", `USN: ${usn}`));
    expect(result).toBe("too-long");
  });

  test("S-16 names of 2,000 bytes without structure are read as they are", () => {
    for (const usn of ["A".repeat(2000), `uuid:${"A".repeat(1900)}`, ":".repeat(2000)]) {
      expect(parsed(message("NOTIFY * HTTP/1.1", `USN: ${usn}`)).headers.get("USN")).toBe(usn);
    }
  });
});

describe("lenient reading", () => {
  test("S4 quirk: CR alone ends a line", () => {
    const result = parsed("NOTIFY * HTTP/1.1\rNT: a\rNTS: ssdp:alive\r\r");
    expect([...result.headers]).toEqual([
      ["NT", "a"],
      ["NTS", "ssdp:alive"],
    ]);
    expect(codes(result)).toEqual(["bare-carriage-return"]);
  });

  test("S3 quirk: a start line alone is a message", () => {
    const result = parsed("NOTIFY * HTTP/1.1");
    expect([result.headers.size, codes(result)]).toEqual([0, ["unterminated-line"]]);
  });

  test("V-67 a folded value is unfolded with one space", () => {
    const result = parsed(message("NOTIFY * HTTP/1.1", "SERVER: Linux", " \t UPnP/1.1", "\tx/1  ", "NT: a"));
    expect(result.headers.get("SERVER")).toBe("Linux UPnP/1.1 x/1");
    expect(result.headers.get("NT")).toBe("a");
    expect(result.violations).toContainEqual({ code: "folded-line", detail: "SERVER" });
  });

  test("V-67 what continues a line that is skipped is skipped with it", () => {
    const result = parsed(
      message("NOTIFY * HTTP/1.1", "NT: a", "no colon", " LOCATION: http://evil/", "USN: u"),
    );
    expect([...result.headers]).toEqual([
      ["NT", "a"],
      ["USN", "u"],
    ]);
    expect(codes(result)).toEqual(["folded-line", "line-without-colon"]);
  });

  test("an empty value takes its content from the continuation", () => {
    expect(parsed(message("NOTIFY * HTTP/1.1", "NT:", " a")).headers.get("NT")).toBe("a");
  });

  test("W11 in an indented block, what is no header continues the one before", () => {
    const result = parsed("HTTP/1.1 200 OK\r\n  SERVER: a\r\n  b\r\n  ST: x\r\nUSN: u\r\n\r\n");
    expect([...result.headers]).toEqual([
      ["SERVER", "a b"],
      ["ST", "x"],
      ["USN", "u"],
    ]);
    expect(codes(result)).toEqual(["folded-line", "indented-header"]);
  });

  test("W11 an indented line further down is no header of its own", () => {
    const result = parsed(message("HTTP/1.1 200 OK", "ST: x", " USN: u"));
    expect([...result.headers]).toEqual([["ST", "x USN: u"]]);
  });

  test("a header name that is no token is skipped and told", () => {
    const result = parsed(message("NOTIFY * HTTP/1.1", "X Y: 1", ": 2", "Ü: 3", "NT: a"));
    expect([...result.headers]).toEqual([["NT", "a"]]);
    expect(codes(result)).toEqual(["bad-header-name"]);
  });

  test("V-67 a line without colon is skipped and told", () => {
    const result = parsed(message("NOTIFY * HTTP/1.1", "garbage", "NT: a"));
    expect([...result.headers]).toEqual([["NT", "a"]]);
    expect(codes(result)).toEqual(["line-without-colon"]);
  });

  test("UD-004 V-67 a body is told and not read", () => {
    const result = parsed(`${message("NOTIFY * HTTP/1.1", "NT: a")}LOCATION: http://evil/\r\n`);
    expect([...result.headers]).toEqual([["NT", "a"]]);
    expect(codes(result)).toEqual(["body"]);
  });

  test("S5 quirk: blank lines, spaces and NULs after the message are padding", () => {
    for (const padding of ["\r\n", "\0", "  ", "\r\n\0\r\n "]) {
      const result = parsed(message("NOTIFY * HTTP/1.1", "NT: a") + padding);
      expect([result.headers.get("NT"), codes(result)]).toEqual(["a", ["trailing-padding"]]);
    }
  });

  test("V-67 a NUL or another control character in a value is told", () => {
    for (const control of ["\0", "\x01", "\x1b", "\x7f"]) {
      const result = parsed(message("NOTIFY * HTTP/1.1", "NT: a", `USN: u${control}v`));
      expect(result.headers.get("USN")).toBe(`u${control}v`);
      expect(result.violations).toEqual([{ code: "control-character", detail: "USN" }]);
    }
  });

  test("bytes that are no UTF-8 are read as Latin-1, other lines stay UTF-8", () => {
    const text = utf8.encode(message("NOTIFY * HTTP/1.1", "NT: K\u00fcche", "SERVER: K#che"));
    const result = parseMessage(text.map((byte) => (byte === 0x23 ? 0xfc : byte))) as SsdpMessage;
    expect(result.headers.get("NT")).toBe("Küche");
    expect(result.headers.get("SERVER")).toBe("Küche");
    expect(codes(result)).toEqual(["not-utf-8"]);
  });

  test("J-15 two values of different broken bytes stay different", () => {
    const result = parseMessage(latin1(message("NOTIFY * HTTP/1.1", "USN: \xff", "NT: \xfe"))) as SsdpMessage;
    expect(result.headers.get("USN")).not.toBe(result.headers.get("NT"));
  });

  test("J-15 names of broken bytes never become headers", () => {
    const result = parseMessage(
      latin1(message("NOTIFY * HTTP/1.1", "\xffST: 1", "\xfeST: 2")),
    ) as SsdpMessage;
    expect([result.headers.size, codes(result)]).toEqual([0, ["bad-header-name", "not-utf-8"]]);
  });

  test("each deviation is told once, with the first header concerned", () => {
    const result = parsed(message("NOTIFY * HTTP/1.1", "NT:a", "NTS:b", "USN:c"));
    expect(result.violations).toEqual([{ code: "no-space-after-colon", detail: "NT" }]);
  });

  test("UD-006 UD-010 names in any case and order, values in any white space", () => {
    const result = parsed(message("HTTP/1.1 200 OK", "usn:    u   ", "sT: s", "lOCATION:\t l \t"));
    expect([result.headers.get("USN"), result.headers.get("st"), result.headers.get("Location")]).toEqual([
      "u",
      "s",
      "l",
    ]);
  });

  test("UD-007 UD-009 unknown headers are kept and harm nothing", () => {
    const result = parsed(message("NOTIFY * HTTP/1.1", "MYHEADER.EXAMPLE.COM: 1", "NT: a"));
    expect([result.headers.get("myheader.example.com"), result.headers.get("NT")]).toEqual(["1", "a"]);
    expect(result.violations).toEqual([]);
  });
});

describe("headers that come twice", () => {
  test.each(["ST", "NT", "NTS", "USN", "LOCATION", "MAN", "MX"])(
    "S-36 V-67 %s with two values is a conflict, and the first counts",
    (name) => {
      const result = parsed(
        message("NOTIFY * HTTP/1.1", `${name}: 1`, "HOST: h", `${name.toLowerCase()}: 2`),
      );
      expect(result.headers.get(name)).toBe("1");
      expect(result.violations).toEqual([
        { code: "duplicate-header", detail: name.toLowerCase() },
        { code: "conflicting-header", detail: name },
      ]);
    },
  );

  test("S-36 the conflict is seen however the message is written", () => {
    for (const text of [
      "NOTIFY * HTTP/1.1\nNT: 1\nNT: 2\n\n",
      "NOTIFY * HTTP/1.1\r\nNT: 1\rNT: 2",
      "HTTP/1.0 200\r\n NT: 1\r\n NT: 2",
    ]) {
      expect(codes(parsed(text))).toContain("conflicting-header");
    }
  });

  test("S6 quirk: the same value twice is no conflict", () => {
    expect(codes(parsed(message("NOTIFY * HTTP/1.1", "USN: u", "USN:  u ")))).toEqual(["duplicate-header"]);
  });

  test("S6 quirk: two values of another header are no conflict, and are not joined", () => {
    const result = parsed(message("NOTIFY * HTTP/1.1", "SERVER: a", "SERVER: b"));
    expect([result.headers.get("SERVER"), codes(result)]).toEqual(["a", ["duplicate-header"]]);
  });

  test("a conflict is found behind a duplicate that is none", () => {
    const result = parsed(message("NOTIFY * HTTP/1.1", "SERVER: a", "SERVER: b", "USN: u", "USN: v"));
    expect(result.violations).toContainEqual({ code: "conflicting-header", detail: "USN" });
  });
});

test("J-05 V-65 names of object internals are headers like others", () => {
  const result = parsed(
    message(
      "NOTIFY * HTTP/1.1",
      '__proto__: {"polluted":1}',
      "constructor: x",
      "USN: uuid:1::upnp:rootdevice",
      "NTS: ssdp:alive",
    ),
  );
  expect(result.headers.get("__proto__")).toBe('{"polluted":1}');
  expect(result.headers.get("constructor")).toBe("x");
  expect(result.headers.get("toString")).toBeUndefined();
  expect(result.headers.toMap().get("__PROTO__")).toBe('{"polluted":1}');
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("V-68 S-27 targets that look like patterns are text", () => {
  for (const target of ["(", "(a+)+$", "*", "[", "\\"]) {
    expect(parsed(message("M-SEARCH * HTTP/1.1", `ST: ${target}`)).headers.get("ST")).toBe(target);
  }
});
