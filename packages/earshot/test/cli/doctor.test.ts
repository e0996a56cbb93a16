import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../src/mdns/index.ts";
import { Rig } from "./support.ts";

describe("G-79 earshot doctor", () => {
  test("says line by line what it found, and that all is well", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    expect(await rig.run("doctor")).toBe(0);
    expect(rig.io.out).toMatch(/^ok {7}eth0\/4 {2}is chosen, with the address 10\.0\.0\.1\/16$/m);
    expect(rig.io.out).toMatch(/^ok {7}eth0\/6 {2}what is sent to the group ff02::c is heard$/m);
    expect(rig.io.out).toMatch(/^ok {7}eth0\/4 {2}1 host answered a search$/m);
    expect(rig.io.out).toMatch(/\nno problem was found\n$/);
    expect(rig.io.err).toBe("");
  });

  test("a problem comes with advice and exit code 1", async () => {
    await using rig = new Rig();
    rig.breakLinks("PORT_TAKEN", "eth0/4");
    expect(await rig.run("doctor")).toBe(1);
    expect(rig.io.out).toMatch(
      /^PROBLEM {2}eth0\/4 {2}cannot hear: it is broken\n {17}-> stop that program/m,
    );
    expect(rig.io.out).toMatch(/\n1 problem was found\n$/);
  });

  test("what it sends is legal and harmless: searches for nobody, one for everybody, with one hop", async () => {
    await using rig = new Rig();
    const capture = rig.lan.capture();
    await rig.run("doctor");
    const searches = capture.datagrams.filter(({ from }) => from.port !== 5353);
    const texts = searches.map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(texts.length).toBeGreaterThanOrEqual(4);
    for (const text of texts)
      expect(text).toMatch(
        /^M-SEARCH \* HTTP\/1\.1\r\nHOST: [^\r]+:\d+\r\nMAN: "ssdp:discover"\r\n(MX: 1\r\n)?ST: (uuid:[0-9a-f-]{36}|ssdp:all)\r\n\r\n$/,
      );
    expect(texts.filter((text) => text.includes("ssdp:all"))).toHaveLength(2);
    expect(capture.datagrams.filter(({ to }) => to.port === 1900).every(({ hops }) => hops === 1)).toBe(true);
    const before = capture.datagrams.length;
    await rig.run("doctor", "--no-search", "-o", "0.5");
    const later = capture.datagrams.slice(before).map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(later.some((text) => text.includes("ssdp:all"))).toBe(false);
  });

  test("A62-115 A62-016 what it sends by mDNS is legal and harmless: questions about nobody, and one about every type", async () => {
    await using rig = new Rig();
    const capture = rig.lan.capture();
    await rig.run("doctor");
    const said = capture.datagrams.filter(({ from }) => from.port === 5353);
    const names = said.map(({ bytes, hops }) => {
      expect(hops).toBe(255);
      const message = decodeMessage(bytes);
      if (message.kind !== "query") throw new Error(message.kind);
      expect(message).toMatchObject({ id: 0, answers: [], authorities: [], violations: [] });
      expect(message.questions).toMatchObject([{ unicast: false }]);
      return String(message.questions[0]?.name);
    });
    expect(names.filter((name) => name === "_services._dns-sd._udp.local")).toHaveLength(2);
    const others = names.filter((name) => !name.startsWith("_services."));
    expect(others.length).toBeGreaterThanOrEqual(4);
    expect(new Set(others).size).toBe(others.length);
    for (const name of others) expect(name).toMatch(/^nobody-[0-9a-f]{12}\.local$/);
    const before = capture.datagrams.length;
    await rig.run("doctor", "--no-search", "-o", "0.5");
    const later = capture.datagrams.slice(before).map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(later.some((text) => text.includes("_services"))).toBe(false);
  });

  test("M32 says where answers reach another program at port 5353", async () => {
    await using rig = new Rig();
    rig.user.blockPort(5353);
    expect(await rig.run("doctor")).toBe(0);
    expect(rig.io.out).toMatch(
      /^note {5}eth0\/4 {2}what is sent to 10\.0\.0\.\d+ at port 5353 directly reaches another program/m,
    );
  });

  test("--protocol examines one alone", async () => {
    await using rig = new Rig();
    const capture = rig.lan.capture();
    expect(await rig.run("doctor", "--protocol", "dns-sd")).toBe(0);
    expect(rig.io.out).toContain("the group 224.0.0.251 is heard");
    expect(rig.io.out).not.toContain("239.255.255.250");
    expect(capture.datagrams.every(({ to }) => to.port === 5353)).toBe(true);
  });

  test("--json is one object, as docs/guide/json.md says", async () => {
    await using rig = new Rig();
    expect(await rig.run("doctor", "--json", "--timeout", "1")).toBe(0);
    const report = JSON.parse(rig.io.out);
    expect(report).toMatchObject({ v: 1, kind: "diagnosis", isWell: true, time: expect.any(String) });
    const guide = readFileSync(new URL("../../../../docs/guide/json.md", import.meta.url), "utf8");
    for (const finding of report.findings) {
      expect(Object.keys(finding)).toEqual(["level", "subject", "says", "advice"]);
      for (const key of Object.keys(finding)) expect(guide).toContain(`\`${key}\``);
    }
  });

  test("Ctrl-C ends it with what was found by then", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    const [end] = await rig.start(1000, "doctor", "--timeout", "60");
    expect(rig.io.out).toBe("");
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
    expect(rig.io.out).toMatch(/^ok {7}eth0\/4 {2,}what is sent to the group 239\.255\.255\.250 is heard$/m);
    expect(rig.io.out).toMatch(/^note {5}this machine {2}listening was ended early: /m);
    expect(rig.io.left).toBe(0);
  });

  test.each([[["--ascii"]], [["-o", "0"]], [["extra"]], [["-i", "nowhere"]]])(
    "%j is wrong usage",
    async (args) => {
      await using rig = new Rig();
      if (args[0] === "-i") Object.defineProperty(rig.io, "network", { value: undefined });
      expect(await rig.run("doctor", ...args)).toBe(2);
      expect(rig.io.err).toMatch(/^earshot: .*\n$/);
    },
  );
});
