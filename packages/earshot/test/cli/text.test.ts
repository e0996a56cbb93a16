import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalised } from "../../src/cli/arguments.ts";
import { Complaints } from "../../src/cli/complaints.ts";
import { exitCode } from "../../src/cli/exit-code.ts";
import { seconds, wholeNumber } from "../../src/cli/numbers.ts";
import { ageOf, interfaceOf, shortType } from "../../src/cli/rows.ts";
import { table } from "../../src/cli/table.ts";
import { template } from "../../src/cli/template.ts";
import { clip, pad, textWidth } from "../../src/cli/text-width.ts";
import { Lan } from "../../src/testing.ts";

describe("the width of text", () => {
  test.each([
    ["plain", 5],
    ["é", 1],
    ["e\u0301", 1],
    ["電燈", 4],
    ["📺", 2],
    ["🇩🇪", 2],
    ["한국", 4],
    ["", 0],
    ["ｱ", 1],
  ])("of %s is %i", (text, width) => expect(textWidth(text)).toBe(width));

  test("is kept by clipping and padding, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, width) => {
        const clipped = clip(text, width);
        expect(textWidth(clipped)).toBeLessThanOrEqual(width);
        if (textWidth(text) <= width) expect(clipped).toBe(text);
        else if (width > 0) expect(clipped.endsWith("…")).toBe(true);
        expect(textWidth(pad(clipped, width))).toBe(width);
      }),
    );
  });
});

