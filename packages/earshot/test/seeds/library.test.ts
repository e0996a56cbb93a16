/** What users of the five founding projects look for in a library, one test at least for each of their features. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as entry from "../../src/index.ts";
import { planEars } from "../../src/node/ear-plan.ts";
import { platformOf } from "../../src/node/platform.ts";
import * as ssdp from "../../src/ssdp.ts";
import { Lan } from "../../src/testing.ts";
import { binding, link6At, linkAt } from "../node/support.ts";
import { msearch, Rig, V4 } from "../ssdp/rig.ts";
import { wireFormats } from "../ssdp/wire-formats.ts";
import { guest, household, MEDIA_SERVER, offer } from "../story/household.ts";

const { checkSearchTarget } = ssdp;
const { Earshot, NetworkError, TimeoutError, UsageError, VERSION } = entry;

describe("F01 one search in one call", () => {
  test("gives the answers, and says who asks though nobody said so", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    using capture = lan.capture();
    const answers: string[] = [];
    const loop = async () => {
      for await (const { usn } of laptop.search(MEDIA_SERVER, { mx: 1 })) answers.push(usn);
    };
    await lan.until(loop());
    expect(new Set(answers)).toEqual(new Set([`uuid:films::${MEDIA_SERVER}`]));
    const text = new TextDecoder().decode(capture.datagrams[0]?.bytes);
    expect(text).toContain(`\r\nUSER-AGENT: Lan/1.0 UPnP/1.1 earshot/${VERSION}\r\n`);
  });

  test("with wrong input it throws an error with a code, and nothing is left open", () => {
    const { laptop } = household();
    for (const [target, options] of [
      ["two words", {}],
      ["ssdp:all", { mx: 0 }],
      ["ssdp:all", { mx: 2.5 }],
      ["ssdp:all", { headers: { "NO DOMAIN": "x" } }],
      ["ssdp:all", { userAgent: "a\r\nB: c" }],
    ] as const)
      expect(() => laptop.search(target, options)).toThrow(UsageError);
    expect(laptop.users).toBe(0);
  });
});

describe("F07 what Simple Network Framework sends", () => {
  const bytesOf = (id: string) =>
    new TextEncoder().encode(String(wireFormats.find(({ name }) => name.startsWith(id))?.text));

  test("W01 its search is answered, with all that a root device has to say", () => {
    const rig = new Rig();
    rig.offer({ root: { type: "urn:x:device:Thing:1", udn: "uuid:thing" }, location: "http://{address}/" });
    rig.advance(5000);
    rig.forget();
    rig.hear([], { bytes: bytesOf("W01"), port: 49_999 });
    rig.advance(6000);
    expect(rig.sent.map(({ message }) => message.headers.get("ST")).sort()).toEqual(
      ["upnp:rootdevice", "uuid:thing", "urn:x:device:Thing:1"].sort(),
    );
    expect(rig.sent.every(({ to }) => to !== "group" && to.port === 49_999)).toBe(true);
  });

  test("W02 its answer is told to who searched, though its USN names no device and its ST no type", () => {
    const rig = new Rig();
    rig.search();
    rig.hear([], { bytes: bytesOf("W02"), socket: "own", to: "host" });
    const [answer] = rig.events.flatMap((event) => (event.kind === "answer" ? [event.answer] : []));
    expect(answer).toMatchObject({
      target: "ssdp:all",
      usn: "urn:schemas-upnp-org:service:SimpleNetworkFramework:1",
      location: "http://172.16.19.100",
    });
  });
});

describe("F08 oneself and one's neighbours on the same host", () => {
  test("two programs on one host find each other, though they share address and port", async () => {
    const { lan, laptop, laptopHost } = household();
    const neighbour = new Earshot({ network: laptopHost });
    await lan.until(neighbour.advertise(offer));
    expect(await lan.until(laptop.find(MEDIA_SERVER))).toHaveLength(1);
    expect((await lan.until(laptop.find(MEDIA_SERVER)))[0]?.addresses).toContain("10.0.0.2");
  });
});

describe("F09 F40 the local address that is told", () => {
  const twoAddresses = {
    ...V4,
    addresses: [...V4.addresses, { address: "10.9.0.1", prefixLength: 16 }],
  };

  test("is the one on the network of who asks, never one of the host's name", () => {
    const rig = new Rig({ links: [twoAddresses] });
    rig.offer({ bare: { target: "t:1", usn: "u" }, location: "http://{address}/" });
    rig.advance(5000);
    const toldTo = (address: string) => {
      rig.forget();
      rig.hear(msearch({ ST: "t:1" }), { address });
      rig.advance(5000);
      return rig.sent[0]?.message.headers.get("LOCATION");
    };
    expect(toldTo("192.168.1.77")).toBe("http://192.168.1.10/");
    expect(toldTo("10.9.3.3")).toBe("http://10.9.0.1/");
  });

  test("an interface that is not there is a typed error, and no other one is used instead", () => {
    const nowhere = new Earshot({ interfaces: ["no-such-interface0"] });
    expect(() => nowhere.browse()).toThrow(expect.objectContaining({ code: "UNKNOWN_INTERFACE" }));
    expect(nowhere.users).toBe(0);
  });
});

describe("F10 search targets", () => {
  const standard = [
    "ssdp:all",
    "upnp:rootdevice",
    "uuid:2fac1234-31f8-11b4-a222-08002b34c003",
    "urn:schemas-upnp-org:device:MediaServer:1",
    "urn:schemas-upnp-org:service:ContentDirectory:12",
  ];
  const foreign = ["usn:a:b:c:d", "urn:a:b:c:d", "UPNP:ROOTDEVICE", "uuid:", "foo:bar", "roku:ecp", "null"];

  test.each(standard)("%s is one, strictly and leniently", (target) => {
    expect(checkSearchTarget(target, true)).toBe(target);
    expect(checkSearchTarget(target)).toBe(target);
  });

  test.each(foreign)("%s is one leniently, and strictly it is refused", (target) => {
    if (target !== "uuid:") expect(checkSearchTarget(target)).toBe(target);
    expect(() => checkSearchTarget(target, true)).toThrow(UsageError);
  });

  test.each(["", " ", "two words", "a\r\nMX: 1", "é", "a".repeat(2000)])("%j is none at all", (target) => {
    for (const strict of [true, false]) expect(() => checkSearchTarget(target, strict)).toThrow(UsageError);
  });
});

describe("F11 MX", () => {
  test("is a whole number from 1 to 5, in UPnP 1.0 to 120", () => {
    const { laptop } = household();
    const isTaken = (mx: unknown, dialect: ssdp.Dialect): boolean => {
      try {
        void laptop.search("ssdp:all", { mx: mx as number, dialect, friendlyName: "x" }).close();
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        return false;
      }
    };
    for (const mx of [1, 2, 5])
      for (const dialect of ["1.0", "1.1", "2.0"] as const) expect(isTaken(mx, dialect)).toBe(true);
    for (const mx of [6, 120]) expect([isTaken(mx, "1.0"), isTaken(mx, "1.1")]).toEqual([true, false]);
    for (const mx of [0, -1, 121, 2.5, Number.NaN, "5"]) expect(isTaken(mx, "1.0")).toBe(false);
  });
});

describe("F13 errors", () => {
  test("say by their class whose fault it is, and by a stable code what happened", () => {
    const errors = [
      new UsageError("INVALID_OPTION", "a"),
      new NetworkError("NO_LINK", "b"),
      new TimeoutError("c"),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(error.code).toMatch(/^[A-Z_]+$/);
      expect(error.name).toBe(error.constructor.name);
    }
  });

  test("no datagram, whatever is in it, makes a promise reject or a loop end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), async (datagrams) => {
        const { lan, laptop } = household();
        const browser = laptop.browse();
        await lan.until(browser.ready);
        for (const bytes of datagrams)
          lan.inject({
            from: { address: "10.0.0.66", port: 1900 },
            to: { address: "239.255.255.250", port: 1900 },
            bytes,
          });
        lan.advance(1000);
        await lan.until(browser.close());
      }),
      { numRuns: 30 },
    );
  });
});

describe("F22 F23 a device as long as it lives", () => {
  test("F23 it announces itself anew before half of its lifetime, at instants that vary, and says goodbye for all", async () => {
    const { lan, server } = household();
    using capture = lan.capture();
    const advertised = await lan.until(server.advertise({ ...offer, maxAgeSeconds: 1000 }));
    lan.advance(10_000_000);
    const root = capture.datagrams.filter(({ bytes, to }) => {
      const text = new TextDecoder().decode(bytes);
      return (
        to.address === "239.255.255.250" &&
        /NT: upnp:rootdevice\r\n.*\r\n?NTS: ssdp:alive|NTS: ssdp:alive/s.test(text) &&
        text.includes("NT: upnp:rootdevice")
      );
    });
    const sets = root.map(({ at }) => at).filter((at, index, all) => at - (all[index - 1] ?? 0) > 5000);
    const gaps = sets.slice(1).map((at, index) => at - (sets[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(15);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(500_000);
    expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(10);
    const before = capture.datagrams.length;
    await lan.until(advertised.close());
    const goodbyes = capture.datagrams.slice(before).map(({ bytes }) => new TextDecoder().decode(bytes));
    const said = goodbyes.filter((text) => text.includes("ssdp:byebye"));
    expect(new Set(said.map((text) => /^USN: (.*)\r$/m.exec(text)?.[1])).size).toBe(4);
  });

  test("F22 what moves is known at its new place, and what is silent is forgotten", async () => {
    const { lan, laptop, server, serverHost } = household();
    const browser = laptop.browse("upnp:rootdevice");
    await lan.until(server.advertise({ ...offer, maxAgeSeconds: 100 }));
    lan.advance(1000);
    lan.weather.plug(serverHost, "eth0", ["10.0.5.5/16"]);
    lan.advance(30_000);
    const [moved] = [...browser.services.values()];
    expect(moved?.location).toBe("http://10.0.5.5:8200/description.xml");
    lan.weather.unplug(serverHost);
    lan.advance(120_000);
    expect([...browser.services.values()]).toEqual([]);
    await lan.until(browser.close());
  });
});

describe("F24 answers", () => {
  test("are delayed at random within MX by parts of a second, and an MX of a day is no longer than five seconds", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const rig = new Rig({ seed });
      rig.offer({ bare: { target: "t:1", usn: "u" } });
      rig.advance(5000);
      rig.forget();
      const asked = rig.now;
      rig.hear(msearch({ ST: "t:1", MX: "86400" }));
      rig.advance(10_000);
      return (rig.sent[0]?.at ?? Number.NaN) - asked;
    });
    expect(Math.max(...delays)).toBeLessThanOrEqual(5000);
    expect(new Set(delays.map(Math.floor)).size).toBe(8);
  });
});

describe("F33 what operating systems do differently", () => {
  test("stands in one table, so that every one of them hears every group on every link", () => {
    const links = [linkAt("eth0", "192.168.1.5"), linkAt("eth1", "10.0.0.5"), link6At("eth0", "fe80::5", 2)];
    for (const system of ["linux", "darwin", "win32", "freebsd", "android", "something new"]) {
      const heard = planEars(binding(), links, platformOf(system)).flatMap(({ groups, links: places }) =>
        groups.flatMap((group) => places.map(({ id }) => `${group} ${id}`)),
      );
      expect(heard.sort()).toEqual([
        "239.255.255.250 eth0/4",
        "239.255.255.250 eth1/4",
        "ff02::c eth0/6",
        "ff05::c eth0/6",
      ]);
    }
  });
});

describe("F34 IPv6 first class", () => {
  test("on a network without IPv4 a type of one's own with a location is found, by its link-local address", async () => {
    const lan = new Lan({ seed: 1 });
    const service = guest(lan, "service", { host: { addresses: ["fe80::10/64"] } });
    const client = guest(lan, "client", { host: { addresses: ["fe80::11/64"] } });
    using capture = lan.capture();
    const redfish = "urn:dmtf-org:service:redfish-rest:1";
    await lan.until(
      service.earshot.advertise({
        type: redfish,
        usn: `uuid:2f402f80-da50-11e1-9b23-001788255acc::${redfish}`,
        location: "https://{address}/redfish/v1/",
        headers: { "AL.DMTF.ORG": "redfish" },
      }),
    );
    const [found] = await lan.until(client.earshot.find(redfish));
    expect(found?.location).toBe("https://[fe80::10]/redfish/v1/");
    expect(found?.addresses).toEqual(["fe80::10"]);
    expect(found?.headers.get("AL.DMTF.ORG")).toBe("redfish");
    const texts = capture.datagrams.map(({ bytes }) => new TextDecoder().decode(bytes));
    const hosts = new Set(texts.map((text) => /^HOST: (.*)\r$/m.exec(text)?.[1]).filter(Boolean));
    expect(hosts).toEqual(new Set(["[FF02::C]:1900"]));
  });
});

describe("F26 F29 F30 F31 what a program imports", () => {
  test("F26 the convenient functions need no object", () => {
    const { advertise, browse, find, findOne, findPeers, servePeer } = entry;
    for (const convenient of [advertise, browse, find, findOne, findPeers, servePeer, ssdp.search])
      expect(convenient).toBeTypeOf("function");
  });

  test("F29 messages are written and read by pure functions, and no value can add a header", () => {
    const bytes = ssdp.encodeMessage("notify", [
      ["HOST", "239.255.255.250:1900"],
      ["NT", "a"],
    ]);
    expect(ssdp.parseMessage(bytes)).toMatchObject({ kind: "notify", violations: [] });
    expect(() => ssdp.encodeMessage("notify", [["NT", "a\r\nX: y"]])).toThrow(UsageError);
  });
});
