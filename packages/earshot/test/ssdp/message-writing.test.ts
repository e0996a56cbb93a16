import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { encodeMessage, messageLimits, parseMessage, type SsdpMessage } from "../../src/ssdp/message.ts";

describe("writing a message", () => {
  test("UD-004 UD-005 each kind has its start line, every header one line, and a blank line ends it", () => {
    const text = (kind: "notify" | "search" | "response") =>
      new TextDecoder().decode(
        encodeMessage(kind, [
          ["ST", "ssdp:all"],
          ["EXT", ""],
        ]),
      );
    expect(text("notify")).toBe("NOTIFY * HTTP/1.1\r\nST: ssdp:all\r\nEXT:\r\n\r\n");
    expect(text("search")).toBe("M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\nEXT:\r\n\r\n");
    expect(text("response")).toBe("HTTP/1.1 200 OK\r\nST: ssdp:all\r\nEXT:\r\n\r\n");
  });

  test("S-37 no value with a line break or another control character is written", () => {
    for (const value of [
      "a\r\nLOCATION: http://evil/",
      "a\nb",
      "a\rb",
      "a\0b",
      "\x1b[2J",
      "a\tb",
      "a\x7f",
      "a\u0085b",
      "a\u2028b",
      "\ud800",
    ]) {
      expect(() => encodeMessage("notify", [["USN", value]]), JSON.stringify(value)).toThrow(
        expect.objectContaining({ name: "UsageError", code: "INVALID_HEADER" }),
      );
    }
  });

  test("S-37 no name is written that is not a token, or twice", () => {
    for (const name of ["", "A B", "A:", "A\r\nB", "Ä", "A\0", "(A)"]) {
      expect(() => encodeMessage("notify", [[name, "x"]]), JSON.stringify(name)).toThrow(UsageError);
    }
    expect(() =>
      encodeMessage("notify", [
        ["ST", "a"],
        ["st", "b"],
      ]),
    ).toThrow(/twice/);
  });

  test("text beyond ASCII is written in UTF-8", () => {
    const result = parseMessage(encodeMessage("search", [["CPFN.UPNP.ORG", "Küche 🎧"]])) as SsdpMessage;
    expect(result.headers.get("CPFN.UPNP.ORG")).toBe("Küche 🎧");
  });

  test("white space around a value is no part of it", () => {
    const bytes = encodeMessage("notify", [["NT", "  a b  "]]);
    expect(new TextDecoder().decode(bytes)).toBe("NOTIFY * HTTP/1.1\r\nNT: a b\r\n\r\n");
  });

  test("G-33 8192 bytes are written, 8193 are not", () => {
    const pairs = (size: number): [string, string][] => {
      const lines: [string, string][] = [];
      for (let left = size - "NOTIFY * HTTP/1.1\r\n\r\n".length; left > 0; ) {
        const line = Math.min(left, left - 1000 < 100 && left > 1000 ? left - 200 : 1000);
        const name = `X${lines.length}`;
        lines.push([name, "x".repeat(line - name.length - 4)]);
        left -= line;
      }
      return lines;
    };
    expect(encodeMessage("notify", pairs(8192))).toHaveLength(messageLimits.maxBytes);
    expect(() => encodeMessage("notify", pairs(8193))).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LONG" }),
    );
  });

  test("what a reader would refuse is not written: a line of 2049 bytes, 65 headers", () => {
    expect(encodeMessage("notify", [["NT", "x".repeat(2044)]]).length).toBeGreaterThan(2048);
    expect(() => encodeMessage("notify", [["NT", "x".repeat(2045)]])).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LONG" }),
    );
    const many = (count: number) => Array.from({ length: count }, (_, i): [string, string] => [`X${i}`, ""]);
    expect((parseMessage(encodeMessage("notify", many(64))) as SsdpMessage).headers.size).toBe(64);
    expect(() => encodeMessage("notify", many(65))).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LONG" }),
    );
  });
});