describe("a table", () => {
  const paint = (_: string, text: string) => text;
  const columns = [{ title: "a", least: 4 }, { title: "b" }, { title: "c", least: 2 }];

  test("has columns as wide as their longest text where there is room", () => {
    expect(table(columns, [["1", "22222", "3"]], 100, paint)).toEqual(["a  b      c", "1  22222  3"]);
  });

  test("takes from the widest column first", () => {
    expect(table(columns, [["1234567890", "bb", "12345"]], 16, paint)).toEqual([
      "a      b   c",
      "1234…  bb  12345",
    ]);
  });

  test("has no column wider than the most it may have", () => {
    expect(table([{ title: "a", most: 4 }, { title: "b" }], [["123456", "x"]], 100, paint)).toEqual([
      "a     b",
      "123…  x",
    ]);
  });

  test("is never wider than there is room", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => text.replace(/[\n\r]/g, ""));
    const row = fc.tuple(cell, cell, cell);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 1, max: 90 }), (rows, width) => {
        for (const line of table(columns, rows, width, paint))
          expect(textWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("what is written on the command line", () => {
  const valued = ["--interface", "--type", "--format", "--header", "-o"].map((name) => [name, true] as const);
  const options = new Map<string, boolean>([...valued, ["--json", false], ["-j", false]]);

  test("C02 C03 other names of options are the options", () => {
    expect(normalised(["--iface", "lo", "--iface=lo", "--device-type", "t"], options)).toEqual([
      "--interface",
      "lo",
      "--interface=lo",
      "--type",
      "t",
    ]);
  });

  test("a header is one value, however it is written", () => {
    for (const args of [
      ["-e", "A.B", "c d"],
      ["--extra-field", "A.B", "c d"],
      ["--header", "A.B: c d"],
      ["--header=A.B", "c d"],
      ["--header=A.B: c d"],
    ]) {
      expect(normalised([...args, "rest"], options)).toEqual(["--header", "A.B: c d", "rest"]);
    }
    expect(normalised(["-e"], options)).toEqual(["--header"]);
    expect(normalised(["-e", "A.B"], options)).toEqual(["--header", "A.B"]);
  });

  test("a header whose value is missing takes no option for it", () => {
    for (const rest of [["-o", "1"], ["-o1"], ["--json"], ["-j"], ["--format=x"], ["--iface", "lo"], ["--"]])
      expect(normalised(["-e", "A.B", ...rest], options).slice(0, 2)).toEqual(["--header", "A.B"]);
    for (const value of ["-1", "-", "-jam"])
      expect(normalised(["-e", "A.B", value], options)).toEqual(["--header", `A.B: ${value}`]);
    expect(normalised(["-e", "A.B: -5", "-o", "1"], options)).toEqual(["--header", "A.B: -5", "-o", "1"]);
  });

  test("the value of another option is left as it is, even if it reads like an option", () => {
    for (const value of ["-e", "--iface", "--extra-field", "--", "--iface=lo"])
      expect(normalised(["--format", value, "--iface", "lo"], options)).toEqual([
        "--format",
        value,
        "--interface",
        "lo",
      ]);
    expect(normalised(["--format=-e", "--iface", "--iface"], options)).toEqual([
      "--format=-e",
      "--interface",
      "--iface",
    ]);
    expect(normalised(["--format"], options)).toEqual(["--format"]);
  });

  test("nothing after -- is touched", () => {
    expect(normalised(["--", "-e", "a", "b", "--iface"], options)).toEqual(["--", "-e", "a", "b", "--iface"]);
  });

  test("numbers are decimal digits and nothing else", () => {
    expect(wholeNumber(1, 5)("5")).toBe(5);
    expect(seconds(0)("0.25")).toBe(250);
    expect(seconds(0)(".5")).toBe(500);
    expect(seconds(0)("10")).toBe(10_000);
    for (const text of [
      "",
      " 1",
      "1 ",
      "+1",
      "-1",
      "1e3",
      "0x1",
      "1_0",
      "٣",
      "1.",
      ".",
      ".1234",
      "NaN",
      "Infinity",
      "1s",
    ]) {
      expect(() => wholeNumber(0, 9999)(text)).toThrow("whole number");
      expect(() => seconds(0)(text)).toThrow("seconds");
    }
    expect(() => wholeNumber(1, 5)("6")).toThrow("from 1 to 5");
    expect(() => seconds(1)("0.999")).toThrow("from 1");
    expect(() => seconds(0)("9999999")).toThrow("seconds");
  });
});

describe("a template", () => {
  const fill = (text: string, values: Record<string, string> = {}) =>
    template(text, ["name", "port"])((name) => values[name] ?? "");

  test("fills placeholders, and ends every line once", () => {
    expect(fill("{name}:{port}", { name: "a", port: "1" })).toBe("a:1\n");
    expect(fill("{name}\\n", { name: "a" })).toBe("a\n");
    expect(fill("a\\tb\\\\n")).toBe("a\tb\\n\n");
    expect(fill("{{name}} 100% \\d")).toBe("{name} 100% \\d\n");
    expect(fill("{header.X-Y.example.com}", { "header.X-Y.example.com": "v" })).toBe("v\n");
  });

  test("V-94 D-13 takes nothing of a value for its own, and neutralises it", () => {
    expect(fill("{name}", { name: "{port}\\n" })).toBe("{port}\\n\n");
    expect(fill("{name}", { name: "$(touch pwn)`id`\x1b" })).toBe("$(touch pwn)`id`\\u{1b}\n");
  });

  test("knows no other placeholders", () => {
    for (const text of ["{nome}", "{}", "{name", "name}", "{header.}", "{__proto__}"]) {
      expect(() => template(text, ["name"])).toThrow("placeholder");
    }
  });
});

describe("words for people", () => {
  test("types are shortened to what tells them apart", () => {
    expect(shortType("urn:schemas-upnp-org:device:MediaServer:1")).toBe("MediaServer:1");
    expect(shortType("urn:dial-multiscreen-org:service:dial:1")).toBe("dial:1");
    for (const type of ["upnp:rootdevice", "uuid:1", "urn:x:device:a:b:c", "roku:ecp"])
      expect(shortType(type)).toBe(type);
  });

  test("ages have one unit", () => {
    const now = new Date(1e12);
    const age = (s: number) => ageOf(new Date(1e12 - s * 1000), now);
    expect([0, 59, 60, 3599, 3600, 86_399, 86_400, -5].map(age)).toEqual([
      "0s",
      "59s",
      "1m",
      "59m",
      "1h",
      "23h",
      "1d",
      "0s",
    ]);
  });

  test("links end in their family", () => {
    expect([interfaceOf("eth0/4"), interfaceOf("a/b/6"), interfaceOf("lo")]).toEqual(["eth0", "a/b", "lo"]);
  });
});

describe("exit codes", () => {
  test.each([
    [0, undefined, "time", 1],
    [3, undefined, "time", 0],
    [3, undefined, "interrupted", 0],
    [0, undefined, "interrupted", 1],
    [0, 2, "time", 1],
    [1, 2, "time", 124],
    [1, 2, "quiet", 124],
    [1, 2, undefined, 124],
    [1, 2, "interrupted", 0],
    [2, 2, "enough", 0],
    [0, 2, "output-closed", 0],
  ] as const)("%i found of %s, ended by %s: %i", (found, wanted, ending, code) => {
    expect(exitCode(found, wanted, ending)).toBe(code);
  });
});

test("G-27 a complaint comes once a minute, with how many were left out, and no more than 512 are kept", () => {
  const host = new Lan({ seed: 1 }).addHost("a");
  let now = 0;
  const said: string[] = [];
  const complaints = new Complaints({ ...host.clock, now: () => now }, (line) => void said.push(line));
  for (; now < 130_000; now += 10_000) complaints.say("a", "it broke\x1b");
  expect(said).toEqual([
    "earshot: it broke\\u{1b}\n",
    "earshot: it broke\\u{1b} (suppressed since the last such line: 5)\n",
    "earshot: it broke\\u{1b} (suppressed since the last such line: 5)\n",
  ]);
  for (let at = 0; at < 512; at++) complaints.say(`reason ${at}`, "x");
  said.length = 0;
  complaints.say("a", "forgotten, so said again");
  complaints.say("reason 511", "remembered");
  expect(said).toEqual(["earshot: forgotten, so said again\n"]);
});
