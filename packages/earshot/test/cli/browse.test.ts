import { describe, expect, test } from "vitest";
import { Rig } from "./support.ts";

const lamp = "urn:schemas-upnp-org:device:Lamp:1";

describe("earshot browse in a pipe", () => {
  test("prints a line for each device that comes, changes and goes", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(1000, "browse");
    const advertisement = await rig.announce("Lamp");
    await rig.pass(2000);
    await rig.lan.until(advertisement.update({ server: "Test/1.0 UPnP/1.1 Torch/1.0" }));
    await rig.pass(2000);
    await rig.lan.until(advertisement.close());
    await rig.pass(1000);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    const lines = rig.io.out.trimEnd().split("\n");
    expect(lines[0]).toBe(`+\tLamp/1.0\tssdp\t${lamp}\t10.0.0.2\teth0\thttp://10.0.0.2:8080/description.xml`);
    expect(lines.at(-1)).toBe(
      `-\tTorch/1.0\tssdp\t${lamp}\t10.0.0.2\teth0\thttp://10.0.0.2:8080/description.xml\tgoodbye`,
    );
    expect(rig.io.err).toBe("");
  });

  test("an update of content is told with ~", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(500, "browse", "--passive");
    const headers = { NT: lamp, USN: `uuid:1::${lamp}`, LOCATION: "http://10.0.0.66/a" };
    rig.shout({ ...headers, "BOOTID.UPNP.ORG": "1" });
    await rig.pass(1000);
    rig.shout({ ...headers, LOCATION: "http://10.0.0.66/b", "BOOTID.UPNP.ORG": "1" });
    await rig.pass(1000);
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
    expect(rig.io.out.split("\n").map((line) => line[0])).toEqual(["+", "~", undefined]);
  });

  test("with --all prints a line for each advertisement", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    expect(await rig.run("browse", "--all", "--for", "3")).toBe(0);
    expect(rig.io.out.trimEnd().split("\n")).toHaveLength(3);
    expect(rig.io.out).toContain("upnp:rootdevice");
  });

  test("browses when no command is given, with its options", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    expect(await rig.run("--for", "3")).toBe(0);
    expect(rig.io.out).toContain("Lamp");
  });

  test("limits itself to the types that are named", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    await rig.announce("Horn");
    expect(await rig.run("browse", lamp, "--for", "3")).toBe(0);
    expect(rig.io.out).toContain("Lamp");
    expect(rig.io.out).not.toContain("Horn");
  });

  test("prints lines on a terminal that cannot move its cursor", async () => {
    await using rig = new Rig({ isTTY: true, env: { TERM: "dumb" } });
    await rig.announce("Lamp");
    expect(await rig.run("browse", "--for", "3")).toBe(0);
    expect(rig.io.out).toBe(
      `+\tLamp/1.0\tssdp\t${lamp}\t10.0.0.2\teth0\thttp://10.0.0.2:8080/description.xml\n`,
    );
  });

  test("with --passive sends nothing", async () => {
    await using rig = new Rig();
    using capture = rig.lan.capture();
    expect(await rig.run("browse", "--passive", "--for", "3")).toBe(1);
    expect(capture.datagrams).toEqual([]);
  });
});

