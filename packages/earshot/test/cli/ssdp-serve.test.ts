import { describe, expect, test } from "vitest";
import { VERSION } from "../../src/index.ts";
import { Rig, textOf } from "./support.ts";

/** What a served USN announces on IPv4 until it is ended. */
async function announced(...args: string[]) {
  await using rig = new Rig();
  using capture = rig.lan.capture();
  const [end] = await rig.start(3000, "ssdp", "serve", ...args);
  rig.io.signal("SIGINT");
  expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
  expect(rig.io.err).toBe("");
  const sent = capture.datagrams
    .filter(({ to }) => to.address.includes("."))
    .map(({ bytes, to, hops }) => ({ text: textOf(bytes), to, hops }));
  const alive = sent.filter(({ text }) => text.includes("ssdp:alive"));
  return { sent, alive, first: alive[0]!, out: rig.io.out };
}

function header(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*)\r$`, "im").exec(text)?.[1];
}

/** A search to the group, with these headers besides the usual ones. */
function searchFrom(address: string, headers: readonly string[]) {
  const lines = ["M-SEARCH * HTTP/1.1", "HOST: 239.255.255.250:1900", 'MAN: "ssdp:discover"', ...headers];
  const bytes = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  return { from: { address, port: 5000 }, to: { address: "239.255.255.250", port: 1900 }, bytes };
}

describe("C03 every option of ssdpy-server has its equivalent", () => {
  test("F27 usn and -t --device-type: that NT under that USN, whatever they are", async () => {
    for (const flag of ["-t", "--type", "--device-type"]) {
      const { alive } = await announced("my-usn", flag, "my-type");
      expect(alive.length).toBeGreaterThanOrEqual(2);
      for (const { text } of alive) {
        expect(header(text, "NT")).toBe("my-type");
        expect(header(text, "USN")).toBe("my-usn");
      }
    }
  });

  test("the type follows from the USN when it is not given", async () => {
    const typeOf = async (usn: string, ...args: string[]) => {
      const { first } = await announced(usn, ...args);
      return [header(first.text, "NT"), header(first.text, "USN")];
    };
    expect(await typeOf("uuid:1::urn:x:device:Y:2")).toEqual([
      "urn:x:device:Y:2",
      "uuid:1::urn:x:device:Y:2",
    ]);
    expect(await typeOf("uuid:1")).toEqual(["upnp:rootdevice", "uuid:1::upnp:rootdevice"]);
    expect(await typeOf("uuid:1", "--type", "uuid:1")).toEqual(["uuid:1", "uuid:1"]);
    expect(await typeOf("my-usn")).toEqual(["upnp:rootdevice", "my-usn"]);
  });

  test("-l --location, --max-age, and our address in the location", async () => {
    const { first, out } = await announced("uuid:1", "-l", "http://{address}:80/", "--max-age", "77");
    expect(header(first.text, "LOCATION")).toBe("http://10.0.0.1:80/");
    expect(header(first.text, "CACHE-CONTROL")).toBe("max-age=77");
    expect(out).toMatch(/^announcing uuid:1::upnp:rootdevice on eth0\/4 10\.0\.0\.1, eth0\/6 fe80::1\n/);
    expect(header((await announced("uuid:1")).first.text, "LOCATION")).toBeUndefined();
  });

  test("-p --port is the port of the protocol", async () => {
    expect((await announced("uuid:1", "-p", "1901")).first.to.port).toBe(1901);
    expect((await announced("uuid:1", "--port", "1902")).first.to.port).toBe(1902);
  });

  test("F31 -e --extra-field NAME VALUE, as often as wanted", async () => {
    const { first } = await announced(
      ...["-e", "A.EXAMPLE.COM", "one", "uuid:1", "--extra-field", "B.EXAMPLE.COM", "-1"],
      ...["--header", "C.EXAMPLE.COM: three words here"],
    );
    expect(header(first.text, "A.EXAMPLE.COM")).toBe("one");
    expect(header(first.text, "B.EXAMPLE.COM")).toBe("-1");
    expect(header(first.text, "C.EXAMPLE.COM")).toBe("three words here");
  });

  test("-V --version", async () => {
    await using rig = new Rig();
    expect(await rig.run("ssdp", "serve", "-V")).toBe(0);
    expect(rig.io.out).toBe(`${VERSION}\n`);
  });
});

describe("earshot ssdp serve", () => {
  test("F30 --as chooses the dialect", async () => {
    const text = async (dialect: string) =>
      (await announced("uuid:1", "-l", "http://{address}/", "--as", dialect)).first.text;
    expect(header(await text("1.0"), "BOOTID.UPNP.ORG")).toBeUndefined();
    expect(header(await text("1.1"), "BOOTID.UPNP.ORG")).toMatch(/^\d+$/);
    expect(header(await text("2.0"), "SERVER")).toContain("UPnP/2.0");
    expect(header(await text("ietf"), "AL")).toBe("<http://10.0.0.1/>");
    const both = await text("both");
    expect([header(both, "AL"), header(both, "LOCATION")]).toEqual([
      "<http://10.0.0.1/>",
      "http://10.0.0.1/",
    ]);
  });

  test("--ttl, --server and --config-id", async () => {
    const { first } = await announced(
      "uuid:1",
      "--ttl",
      "4",
      "--server",
      "A/1 UPnP/1.1 B/2",
      "--config-id",
      "5",
    );
    expect(first.hops).toBe(4);
    expect(header(first.text, "SERVER")).toBe("A/1 UPnP/1.1 B/2");
    expect(header(first.text, "CONFIGID.UPNP.ORG")).toBe("5");
  });

  test("UD-012 --device announces the whole set of a root device", async () => {
    const type = "urn:schemas-upnp-org:device:MediaServer:1";
    const service = "urn:schemas-upnp-org:service:ContentDirectory:1";
    const args = ["--type", type, "--service", service, "--service", `${service.slice(0, -1)}2`];
    const { alive } = await announced("uuid:1", "--device", ...args, "-l", "http://{address}/");
    const targets = new Set(alive.map(({ text }) => header(text, "NT")));
    expect(targets).toEqual(
      new Set(["upnp:rootdevice", "uuid:1", type, "urn:schemas-upnp-org:service:ContentDirectory:2"]),
    );
  });

  test("--hidden announces nothing, and answers who asks for it", async () => {
    await using rig = new Rig();
    using capture = rig.lan.capture();
    const [end] = await rig.start(3000, "ssdp", "serve", "uuid:1", "--type", "urn:x:device:Y:1", "--hidden");
    expect(capture.datagrams).toEqual([]);
    const found = await rig.lan.until(rig.peer.find("urn:x:device:Y:1"));
    expect(found.map(({ usn }) => usn)).toEqual(["uuid:1::urn:x:device:Y:1"]);
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
  });

  test("UD-122 --site-ttl is the hop limit of the site-local group alone", async () => {
    for (const [args, hops] of [
      [[], 10],
      [["--site-ttl", "3"], 3],
    ] as const) {
      await using rig = new Rig();
      using capture = rig.lan.capture();
      const [end] = await rig.start(2000, "ssdp", "serve", "uuid:1", "--site", ...args);
      const sent = (group: string) =>
        new Set(capture.datagrams.filter(({ to }) => to.address === group).map((each) => each.hops));
      expect([sent("ff05::c"), sent("ff02::c")]).toEqual([new Set([hops]), new Set([2])]);
      rig.io.signal("SIGINT");
      await rig.lan.until(end!);
    }
  });

  test("quirk S39 --always-root answers with the root device who searches for something else", async () => {
    const answers = async (...args: string[]) => {
      await using rig = new Rig();
      const [end] = await rig.start(2000, "ssdp", "serve", "uuid:1", ...args);
      using capture = rig.lan.capture();
      rig.lan.inject(searchFrom("10.0.0.66", ["MX: 1", "ST: urn:x:device:Other:1"]));
      await rig.pass(3000);
      rig.io.signal("SIGINT");
      await rig.lan.until(end!);
      return capture.datagrams
        .filter(({ to }) => to.address === "10.0.0.66")
        .map(({ bytes }) => header(textOf(bytes), "ST"));
    };
    expect(await answers()).toEqual([]);
    expect(await answers("--always-root")).toEqual(["upnp:rootdevice"]);
  });

  test("UD-041 S-53 --answer-by-tcp answers over TCP who asks for it, and nobody does so without being told", async () => {
    const answers = async (...args: string[]) => {
      await using rig = new Rig();
      const other = rig.lan.addHost("other", { addresses: ["10.0.0.66/16"] });
      const received: string[] = [];
      const [link] = other.links;
      const { port } = await other.accept((bytes) => void received.push(textOf(bytes)), link!);
      const [end] = await rig.start(2000, "ssdp", "serve", "uuid:1", ...args);
      rig.lan.inject(searchFrom("10.0.0.66", ["MX: 1", "ST: ssdp:all", `TCPPORT.UPNP.ORG: ${port}`]));
      await rig.pass(3000);
      rig.io.signal("SIGINT");
      await rig.lan.until(end!);
      return received.map((text) => header(text, "USN"));
    };
    expect(await answers()).toEqual([]);
    expect(await answers("--answer-by-tcp")).toEqual(["uuid:1::upnp:rootdevice"]);
  });

  test("--lenient answers a search without MX, and is not lenient without being told", async () => {
    const answersTo = async (...args: string[]) => {
      await using rig = new Rig();
      const [end] = await rig.start(2000, "ssdp", "serve", "uuid:1", ...args);
      using capture = rig.lan.capture();
      const text =
        "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: ssdp:discover\r\nST: ssdp:all\r\n\r\n";
      rig.lan.inject({
        from: { address: "10.0.0.66", port: 5000 },
        to: { address: "239.255.255.250", port: 1900 },
        bytes: new TextEncoder().encode(text),
      });
      await rig.pass(6000);
      const answers = capture.datagrams.filter(({ to }) => to.port === 5000).length;
      rig.io.signal("SIGINT");
      await rig.lan.until(end!);
      return answers;
    };
    expect(await answersTo()).toBe(0);
    expect(await answersTo("--lenient")).toBe(1);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "F-30 %s says byebye within a second, prints goodbye, and ends with 0",
    async (signal) => {
      await using rig = new Rig();
      const [end] = await rig.start(3000, "ssdp", "serve", "uuid:1");
      using capture = rig.lan.capture();
      rig.io.signal(signal);
      expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
      const texts = capture.datagrams.map(({ bytes }) => textOf(bytes));
      expect(texts.length).toBeGreaterThanOrEqual(2);
      for (const text of texts) expect(header(text, "NTS")).toBe("ssdp:byebye");
      expect(rig.io.out.endsWith("goodbye\n")).toBe(true);
      expect(rig.io.left).toBe(0);
    },
  );

  test("F28 SIGUSR1, or the line notify, announces once more", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(5000, "ssdp", "serve", "uuid:1");
    using capture = rig.lan.capture();
    rig.io.signal("SIGUSR1");
    await rig.pass(100);
    expect(capture.datagrams).toHaveLength(2); // One in each family.
    rig.io.line("notify");
    rig.io.line("something else");
    await rig.pass(1000); // On demand it announces once a second at most.
    expect(capture.datagrams).toHaveLength(4);
    for (const { bytes } of capture.datagrams) expect(header(textOf(bytes), "NTS")).toBe("ssdp:alive");
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
  });

  test("F28 however often that is asked for, it says so once a second, and how often", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(5000, "ssdp", "serve", "uuid:1");
    for (let count = 0; count < 20_000; count++) rig.io.line("notify");
    await rig.pass(3000);
    rig.io.line("notify");
    await rig.pass(100);
    rig.io.line("notify");
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
    const lines = rig.io.out.split("\n").filter((line) => line.startsWith("announced once more"));
    expect(lines).toEqual([
      "announced once more",
      "announced once more (for 19999 requests)",
      "announced once more",
    ]);
    expect(rig.io.left).toBe(0);
  });

  test("--for ends it, with a goodbye", async () => {
    await using rig = new Rig();
    expect(await rig.run("ssdp", "serve", "uuid:1", "--for", "2")).toBe(0);
    expect(rig.io.out).toContain("goodbye");
  });
});

describe("earshot advertise", () => {
  test("announces a device with all that was said of it", async () => {
    await using rig = new Rig();
    const type = "urn:example-org:device:Site:1";
    const args = ["--name", "My site", "--port", "8080", "--path", "/about.xml", "--udn", "uuid:7"];
    const service = ["--service", "urn:example-org:service:Page:1", "-e", "X.EXAMPLE.COM", "hi"];
    const [end] = await rig.start(2000, "advertise", type, ...args, ...service);
    const found = await rig.lan.until(rig.peer.find("ssdp:all"));
    expect(found.map(({ usn }) => usn).sort()).toEqual([
      "uuid:7",
      "uuid:7::upnp:rootdevice",
      `uuid:7::${type}`,
      "uuid:7::urn:example-org:service:Page:1",
    ]);
    expect(found[0]).toMatchObject({ location: "http://10.0.0.1:8080/about.xml" });
    expect(found[0]!.headers.get("X.EXAMPLE.COM")).toBe("hi");
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(rig.io.out).toMatch(/^announcing urn:example-org:device:Site:1 on eth0\/4 10\.0\.0\.1/);
  });

  test("makes the same UDN of the same name", async () => {
    const udn = async () => {
      await using rig = new Rig();
      const [end] = await rig.start(
        1000,
        "advertise",
        "urn:x:device:Y:1",
        "--name",
        "a",
        "-l",
        "http://10.0.0.1/",
      );
      const [service] = await rig.lan.until(rig.peer.find("urn:x:device:Y:1"));
      rig.io.signal("SIGINT");
      await rig.lan.until(end!);
      return service?.udn;
    };
    expect(await udn()).toMatch(/^uuid:/);
    expect(await udn()).toBe(await udn());
  });
});

test("earshot demo announces a household, each with a device of its own, and says where to look", async () => {
  await using rig = new Rig();
  const [end] = await rig.start(3000, "demo");
  const roots = await rig.lan.until(rig.peer.find("upnp:rootdevice"));
  expect(roots).toHaveLength(5);
  expect(new Set(roots.map(({ udn }) => udn)).size).toBe(5);
  const gateways = await rig.lan.until(rig.peer.find("urn:schemas-upnp-org:service:WANIPConnection:1"));
  expect(gateways).toHaveLength(1);
  expect(rig.io.out).toContain("earshot browse --interface lo");
  rig.io.signal("SIGINT");
  expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
  expect(rig.io.out).toContain("goodbye");
});
