import { describe, expect, test } from "vitest";
import { earshotOptions } from "../../src/cli/options.ts";
import { VERSION } from "../../src/index.ts";
import { Rig, textOf } from "./support.ts";

/** The M-SEARCHes that a search with these options sends on IPv4, and how far. */
async function sent(...args: string[]) {
  await using rig = new Rig();
  using capture = rig.lan.capture();
  const code = await rig.run("ssdp", "search", ...args);
  expect(rig.io.err).toBe("");
  expect(code).toBe(1);
  return capture.datagrams.map(({ bytes, to, hops, at, from }) => ({
    text: textOf(bytes),
    to,
    hops,
    at,
    from,
  }));
}

const answer = {
  ST: "urn:schemas-upnp-org:device:Lamp:1",
  USN: "uuid:1::urn:schemas-upnp-org:device:Lamp:1",
  LOCATION: "http://10.0.0.2:8080/",
  SERVER: "Test/1.0 UPnP/1.1 Lamp/1.0",
  "CACHE-CONTROL": "max-age=1800",
};

describe("C02 every option of ssdpy-discover has its equivalent", () => {
  test("UD-041 --tcp names a TCP port in every search, and closes it at the end", async () => {
    await using rig = new Rig();
    using capture = rig.lan.capture();
    await rig.run("ssdp", "search", "my-type", "--tcp", "--mx", "1");
    const ports = capture.datagrams.map(
      ({ bytes }) => /^TCPPORT\.UPNP\.ORG: (\d+)\r$/m.exec(textOf(bytes))?.[1],
    );
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(Number(port)).toBeGreaterThanOrEqual(49_152);
    expect(rig.lan.describe()).not.toContain("TCP port");
  });

  test("ST, and ssdp:all without one", async () => {
    expect((await sent("urn:x:device:Y:1"))[0]!.text).toContain("\r\nST: urn:x:device:Y:1\r\n");
    expect((await sent())[0]!.text).toContain("\r\nST: ssdp:all\r\n");
  });

  test("-V --version", async () => {
    await using rig = new Rig();
    expect(await rig.run("ssdp", "search", "-V")).toBe(0);
    expect(await rig.run("ssdp", "search", "--version")).toBe(0);
    expect(rig.io.out).toBe(`${VERSION}\n${VERSION}\n`);
  });

  test("-6 --ipv6, -i --iface, -a --address choose where; -4 is there as well", () => {
    expect(earshotOptions({ ipv6: true })).toEqual({ families: [6] });
    expect(earshotOptions({ ipv4: true })).toEqual({ families: [4] });
    expect(earshotOptions({ ipv4: true, ipv6: true })).toEqual({ families: [4, 6] });
    expect(earshotOptions({ interface: ["eth0", "eth1"], address: ["192.0.2.1"] })).toEqual({
      interfaces: ["eth0", "eth1", "192.0.2.1"],
    });
    expect(earshotOptions({})).toEqual({});
  });

  test("-t --ttl", async () => {
    expect(new Set((await sent()).map(({ hops }) => hops))).toEqual(new Set([2]));
    expect(new Set((await sent("-t", "9")).map(({ hops }) => hops))).toEqual(new Set([9]));
    expect(new Set((await sent("--ttl=7")).map(({ hops }) => hops))).toEqual(new Set([7]));
  });

  test("-p --port is the port that is sent to", async () => {
    for (const flag of ["-p", "--port"]) {
      const datagrams = await sent(flag, "1337");
      expect(new Set(datagrams.map(({ to }) => to.port))).toEqual(new Set([1337]));
      expect(datagrams[0]!.text).toMatch(/\r\nHOST: 239\.255\.255\.250:1337\r\n/);
    }
  });

  test("-m --mx", async () => {
    expect((await sent())[0]!.text).toContain("\r\nMX: 3\r\n");
    expect((await sent("-m", "1"))[0]!.text).toContain("\r\nMX: 1\r\n");
    expect((await sent("--mx", "120", "--as", "1.0"))[0]!.text).toContain("\r\nMX: 120\r\n");
  });

  test("-o --timeout is how long it listens in all, whatever MX is, and searches once", async () => {
    await using rig = new Rig();
    using capture = rig.lan.capture();
    const started = rig.lan.now;
    expect(await rig.run("ssdp", "search", "-o", "20", "-m", "1")).toBe(1);
    expect(rig.lan.now - started).toBe(20_000);
    expect(capture.datagrams).toHaveLength(6); // Three copies in each family.
    expect(await rig.run("ssdp", "search", "--timeout", "0.5")).toBe(1);
    expect(rig.lan.now - started).toBe(20_500);
  });

  test("-j --json is a line per answer, --json-array one array, empty when there is none", async () => {
    await using rig = new Rig();
    expect(await rig.run("ssdp", "search", "--json-array", "-o", "1")).toBe(1);
    expect(JSON.parse(rig.io.out)).toEqual([]);
    rig.answerWith(answer);
    rig.io.out = "";
    expect(await rig.run("ssdp", "search", "-j")).toBe(0);
    const lines = rig.io.out.trimEnd().split("\n");
    expect(lines).toHaveLength(2); // One from each family.
    expect(JSON.parse(lines[0]!)).toMatchObject({
      v: 1,
      kind: "answer",
      answer: {
        target: answer.ST,
        usn: answer.USN,
        location: answer.LOCATION,
        port: expect.any(Number),
        headers: answer,
        violations: [],
      },
    });
    expect(lines.map((line) => JSON.parse(line).answer.from).sort()).toEqual(["10.0.0.2", "fe80::2"]);
    rig.io.out = "";
    expect(await rig.run("ssdp", "search", "--json-array")).toBe(0);
    expect(JSON.parse(rig.io.out)).toHaveLength(2);
  });

  test("-v --verbose prints every header, and how an answer deviates", async () => {
    await using rig = new Rig();
    rig.answerWith({ ...answer, "X.EXAMPLE.COM": "here", server: "again" });
    expect(await rig.run("ssdp", "search", "-v", "--first")).toBe(0);
    expect(rig.io.out).toContain("  X.EXAMPLE.COM: here\n");
    expect(rig.io.out).toMatch(/^ {2}! [a-z-]+/m);
  });
});

