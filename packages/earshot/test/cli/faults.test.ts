import { describe, expect, test } from "vitest";
import { NetworkError } from "../../src/index.ts";
import { Rig } from "./support.ts";

const lamp = "urn:schemas-upnp-org:device:Lamp:1";
const links = ["eth0/4", "eth0/6"];

describe("F-20 a program that nothing can reach by the group", () => {
  test.each(["PORT_TAKEN", "PERMISSION_DENIED", "OUT_OF_FILES", "JOIN_FAILED", "BIND_FAILED"])(
    "and that does nothing but listen ends with one line and exit code 3: %s",
    async (code) => {
      for (const args of [["browse"], ["browse", "--json"], ["find", lamp]]) {
        await using rig = new Rig();
        rig.breakLinks(code, ...links);
        expect(await rig.run(...args, "--passive")).toBe(3);
        expect(rig.io.err).toBe(
          "earshot: nothing can be heard on eth0/4, eth0/6: cannot hear: it is broken\n",
        );
        expect(rig.io.out).toBe("");
        expect(rig.io.left).toBe(0);
      }
    },
  );

  test("is told with its cause, and each fault, with -v", async () => {
    await using rig = new Rig();
    rig.breakLinks("PORT_TAKEN", ...links);
    expect(await rig.run("browse", "--passive", "-v")).toBe(3);
    const lines = rig.io.err.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe("earshot: eth0/4: cannot hear: it is broken (PORT_TAKEN of the system)");
    expect(lines[2]).toMatch(/^earshot: nothing can be heard on .* \(PORT_TAKEN of the system\)$/);
  });

  test("where another program keeps the port to itself", async () => {
    await using rig = new Rig();
    rig.user.blockPort(1900);
    expect(await rig.run("browse", "--passive", "--protocol", "ssdp")).toBe(3);
    expect(rig.io.err).toMatch(/^earshot: nothing can be heard on [^\n]*port 1900[^\n]*\n$/);
  });

  test("F-19 where another program keeps the port of mDNS to itself", async () => {
    for (const words of ["browse --passive --protocol dns-sd", "mdns query nas --passive", "mdns monitor"]) {
      await using rig = new Rig();
      rig.breakPort(5353, "PORT_TAKEN", ...links);
      expect(await rig.run(...words.split(" "), "--for", "1")).toBe(3);
      expect(rig.io.err).toMatch(/^earshot: nothing can be heard on eth0\/4, eth0\/6: [^\n]*\n$/);
    }
  });

  test.each([
    [1900, "Office"],
    [5353, "Lamp/1.0"],
  ])("goes on where only the port %i is taken, and the other protocol is heard", async (port, name) => {
    await using rig = new Rig();
    rig.breakPort(port, "PORT_TAKEN", ...links);
    const [end] = await rig.start(500, "browse", "--passive", "--for", "5");
    await rig.announce("Lamp");
    await rig.offer();
    expect(await rig.lan.until(end!)).toBe(0);
    expect(rig.io.out).toContain(`+\t${name}\t`);
    expect(rig.io.err.trimEnd().split("\n")).toEqual([
      "earshot: eth0/4: cannot hear: it is broken",
      "earshot: eth0/6: cannot hear: it is broken",
    ]);
  });

  test("goes on where it is heard on one link at least", async () => {
    await using rig = new Rig();
    rig.breakLinks("PORT_TAKEN", "eth0/6");
    const [end] = await rig.start(500, "browse", "--passive");
    await rig.announce("Lamp");
    await rig.pass(1000);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(rig.io.err).toBe("earshot: eth0/6: cannot hear: it is broken\n");
  });
});

describe("what goes wrong on a link", () => {
  test.each(["browse --for 1", "find ssdp:all", "ssdp search"])(
    "is told once without -v when it lasts: %s",
    async (words) => {
      await using rig = new Rig();
      await rig.announce("Lamp");
      rig.breakLinks("PORT_TAKEN", ...links);
      expect(await rig.run(...words.split(" "))).toBe(0);
      expect(rig.io.err).toBe(
        "earshot: eth0/4: cannot hear: it is broken\nearshot: eth0/6: cannot hear: it is broken\n",
      );
    },
  );

  test("is not told again without -v, however often it comes", async () => {
    await using rig = new Rig();
    rig.breakLinks("OUT_OF_FILES", "eth0/4", "eth0/4", "eth0/4");
    expect(await rig.run("browse", "--for", "1")).toBe(1);
    expect(rig.io.err).toBe("earshot: eth0/4: cannot hear: it is broken\n");
  });

  test("is told only with -v when it passes, or is usual", async () => {
    for (const code of ["SEND_FAILED", "NO_MULTICAST_ROUTE", "LINK_GONE"]) {
      await using rig = new Rig();
      rig.breakLinks(code, ...links);
      expect(await rig.run("browse", "--passive", "--for", "1")).toBe(1);
      expect(rig.io.err).toBe("");
      expect(await rig.run("browse", "--passive", "--for", "1", "-v")).toBe(1);
      expect(rig.io.err).toContain(`earshot: eth0/4: cannot hear: it is broken (${code} of the system)\n`);
    }
  });

  test("names its link once, whether or not its words do", async () => {
    await using rig = new Rig();
    rig.breakLinks("PORT_TAKEN", "eth0/4");
    await rig.run("browse", "--for", "1", "-v");
    expect(rig.io.err).toMatch(/^earshot: eth0\/4: cannot hear[^/]*$/);
  });

  test.each(["ssdp serve x -t y --for 1", "advertise urn:x:service:y:1 -p 80 --for 1"])(
    "names the links where searches are not heard: %s",
    async (words) => {
      await using rig = new Rig();
      rig.breakLinks("PORT_TAKEN", "eth0/6");
      expect(await rig.run(...words.split(" "))).toBe(0);
      expect(rig.io.err).toBe(
        "earshot: eth0/6: cannot hear: it is broken\n" +
          "earshot: searches sent to the group are not heard, and not answered, on eth0/6\n",
      );
      expect(rig.io.out).toContain("announcing");
    },
  );
});

describe("a protocol that is not heard at all", () => {
  /** A network where nothing can be opened at one port. */
  function withoutPort(rig: Rig, port: number): void {
    const { user } = rig;
    const error = new NetworkError("NO_PERMISSION", `the port ${port} may not be opened`);
    const network = new Proxy(user, {
      get: (_, name) => {
        const value: unknown = Reflect.get(user, name, user);
        if (name === "open")
          return (...[binding, listener]: Parameters<typeof user.open>) =>
            binding.port === port
              ? { ready: Promise.reject(error), send: () => {}, close: () => Promise.resolve() }
              : user.open(binding, listener);
        return typeof value === "function" ? value.bind(user) : value;
      },
    });
    Object.defineProperty(rig.io, "network", { value: network });
  }

  test.each([
    [5353, "dns-sd", "Lamp/1.0"],
    [1900, "ssdp", "Office"],
  ])("without the port %i is told once, and the other goes on", async (port, protocol, name) => {
    await using rig = new Rig();
    withoutPort(rig, port);
    await rig.announce("Lamp");
    await rig.offer();
    expect(await rig.run("find", "--format", "{name}")).toBe(0);
    expect([...new Set(rig.io.out.trimEnd().split("\n"))]).toEqual([name]);
    expect(rig.io.err).toBe(`earshot: ${protocol} is not heard: the port ${port} may not be opened\n`);
  });
});
