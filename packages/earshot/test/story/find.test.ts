import { describe, expect, test } from "vitest";
import { Earshot, NetworkError, TimeoutError, UsageError } from "../../src/index.ts";
import { diary, FILMS, guest, household, ids, MEDIA_SERVER, offer } from "./household.ts";

describe("finding", () => {
  test("what one host advertises another finds, with all there is to know", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    const found = await lan.until(laptop.find(MEDIA_SERVER));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      protocol: "ssdp",
      type: MEDIA_SERVER,
      usn: `uuid:films::${MEDIA_SERVER}`,
      udn: "uuid:films",
      location: expect.stringMatching(/^http:\/\/10\..*:8200\/description\.xml$/),
      port: 8200,
      server: expect.stringMatching(/^Lan\/1\.0 UPnP\/1\.1 earshot\//),
    });
    expect(found[0]?.sightings.map(({ link }) => link).sort()).toEqual(["eth0/4", "eth0/6"]);
  });

  test("find without a type finds everything; several types find each", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    expect((await lan.until(laptop.find())).map(({ id }) => id).sort()).toEqual(FILMS);
    const two = await lan.until(laptop.find([MEDIA_SERVER, "upnp:rootdevice"]));
    expect(two.map(({ type }) => type).sort()).toEqual(["upnp:rootdevice", MEDIA_SERVER].sort());
  });

  test("an older version of a type finds the newer device", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    const found = await lan.until(laptop.find("urn:schemas-upnp-org:device:MediaServer:1"));
    expect(found.map(({ udn }) => udn)).toEqual(["uuid:films"]);
  });

  test("find takes its window and no longer, and less when until holds", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    const start = lan.now;
    await lan.until(laptop.find("urn:x:device:Nothing:1", { timeoutMs: 1234 }));
    expect(lan.now - start).toBe(1234);
    const second = lan.now;
    await lan.until(laptop.find({ until: (services) => services.length >= 2 }));
    expect(lan.now - second).toBeLessThan(3000);
  });

  test("findOne gives the first match, where decides, and rejects with TimeoutError when there is none", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    const one = await lan.until(
      laptop.findOne("ssdp:all", { where: (service) => service.type === MEDIA_SERVER }),
    );
    expect(one.usn).toBe(`uuid:films::${MEDIA_SERVER}`);
    const none = laptop.findOne("urn:x:device:Nothing:1", { timeoutMs: 100 });
    await expect(lan.until(none)).rejects.toThrow(TimeoutError);
  });

  test("a findOne that is the last user of a presence that closes when idle still ends as it should", async () => {
    const { lan, laptopHost } = household();
    const idle = new Earshot({ network: laptopHost, onIdle: () => void idle.close() });
    await expect(lan.until(idle.findOne({ timeoutMs: 100 }))).rejects.toThrow(TimeoutError);
    expect(idle.users).toBe(0);
  });

  test("an advertisement is found in its own program, by the same Earshot", async () => {
    const { lan, server } = household();
    await lan.until(server.advertise(offer));
    expect(await lan.until(server.find(MEDIA_SERVER))).toHaveLength(1);
  });

  test("G-01 nothing is sent by browsing passively, and announcements are heard all the same", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse({ passive: true });
    await lan.until(browser.ready);
    lan.advance(60_000);
    expect(lan.stats).toMatchObject({ sent: 0 });
    await lan.until(server.advertise(offer));
    lan.advance(1000);
    expect(ids(browser)).toEqual(FILMS);
  });
});