describe("C01 C05 F42 and more than that", () => {
  test("F05 --every searches anew, beginning at once", async () => {
    await using rig = new Rig();
    using capture = rig.lan.capture();
    const [end] = await rig.start(31_000, "ssdp", "search", "--every", "10", "--repeat", "1");
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(1);
    const rounds = capture.datagrams.filter(({ to }) => to.address === "239.255.255.250");
    expect(rounds.length).toBeGreaterThanOrEqual(3);
    expect(rounds.length).toBeLessThanOrEqual(4);
  });

  test("--repeat is how often a round is sent", async () => {
    const datagrams = await sent("--repeat", "5");
    expect(datagrams.filter(({ to }) => to.address === "239.255.255.250")).toHaveLength(5);
  });

  test("F42 --broadcast searches the broadcast address of the interface", async () => {
    const datagrams = await sent("--broadcast", "--port", "1337");
    expect(datagrams.map(({ to }) => `${to.address}:${to.port}`)).toEqual(
      Array.from({ length: 3 }, () => "10.0.255.255:1337"),
    );
  });

  test("--to searches one host, without MX", async () => {
    const datagrams = await sent("--to", "10.0.0.9:1901");
    expect(new Set(datagrams.map(({ to }) => `${to.address}:${to.port}`))).toEqual(
      new Set(["10.0.0.9:1901"]),
    );
    expect(datagrams[0]!.text).not.toMatch(/^MX:/m);
  });

  test("--site searches the site-local group as well, --from-1900 from port 1900 as well", async () => {
    expect((await sent("--site")).map(({ to }) => to.address)).toContain("ff05::c");
    expect((await sent()).map(({ to }) => to.address)).not.toContain("ff05::c");
    expect((await sent("--from-1900")).map(({ from }) => from.port)).toContain(1900);
    expect((await sent()).map(({ from }) => from.port)).not.toContain(1900);
  });

  test("--as, --user-agent, --name, --uuid and --header are what it says of itself", async () => {
    const args = [
      "--user-agent",
      "Me/1",
      "--name",
      "It's me",
      "--uuid",
      "2f402f80-da50-11e1-9b23-001788255acc",
    ];
    const [two] = await sent(
      "--as",
      "2.0",
      ...args,
      "-e",
      "A.EXAMPLE.COM",
      "one",
      "--header",
      "B.EXAMPLE.COM: two",
    );
    expect(two!.text).toContain("\r\nUSER-AGENT: Me/1\r\n");
    expect(two!.text).toContain("\r\nCPFN.UPNP.ORG: It's me\r\n");
    expect(two!.text).toContain("\r\nCPUUID.UPNP.ORG: 2f402f80-da50-11e1-9b23-001788255acc\r\n");
    expect(two!.text).toContain("\r\nA.EXAMPLE.COM: one\r\nB.EXAMPLE.COM: two\r\n");
    expect((await sent("--as", "ietf"))[0]!.text).toContain('\r\nMan: "ssdp:discover"\r\n');
  });

  test("each distinct answer comes once, with --duplicates as often as it came", async () => {
    await using rig = new Rig();
    rig.answerWith(answer);
    await rig.run("ssdp", "search", "--format", "{address} {usn}", "--repeat", "3");
    expect(rig.io.out.trimEnd().split("\n")).toHaveLength(2);
    rig.io.out = "";
    await rig.run("ssdp", "search", "--format", "{address}", "--repeat", "3", "--duplicates");
    expect(rig.io.out.trimEnd().split("\n")).toHaveLength(6);
  });

  test("the usual output says who answered what", async () => {
    await using rig = new Rig();
    rig.answerWith(answer);
    expect(await rig.run("ssdp", "search", "--first")).toBe(0);
    expect(rig.io.out).toMatch(/^(10\.0\.0\.2|\[fe80::2\]):\d+ on eth0\/[46]\n {2}ST {8}urn:/);
    expect(rig.io.out).toContain(`\n  USN       ${answer.USN}\n  LOCATION  ${answer.LOCATION}\n`);
  });

  test("--raw prints the message as it was received", async () => {
    await using rig = new Rig();
    rig.answerWith(answer);
    expect(await rig.run("ssdp", "search", "--raw", "--first")).toBe(0);
    const [, ...lines] = rig.io.out.trimEnd().split("\n");
    expect(lines).toEqual([
      "HTTP/1.1 200 OK",
      ...Object.entries(answer).map(([name, value]) => `${name}: ${value}`),
    ]);
  });

  test("--count ends it, with 124 when fewer answered", async () => {
    await using rig = new Rig();
    rig.answerWith(answer);
    expect(await rig.run("ssdp", "search", "--count", "2", "-o", "60")).toBe(0);
    expect(rig.lan.now).toBeLessThan(10_000);
    expect(await rig.run("ssdp", "search", "--count", "3")).toBe(124);
  });

  test("Ctrl-C ends a standing search, with 0 when something answered", async () => {
    await using rig = new Rig();
    rig.answerWith(answer);
    const [end] = await rig.start(3000, "ssdp", "search", "--every", "10");
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
    expect(rig.io.left).toBe(0);
  });
});
