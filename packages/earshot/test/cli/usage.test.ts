import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { programFor } from "../../src/cli/program.ts";
import { type Network, NetworkError, VERSION } from "../../src/index.ts";
import { FakeIo, Rig } from "./support.ts";

describe("wrong usage gets one clear line and exit code 2", () => {
  test.each([
    [["--nonsense"], /unknown option '--nonsense'/],
    [["brwose"], /"brwose" is written in no protocol/],
    [["browse", "_ipp"], /"_ipp" is written in no protocol/],
    [["browse", "--for", "1e3"], /--for.*1e3.*seconds from 0/],
    [["browse", "--for", "5s"], /seconds/],
    [["browse", "--for"], /argument missing/],
    [["browse", "--count", "0x10"], /whole number from 1/],
    [["browse", "--count", "-1"], /whole number from 1/],
    [["browse", "--count", " 1"], /whole number from 1/],
    [["browse", "--first", "--count", "2"], /cannot be used with/],
    [["browse", "--until-quiet", "0"], /seconds from 0\.1/],
    [["find", "ssdp:all", "--raw"], /--raw needs --csv/],
    [["find", "ssdp:all", "--raw", "--json"], /--raw needs --csv/],
    [["find", "ssdp:all", "--ascii"], /--ascii needs --json/],
    [["browse", "--ascii"], /--ascii needs --json/],
    [["ssdp", "search", "--ascii"], /--ascii needs --json or --json-array/],
    [["find", "ssdp:all", "--json", "--csv"], /cannot be used with/],
    [["find", "ssdp:all", "--format", "{what}"], /\{what\} is no placeholder; there are \{name\}/],
    [["find", "ssdp:all", "--format", "{name"], /single \{/],
    [
      ["ssdp"],
      /say what to do: earshot ssdp search, earshot ssdp serve, earshot ssdp agent, earshot ssdp device or earshot ssdp controller$/m,
    ],
    [["ssdp", "serach"], /there is no command "serach" in ssdp: there is earshot ssdp search, .* or /],
    [["peer"], /say what to do: earshot peer serve or earshot peer find$/m],
    [
      ["dns-sd", "publish", "Office", "_ipp._tcp", "99999"],
      /^earshot: PORT cannot be '99999'\. It must be a whole number from 0 to 65535\.$/m,
    ],
    [["peer", "foo", "a", "b"], /there is no command "foo" in peer: /],
    [["ssdp", "search", "two words"], /"two words" is not a search target/],
    [["ssdp", "search", "--strict", "my-type"], /"my-type" is not a search target/],
    [["ssdp", "search", "--mx", "0"], /whole number from 1 to 120/],
    [["ssdp", "search", "--mx", "6"], /mx is 6; it must be a whole number from 1 to 5/],
    [["ssdp", "search", "--mx", "2.5"], /whole number/],
    [["ssdp", "search", "--ttl", "256"], /whole number from 1 to 255/],
    [["ssdp", "search", "--site-ttl", "5"], /--site-ttl needs --site/],
    [["ssdp", "search", "--tcp", "--to", "10.0.0.2"], /cannot be used with/],
    [["ssdp", "search", "--tcp", "--broadcast"], /tcp is for searches of the groups/],
    [["ssdp", "serve", "uuid:1", "--site-ttl", "5"], /--site-ttl needs --site/],
    [["ssdp", "serve", "uuid:1", "--site", "--site-ttl", "0"], /whole number from 1 to 255/],
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
    [["ssdp", "search", "-e", "X.EXAMPLE.COM", "-o", "1"], /must be a name and a value/],
    [["ssdp", "serve"], /missing required argument 'USN'/],
    [["ssdp", "serve", "uuid:1", "--max-age", "0"], /whole number from 1 to 86400/],
    [["ssdp", "serve", "uuid:1", "--location", "not a url"], /is not an absolute URL/],
    [["ssdp", "serve", "uuid:1", "--service", "urn:x:service:y:1"], /--service needs --device/],
    [["ssdp", "serve", "my-usn", "--device", "-l", "http://10.0.0.1/"], /USN must be uuid:X/],
    [["ssdp", "serve", "uuid:1", "--device"], /needs a location/],
    [["ssdp", "serve", "uuid:1", "-e", "A.B.C", "1", "-e", "a.b.c", "2"], /given twice/],
    [["advertise", "nonsense"], /"nonsense"/],
    [["advertise", "urn:x:device:Y:1"], /needs a location.*--describe.*--port.*--location/],
    [["advertise", "urn:x:device:Y:1", "--path", "/x"], /--path needs --port/],
    [["advertise", "urn:x:device:Y:1", "-p", "1", "-l", "http://10.0.0.1/"], /cannot be used with/],
    [["help", "nonsense"], /there is no command "nonsense"/],
    [["ssdp", "help", "nonsense"], /there is no command "nonsense"/],
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
  async function failing(args: string[], close = () => Promise.resolve()): Promise<FakeIo> {
    const cause = new Error("EACCES: permission denied");
    const rig = new Rig();
    const io = new FakeIo(rig.user);
    const error = new NetworkError("NO_PERMISSION", "the port 1900 may not be opened", { cause });
    const { clock, random, links, http, system } = rig.user;
    const network: Network = {
      ...{ clock, random, links, http, system },
      uuid: (name) => rig.user.uuid(name),
      listen: (handler, link) => rig.user.listen(handler, link),
      open: () => ({ ready: Promise.reject(error), send: () => {}, close }),
    };
    Object.defineProperty(io, "network", { value: network });
    expect(await rig.lan.until(main(args, io))).toBe(3);
    expect(io.left).toBe(0);
    return io;
  }

  test.each([
    "browse",
    "find ssdp:all",
    "ssdp search",
    "ssdp serve uuid:1",
    "ssdp agent",
    "peer find a b",
    "peer serve a b 1",
    "demo",
    "advertise _x._tcp --port 1",
    "find _x._tcp",
    "monitor",
    "dns-sd types",
    "dns-sd browse _x._tcp",
    "dns-sd browse _x._tcp --resolve",
    "dns-sd resolve a _x._tcp",
    "dns-sd publish a _x._tcp 1",
    "dns-sd proxy a _x._tcp 1 b 10.0.0.9",
    "dns-sd domains",
    "mdns query a",
    "mdns host a",
    "mdns monitor",
    "mdns publish a 10.0.0.9",
  ])("earshot %s", async (words) => {
    const io = await failing(words.split(" "));
    expect(io.err).toBe("earshot: the port 1900 may not be opened\n");
  });

  test("and no second one when closing fails as well", async () => {
    const io = await failing(["browse"], () => Promise.reject(new Error("closing failed too")));
    expect(io.err).toBe("earshot: the port 1900 may not be opened\n");
  });

  test("with -v its cause is told as well", async () => {
    const io = await failing(["find", "ssdp:all", "-v"]);
    expect(io.err).toBe("earshot: the port 1900 may not be opened (EACCES: permission denied)\n");
  });
});

describe("output that is lost gets one line and exit code 3", () => {
  test.each([["--help"], ["find", "ssdp:all"]])("earshot %s", async (...args) => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    rig.io.failure = new Error("no space left");
    expect(await rig.run(...args)).toBe(3);
    expect(rig.io.err).toBe("earshot: no space left\n");
  });

  test("and no second one when that has ended it already", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(1000, "browse");
    rig.io.failure = new Error("no space left");
    rig.io.closeOutput(rig.io.failure);
    expect(await rig.lan.until(end!)).toBe(3);
    expect(rig.io.err).toBe("earshot: no space left\n");
  });
});

test("an option that has a value in one command has one in every command", async () => {
  await using rig = new Rig();
  const kinds = new Map<string, Set<boolean>>();
  const collect = (command: Command): void => {
    for (const { long, short, required, optional } of command.options) {
      expect(required || !optional).toBe(true);
      for (const flag of [long, short])
        if (flag) kinds.set(flag, (kinds.get(flag) ?? new Set()).add(required));
    }
    command.commands.forEach(collect);
  };
  collect(await programFor(["--help"], rig.io, { exitCode: 0, isVerbose: false }));
  expect(kinds.size).toBeGreaterThan(40);
  for (const [flag, found] of kinds) expect(found.size, flag).toBe(1);
});

describe("help", () => {
  const help = async (...args: string[]) => {
    await using rig = new Rig();
    expect(await rig.run(...args)).toBe(0);
    expect(rig.io.err).toBe("");
    return rig.io.out;
  };

  test.each(["dns-sd", "mdns", "ssdp", "peer"])("%s --help has a line for each command", async (group) => {
    const text = await help(group, "--help");
    expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(text).toMatch(/^ {2}[a-z]+ {2,}\S/m);
  });

  test("--version prints the version and nothing else", async () => {
    expect(await help("--version")).toBe(`${VERSION}\n`);
    expect(await help("-V")).toBe(`${VERSION}\n`);
  });

  test.each([
    "browse",
    "find",
    "monitor",
    "doctor",
    "dns-sd types",
    "dns-sd browse",
    "dns-sd resolve",
    "dns-sd publish",
    "dns-sd proxy",
    "dns-sd domains",
    "mdns query",
    "mdns host",
    "mdns monitor",
    "mdns publish",
    "ssdp search",
    "ssdp serve",
    "ssdp agent",
    "ssdp device",
    "ssdp controller",
    "peer find",
    "peer serve",
    "advertise",
    "demo",
  ])("of %s has examples and exit codes, however it is asked for", async (name) => {
    const words = name.split(" ");
    const text = await help(...words, "--help");
    expect(await help("help", ...words)).toBe(text);
    if (words.length > 1) expect(await help(words[0]!, "help", words[1]!)).toBe(text);
    expect(await help(...words, "-h")).toBe(text);
    expect(text).toContain(`Usage: earshot ${name}`);
    expect(text).toMatch(/Examples?:|Example, in two terminals:/);
    expect(text).toContain("Exit codes:");
    for (const line of text.split("\n"))
      if (!line.startsWith("  ")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test("names every command", async () => {
    const text = await help("--help");
    for (const name of ["browse", "find", "dns-sd", "mdns", "ssdp", "advertise", "demo", "help"]) {
      expect(text).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    }
  });
});

describe("the guide", () => {
  const guide = (name: string) =>
    readFileSync(new URL(`../../../../docs/guide/${name}`, import.meta.url), "utf8");

  test("names every option of every command in the chapter of that command, or in the common one", async () => {
    await using rig = new Rig();
    const chapters = new Map(
      guide("command-line.md")
        .split(/^## /m)
        .map((chapter) => [chapter.split("\n")[0]!, chapter]),
    );
    const common = chapters.get("Options of every command")!;
    const check = (command: Command, name: string): void => {
      for (const sub of command.commands) check(sub, `${name} ${sub.name()}`.trim());
      if (command.commands.length > 0) return;
      const chapter = `${chapters.get(name)}${common}`;
      for (const { long, short } of command.options) {
        expect(chapter, `${name} ${long}`).toContain(`\`${long}`);
        if (short) expect(chapter, `${name} ${short}`).toMatch(new RegExp(`\`${short}\`, \`${long}[\` ]`));
      }
    };
    check(await programFor(["--help"], rig.io, { exitCode: 0, isVerbose: false }), "");
  });

  test("names every key of the JSON", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    await rig.offer({ subtypes: ["_x"] });
    await rig.run("find", "--json");
    await rig.run("ssdp", "search", "--json");
    await rig.run("mdns", "query", "Office._ipp._tcp", "--json", "--once");
    await rig.run("mdns", "query", "Office._ipp._tcp", "A", "--json", "--once");
    await rig.run("mdns", "host", "printer", "--json");
    await rig.run("dns-sd", "types", "--json", "--first");
    await rig.run("dns-sd", "browse", "_ipp._tcp", "--json", "--first");
    await rig.run("dns-sd", "publish", "Office", "_ipp._tcp", "80", "--host", "y", "--json", "--for", "1");
    const [monitor] = await rig.start(100, "monitor", "--json");
    await rig.lan.until(rig.peer.find("_ipp._tcp"));
    rig.io.signal("SIGINT");
    await rig.lan.until(monitor!);
    const text = guide("json.md");
    const keys = new Set<string>();
    const collect = (value: unknown, isHeaders = false): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (!isHeaders && !Array.isArray(value)) keys.add(key);
        collect(inner, key === "headers" || key === "txt");
      }
    };
    for (const line of rig.io.out.trimEnd().split("\n")) collect(JSON.parse(line));
    expect(keys.size).toBeGreaterThan(60);
    for (const key of keys) expect(text).toContain(`\`${key}\``);
  });

  test("has an example of each protocol that is JSON, and has every key of a service", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    await rig.offer();
    await rig.run("find", "ssdp:all", "--json", "--first");
    await rig.run("find", "_ipp._tcp", "--json", "--first");
    const examples = [...guide("json.md").matchAll(/```json\n(.*)\n```/g)].map(([, text]) =>
      JSON.parse(text!),
    );
    const real = rig.io.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(examples.map((example) => Object.keys(example))).toEqual(real.map((each) => Object.keys(each)));
    expect(examples.map(({ service }) => Object.keys(service))).toEqual(
      real.map(({ service }) => Object.keys(service)),
    );
  });
});