describe("browsing", () => {
  test("found at the announcement, lost at the goodbye; a loop gets both and ends when the browser closes", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse("upnp:rootdevice");
    const seen: string[] = [];
    const loop = (async () => {
      for await (const { kind, service } of browser) seen.push(`${kind} ${service.id}`);
    })();
    const films = await lan.until(server.advertise(offer));
    lan.advance(500);
    await lan.until(films.close());
    lan.advance(500);
    await lan.until(browser.close());
    await lan.until(loop);
    expect(seen).toEqual(["found uuid:films::upnp:rootdevice", "lost uuid:films::upnp:rootdevice"]);
  });

  test("F06 each loop begins with what is already known", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse();
    await lan.until(server.advertise(offer));
    lan.advance(1000);
    const first: string[] = [];
    await lan.until(
      (async () => {
        for await (const { service } of browser) if (first.push(service.id) === FILMS.length) break;
      })(),
    );
    expect(first.sort()).toEqual(FILMS);
  });

  test("what where did not let in is let in when more is known of it", async () => {
    const { lan, server, laptop, serverHost } = household({}, { server: { addresses: ["fe80::1/64"] } });
    const browser = laptop.browse("upnp:rootdevice", {
      where: ({ addresses }) => addresses.includes("10.0.0.1"),
    });
    const lines = diary(browser);
    await lan.until(server.advertise(offer));
    lan.advance(2000);
    expect(lines).toEqual([]);
    lan.weather.plug(serverHost, "eth0", ["10.0.0.1/16", "fe80::1/64"]);
    lan.advance(5000);
    expect(lines[0]).toBe("found uuid:films::upnp:rootdevice");
  });

  test("two browsers on one Earshot share one search; who joins it later has it made anew", async () => {
    const { lan, laptop } = household();
    const one = laptop.browse();
    await lan.until(one.ready);
    lan.advance(2000);
    const before = lan.stats.sent;
    const two = laptop.browse();
    lan.advance(10_000);
    expect(lan.stats.sent).toBe(before);
    const three = laptop.browse();
    lan.advance(2000);
    expect(lan.stats.sent).toBe(2 * before);
    await lan.until(Promise.all([one, two, three].map((browser) => browser.close())));
    lan.advance(10_000_000);
    expect(lan.stats.sent).toBe(2 * before);
  });

  test("aborting the signal ends a loop quietly and a find with the signal's reason", async () => {
    const { lan, laptop } = household();
    const abort = new AbortController();
    const loop = (async () => {
      for await (const _ of laptop.browse({ signal: abort.signal }));
      return "ended";
    })();
    const refused = expect(lan.until(laptop.find({ signal: abort.signal }))).rejects.toThrow("enough");
    await Promise.resolve();
    abort.abort(new Error("enough"));
    expect(await lan.until(loop)).toBe("ended");
    await refused;
  });

  test("J-21 a long-lived signal keeps no listener of what has ended", async () => {
    const { lan, laptop } = household();
    const listeners = new Set<unknown>();
    const signal = {
      aborted: false,
      reason: undefined,
      addEventListener: (_: string, listener: unknown) => listeners.add(listener),
      removeEventListener: (_: string, listener: unknown) => listeners.delete(listener),
      throwIfAborted: () => {},
    } as unknown as AbortSignal;
    for (let i = 0; i < 20; i++) await lan.until(laptop.find({ signal, timeoutMs: 10 }));
    await lan.until(laptop.browse({ signal }).close());
    await lan.until(laptop.search("ssdp:all", { signal }).close());
    expect(listeners.size).toBe(0);
  });

  test("a listener that throws keeps nothing from the others, and is reported", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse();
    const forget = browser.on("found", () => {
      forget();
      throw new Error("a bug in a listener");
    });
    const lines = diary(browser);
    await lan.until(server.advertise(offer));
    expect(() => lan.advance(1000)).toThrow(/a bug in a listener/);
    lan.advance(1000);
    expect(lines.sort()).toEqual(FILMS.map((id) => `found ${id}`));
  });
});

describe("advertising", () => {
  test("F16 F28 update says goodbye to the old and announces the new; notify announces once more", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse("upnp:rootdevice");
    const lines = diary(browser);
    const films = await lan.until(server.advertise(offer));
    lan.advance(2000);
    await lan.until(films.update({ port: 9000 }));
    lan.advance(2000);
    expect(lines).toEqual([
      "found uuid:films::upnp:rootdevice",
      "lost uuid:films::upnp:rootdevice goodbye",
      "found uuid:films::upnp:rootdevice",
    ]);
    expect([...browser.services.values()][0]?.port).toBe(9000);
    const before = lan.stats.sent;
    films.notify();
    lan.advance(0);
    expect(lan.stats.sent - before).toBe(2 * FILMS.length);
  });

  test("an update that cannot be leaves everything as it was", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse();
    const films = await lan.until(server.advertise(offer));
    lan.advance(2000);
    const lines = diary(browser);
    await expect(lan.until(films.update({ maxAgeSeconds: -1 }))).rejects.toThrow(UsageError);
    lan.advance(2000);
    expect([lines, ids(browser)]).toEqual([[], FILMS]);
  });

  test("UD-008 F16 F19 the default UDN is a UUID that is the same at every start, and another for another name", async () => {
    const { lan, server, laptop } = household();
    const anonymous = { type: MEDIA_SERVER, port: 80 };
    const udns: string[] = [];
    for (const name of ["a", "a", "b"]) {
      const advertisement = await lan.until(server.advertise({ ...anonymous, name }));
      udns.push((await lan.until(laptop.findOne("upnp:rootdevice"))).udn);
      await lan.until(advertisement.close());
      lan.advance(2000);
    }
    expect(udns[0]).toMatch(/^uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect([udns[1] === udns[0], udns[2] === udns[0]]).toEqual([true, false]);
  });

  test("F-30 closing an Earshot says every goodbye within a second, and ends every loop", async () => {
    const { lan, server, laptop } = household();
    const lines = diary(laptop.browse("upnp:rootdevice"));
    await lan.until(server.advertise(offer));
    await lan.until(server.advertise({ ...offer, udn: "uuid:music" }));
    const loop = (async () => {
      for await (const _ of server.browse());
    })();
    lan.advance(1000);
    const start = lan.now;
    await lan.until(server.close());
    expect(lan.now - start).toBeLessThanOrEqual(1000);
    await lan.until(loop);
    lan.advance(100);
    expect(lines.filter((line) => line.startsWith("lost")).sort()).toEqual([
      "lost uuid:films::upnp:rootdevice goodbye",
      "lost uuid:music::upnp:rootdevice goodbye",
    ]);
    expect(server.users).toBe(0);
    lan.advance(10_000_000);
  });

  test("await using works on a simulated network as anywhere: the goodbye is said before the block is left", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse("upnp:rootdevice");
    const lines = diary(browser);
    {
      await using _films = await lan.until(server.advertise(offer));
      lan.advance(1000);
    }
    lan.advance(10);
    expect(lines).toEqual(["found uuid:films::upnp:rootdevice", "lost uuid:films::upnp:rootdevice goodbye"]);
  });

  test("closing what runs on a crashed host waits for nothing that cannot come", async () => {
    const { lan, server, serverHost } = household();
    await lan.until(server.advertise(offer));
    lan.weather.crash(serverHost);
    await server.close();
  });

  test("closing twice is closing once; a closed Earshot refuses to be used", async () => {
    const { lan, server } = household();
    const films = await lan.until(server.advertise(offer));
    await lan.until(Promise.all([films.close(), films.close(), server.close(), server.close()]));
    expect(() => server.browse()).toThrow(expect.objectContaining({ code: "CLOSED" }));
    await expect(films.update({ port: 1 })).rejects.toThrow(expect.objectContaining({ code: "CLOSED" }));
  });
});