describe("earshot browse --json", () => {
  test("prints one change per line, in the shape that is documented", async () => {
    await using rig = new Rig();
    const advertisement = await rig.announce("Lamp");
    const [end] = await rig.start(3000, "browse", "--json");
    await rig.lan.until(advertisement.close());
    await rig.pass(1000);
    rig.io.signal("SIGTERM");
    expect(await rig.lan.until(end!)).toBe(0);
    const changes = rig.io.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(changes.map(({ kind }) => kind)).toEqual(["found", "found", "found", "lost", "lost", "lost"]);
    const [first] = changes.filter(({ service }) => service.type === lamp);
    expect(first).toMatchObject({
      v: 1,
      kind: "found",
      time: expect.stringMatching(/^2030-01-01T00:00:\d\d\.\d{3}Z$/),
      service: {
        protocol: "ssdp",
        type: lamp,
        name: "Lamp/1.0",
        location: "http://10.0.0.2:8080/description.xml",
        addresses: expect.arrayContaining(["10.0.0.2"]),
        port: 8080,
        server: "Test/1.0 UPnP/1.1 Lamp/1.0",
        searchPort: null,
        headers: expect.objectContaining({ SERVER: "Test/1.0 UPnP/1.1 Lamp/1.0" }),
        sightings: expect.arrayContaining([
          expect.objectContaining({ link: "eth0/4", from: "10.0.0.2", heardAt: expect.stringMatching(/Z$/) }),
        ]),
      },
    });
    expect(first.service.usn).toBe(`${first.service.udn}::${lamp}`);
    expect(Object.keys(first)).toEqual(["v", "kind", "time", "service"]);
    expect(Object.keys(first.service)).toEqual([
      "protocol",
      "id",
      "name",
      "type",
      "usn",
      "udn",
      "location",
      "locations",
      "addresses",
      "port",
      "server",
      "bootId",
      "configId",
      "searchPort",
      "headers",
      "sightings",
    ]);
    expect(changes.at(-1).reason).toBe("goodbye");
  });

  test("with --ascii has nothing but ASCII, and means the same", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(500, "browse", "--json", "--ascii");
    rig.shout({ NT: lamp, USN: `uuid:1::${lamp}`, SERVER: "X/1 UPnP/1.1 電燈📺/1" });
    await rig.pass(1000);
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
    expect(rig.io.out).toMatch(/^[\n\x20-\x7e]+$/);
    expect(JSON.parse(rig.io.out.trim()).service.name).toBe("電燈📺/1");
  });
});

describe("earshot browse ends", () => {
  test("F-30 at Ctrl-C, with 0 when something was found and 1 when not, and listens to no second one", async () => {
    for (const [devices, code] of [
      [1, 0],
      [0, 1],
    ]) {
      await using rig = new Rig();
      if (devices) await rig.announce("Lamp");
      const [end] = await rig.start(3000, "browse");
      expect(rig.io.signal("SIGINT")).toBe(true);
      expect(rig.io.signal("SIGINT")).toBe(false);
      expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(code);
      expect(rig.io.left).toBe(0);
    }
  });

  test("at the first found, at so many found, and with 124 when time ends before", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    await rig.announce("Horn");
    expect(await rig.run("browse", "--first", "--json")).toBe(0);
    expect(rig.io.out.trimEnd().split("\n")).toHaveLength(1);
    expect(await rig.run("browse", "--count", "2")).toBe(0);
    expect(await rig.run("browse", "--count", "3", "--for", "5")).toBe(124);
    expect(await rig.run("browse", "--first", "--for", "1", "urn:x:device:None:1")).toBe(1);
  });

  test("after --for, and after --until-quiet without a change", async () => {
    await using rig = new Rig();
    const started = rig.lan.now;
    expect(await rig.run("browse", "--for", "2.5")).toBe(1);
    expect(rig.lan.now - started).toBe(2500);
    const again = rig.lan.now;
    const [end] = await rig.start(1500, "browse", "--until-quiet", "2");
    await rig.announce("Lamp");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(rig.lan.now - again).toBeGreaterThan(3500);
    expect(rig.lan.now - again).toBeLessThan(6000);
  });

  test("with 0 when nobody reads its output any more, and with 3 when it cannot be written", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(1000, "browse");
    rig.io.closeOutput();
    expect(await rig.lan.until(end!)).toBe(0);
    const [another] = await rig.start(1000, "browse");
    rig.io.closeOutput(new Error("no space left"));
    expect(await rig.lan.until(another!)).toBe(3);
    expect(rig.io.err).toBe("earshot: no space left\n");
  });
});
