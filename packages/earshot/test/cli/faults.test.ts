import { describe, expect, test } from "vitest";
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
    expect(await rig.run("browse", "--passive")).toBe(3);
    expect(rig.io.err).toMatch(/^earshot: nothing can be heard on [^\n]*port 1900[^\n]*\n$/);
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