describe("searching in SSDP's own words", () => {
  test("F25 C02 every answer comes with the responder's address, and the loop ends by itself", async () => {
    const { lan, server, laptop } = household({}, { laptop: { addresses: ["10.0.9.9/16"] } });
    await lan.until(server.advertise(offer));
    const search = laptop.search("ssdp:all", { mx: 1, repeats: 1 });
    const answers = await lan.until(
      (async () => {
        const all = [];
        for await (const answer of search) all.push(answer);
        return all;
      })(),
    );
    expect(answers.map(({ usn }) => usn).sort()).toEqual(FILMS);
    for (const answer of answers) {
      expect(answer).toMatchObject({ from: "10.0.0.1", port: 1900, link: "eth0/4", violations: [] });
      expect(answer.headers.get("EXT")).toBe("");
    }
  });

  test("UD-045 one host is searched by unicast", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    guest(lan, "bystander");
    const search = laptop.search("upnp:rootdevice", { to: "10.0.0.1", repeats: 1 });
    await lan.until(search.ready);
    const [first] = await lan.until(
      (async () => {
        const all = [];
        for await (const answer of search) all.push(answer);
        return all;
      })(),
    );
    expect(first?.from).toBe("10.0.0.1");
  });
});

describe("whose fault it is", () => {
  test("a host on no link of ours is searched in vain, and that is said", async () => {
    const { lan, laptop } = household();
    const search = laptop.search("ssdp:all", { to: "203.0.113.9" });
    await expect(lan.until(search.ready)).rejects.toMatchObject({ code: "OFF_LINK" });
    await lan.until(search.close());
    expect(laptop.users).toBe(0);
  });

  test.each([
    ["a type of no protocol", "printer", "UNKNOWN_TYPE"],
    ["a type with a blank", "urn:a b", "INVALID_SEARCH_TARGET"],
  ])("%s is the caller's", (_, type, code) => {
    const { laptop } = household();
    expect(() => laptop.browse(type)).toThrow(expect.objectContaining({ code }));
    expect(laptop.users).toBe(0);
  });

  test.each([
    ["MX 0", { mx: 0 }],
    ["MX 6", { mx: 6 }],
    ["half an MX", { mx: 1.5 }],
    ["no host", { to: "router.lan" }],
    ["an address with a zone", { to: "fe80::2%eth0" }],
    ["port 0", { port: 0 }],
    ["broadcast without the option", { broadcast: true }],
    ["two destinations", { broadcast: true, to: "10.0.0.1" }],
    ["eleven copies", { repeats: 11 }],
    ["a USER-AGENT with a line break", { userAgent: "a\r\nST: b" }],
    ["a vendor header with a line break", { headers: { "X.EXAMPLE.COM": "a\nb" } }],
    ["a name that no header may have", { friendlyName: "\u0000", dialect: "2.0" as const }],
  ])("F11 %s is the caller's", (_, options) => {
    const { laptop } = household();
    expect(() => laptop.search("ssdp:all", options)).toThrow(UsageError);
    expect(laptop.users).toBe(0);
  });

  test("F11 UDA 1.0 allows an MX of 120", async () => {
    const { lan, laptop } = household();
    await lan.until(laptop.search("ssdp:all", { mx: 120, dialect: "1.0" }).close());
  });

  test("no usable interface is the network's: browse, find and advertise reject, and hold nothing", async () => {
    const { lan, laptop } = household({}, { laptop: { interfaces: [] } });
    const browser = laptop.browse();
    await expect(lan.until(browser.ready)).rejects.toThrow(NetworkError);
    await lan.until(browser.close());
    await expect(lan.until(laptop.find())).rejects.toMatchObject({ code: "NO_USABLE_INTERFACE" });
    await expect(lan.until(laptop.advertise(offer))).rejects.toThrow(NetworkError);
    expect(laptop.users).toBe(0);
  });
});
