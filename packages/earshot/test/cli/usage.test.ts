import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { NetworkError, VERSION } from "../../src/index.ts";
import { FakeIo, Rig } from "./support.ts";

describe("wrong usage gets one clear line and exit code 2", () => {
  test.each([
    [["--nonsense"], /unknown option '--nonsense'/],
    [["brwose"], /"brwose" is written in no protocol/],
    [["browse", "--for", "1e3"], /--for.*1e3.*seconds from 0/],
    [["browse", "--for", "5s"], /seconds/],
    [["browse", "--for"], /argument missing/],
    [["browse", "--count", "0x10"], /whole number from 1/],
    [["browse", "--count", "-1"], /whole number from 1/],
    [["browse", "--count", " 1"], /whole number from 1/],
    [["browse", "--first", "--count", "2"], /cannot be used with/],
    [["browse", "--until-quiet", "0"], /seconds from 0\.1/],
    [["find"], /missing required argument 'TYPE'/],
    [["find", "ssdp:all", "--json", "--csv"], /cannot be used with/],
    [["find", "ssdp:all", "--format", "{what}"], /\{what\} is no placeholder; there are \{name\}/],
    [["find", "ssdp:all", "--format", "{name"], /single \{/],
    [["ssdp"], /earshot ssdp search, or earshot ssdp serve/],
    [["ssdp", "serach"], /too many arguments|unknown command/],
    [["ssdp", "search", "two words"], /"two words" is not a search target/],
    [["ssdp", "search", "--strict", "my-type"], /"my-type" is not a search target/],
    [["ssdp", "search", "--mx", "0"], /whole number from 1 to 120/],
    [["ssdp", "search", "--mx", "6"], /mx is 6; it must be a whole number from 1 to 5/],
    [["ssdp", "search", "--mx", "2.5"], /whole number/],
    [["ssdp", "search", "--ttl", "256"], /whole number from 1 to 255/],
    [["ssdp", "search", "--port", "65536"], /whole number from 1 to 65535/],
    [["ssdp", "search", "--every", "0.5"], /seconds from 1/],
    [["ssdp", "search", "--as", "3.0"], /Allowed choices/],
    [["ssdp", "search", "--to", "nowhere"], /"nowhere" is no address/],
    [["ssdp", "search", "--to", "10.0.0.2", "--mx", "2"], /cannot be used with/],
    [["ssdp", "search", "-e", "X", "y"], /"X" is not a vendor's header name/],
    [
      ["ssdp", "search", "-e", "X.EXAMPLE.COM", "a\r\nMAN: b"],
      /value of X\.EXAMPLE\.COM must be printable ASCII/,
    ],
    [["ssdp", "search", "-e", "X.EXAMPLE.COM"], /must be a name and a value/],
    [["ssdp", "serve"], /missing required argument 'USN'/],
    [["ssdp", "serve", "uuid:1", "--max-age", "0"], /whole number from 1 to 86400/],
    [["ssdp", "serve", "uuid:1", "--location", "not a url"], /is not an absolute URL/],
    [["ssdp", "serve", "uuid:1", "--service", "urn:x:service:y:1"], /--service needs --device/],
    [["ssdp", "serve", "my-usn", "--device", "-l", "http://10.0.0.1/"], /USN must be uuid:X/],
    [["ssdp", "serve", "uuid:1", "--device"], /needs a location/],
    [["ssdp", "serve", "uuid:1", "-e", "A.B.C", "1", "-e", "a.b.c", "2"], /given twice/],
    [["advertise", "nonsense"], /"nonsense"/],
    [["advertise", "urn:x:device:Y:1"], /needs a location/],
    [["help", "nonsense"], /there is no command "nonsense"/],
  ])("earshot %j", async (args, words) => {
    await using rig = new Rig();
    expect(await rig.run(...args)).toBe(2);
    expect(rig.io.err).toMatch(/^earshot: [^\n]+\n$/);
    expect(rig.io.err).toMatch(words);
    expect(rig.io.out).toBe("");
    expect(rig.io.left).toBe(0);
  });

  test("D-10 and what was typed cannot write control characters either", async () => {
    await using rig = new Rig();
    expect(await rig.run("\x1b[2J\r\x07")).toBe(2);
    expect(rig.io.err).toMatch(/^[\x20-\x7e]+\n$/);
  });
});

describe("a network failure gets one line and exit code 3", () => {
  async function failing(...args: string[]): Promise<FakeIo> {
    const cause = new Error("EACCES: permission denied");
    const rig = new Rig();
    const io = new FakeIo(rig.user);
    const error = new NetworkError("NO_PERMISSION", "the port 1900 may not be opened", { cause });
    const refuse = () => ({ ready: Promise.reject(error), send: () => {}, close: () => Promise.resolve() });
    const network = Object.create(rig.user, { open: { value: refuse } });
    Object.defineProperty(io, "network", { value: network });
    expect(await rig.lan.until(main(args, io))).toBe(3);
    expect(io.left).toBe(0);
    return io;
  }

  test.each([["browse"], ["find", "ssdp:all"], ["ssdp", "search"], ["ssdp", "serve", "uuid:1"], ["demo"]])(
    "earshot %s %s %s",
    async (...args) => {
      const io = await failing(...args.filter((arg) => arg !== undefined));
      expect(io.err).toBe("earshot: the port 1900 may not be opened\n");
    },
  );

  test("with -v its cause is told as well", async () => {
    const io = await failing("find", "ssdp:all", "-v");
    expect(io.err).toBe("earshot: the port 1900 may not be opened (EACCES: permission denied)\n");
  });
});

describe("help", () => {
  const help = async (...args: string[]) => {
    await using rig = new Rig();
    expect(await rig.run(...args)).toBe(0);
    expect(rig.io.err).toBe("");
    return rig.io.out;
  };

  test("--version prints the version and nothing else", async () => {
    expect(await help("--version")).toBe(`${VERSION}\n`);
    expect(await help("-V")).toBe(`${VERSION}\n`);
  });

  test.each(["browse", "find", "ssdp search", "ssdp serve", "advertise", "demo"])(
    "of %s has examples and exit codes, however it is asked for",
    async (name) => {
      const words = name.split(" ");
      const text = await help(...words, "--help");
      expect(await help("help", ...words)).toBe(text);
      expect(await help(...words, "-h")).toBe(text);
      expect(text).toContain(`Usage: earshot ${name}`);
      expect(text).toMatch(/Examples?:|Example, in two terminals:/);
      expect(text).toContain("Exit codes:");
      for (const line of text.split("\n"))
        if (!line.startsWith("  ")) expect(line.length).toBeLessThanOrEqual(100);
    },
  );

  test("names every command", async () => {
    const text = await help("--help");
    for (const name of ["browse", "find", "ssdp", "advertise", "demo", "help"]) {
      expect(text).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    }
  });
});
