import { describe, expect, test } from "vitest";
import { NetworkError, UsageError } from "../../src/core/errors.ts";
import { household, ids, offer } from "./household.ts";
import { films, get, only, pass, V4_ONLY, xmlAt } from "./served.ts";

describe("F16 a registry of several", () => {
  test("F16 several advertisements in one Earshot: each its own server, max-age, location and documents", async () => {
    const { lan, server, laptop, laptopHost } = household({}, { server: V4_ONLY });
    await lan.until(server.advertise(films));
    const second = {
      ...films,
      udn: "uuid:music",
      name: "Music",
      server: "A/1 UPnP/1.1 B/2",
      maxAgeSeconds: 77,
    };
    const music = await lan.until(server.advertise(second));
    await lan.until(server.advertise({ ...offer, udn: "uuid:fixed" }));
    const roots = (await lan.until(laptop.find("upnp:rootdevice"))).sort((a, b) =>
      a.udn.localeCompare(b.udn),
    );
    expect(roots.map(({ udn, headers }) => [udn, headers.get("CACHE-CONTROL")])).toEqual([
      ["uuid:films", "max-age=1800"],
      ["uuid:fixed", "max-age=1800"],
      ["uuid:music", "max-age=77"],
    ]);
    const [first, fixed, other] = roots.map(({ location }) => location ?? "");
    expect(fixed).toBe("http://10.0.0.50:8200/description.xml");
    expect(await xmlAt(lan, laptopHost, first)).toContain("<friendlyName>Films<");
    expect(await xmlAt(lan, laptopHost, other)).toContain("<friendlyName>Music<");
    expect((await get(lan, laptopHost, other ?? "")).headers.get("server")).toBe("A/1 UPnP/1.1 B/2");
    await lan.until(music.close());
    expect((await get(lan, laptopHost, first ?? "")).status).toBe(200);
    await expect(get(lan, laptopHost, other ?? "")).rejects.toThrow(NetworkError);
    await lan.until(music.close()); // Known no more, and no error (the seed: KeyError).
  });

  test("F16 hidden: silent to everybody but who asks for it by name, and served all the same", async () => {
    const { lan, server, laptop, laptopHost } = household({}, { server: V4_ONLY });
    const browser = laptop.browse({ passive: true });
    await lan.until(server.advertise({ ...films, hidden: true }));
    await pass(lan, laptopHost, 5000);
    expect(ids(browser)).toEqual([]);
    await lan.until(browser.close());
    expect(await lan.until(laptop.find("ssdp:all"))).toEqual([]);
    const device = only(await lan.until(laptop.find(films.type)), films.type);
    expect(await xmlAt(lan, laptopHost, device.location)).toContain("uuid:films");
  });

  test("F17 W05 W06 alive is said twice at least, then byebye, for each entry and on each link", async () => {
    const { lan, server, laptop, laptopHost } = household({}, { server: V4_ONLY });
    const heard: string[] = [];
    const monitor = laptopHost.open(
      { port: 1900, hops: 1, groups: { 4: ["239.255.255.250"], 6: [] } },
      {
        datagram: ({ bytes }) => void heard.push(new TextDecoder().decode(bytes)),
        links: () => {},
        fault: () => {},
      },
    );
    const advertisement = await lan.until(server.advertise(films));
    await pass(lan, laptopHost, 3000);
    await lan.until(advertisement.close());
    await pass(lan, laptopHost, 1000);
    const nts = (kind: string, nt: string) =>
      heard.filter((text) => text.includes(`NTS: ssdp:${kind}\r\n`) && text.includes(`\r\nNT: ${nt}\r\n`))
        .length;
    for (const nt of ["upnp:rootdevice", "uuid:films", films.type, films.services[0]]) {
      expect(nts("alive", nt)).toBeGreaterThanOrEqual(2);
      expect(nts("byebye", nt)).toBeGreaterThanOrEqual(1);
    }
    await monitor.close();
    await lan.until(laptop.close());
  });

  test("F19 UD-008 the UUID of a described device is the same at every start", async () => {
    const { lan, serverHost } = household();
    const { udn: __, ...unnamed } = films;
    const udns: string[] = [];
    for (let start = 0; start < 2; start++) {
      const { Earshot } = await import("../../src/earshot.ts");
      const server = new Earshot({ network: serverHost });
      await lan.until(server.advertise(unnamed));
      udns.push(only(await lan.until(server.find("upnp:rootdevice"))).udn);
      await lan.until(server.close());
    }
    expect(udns[0]).toMatch(/^uuid:[0-9a-f-]{36}$/);
    expect(udns[1]).toBe(udns[0]);
  });
});

describe("UD-081 a description that changes", () => {
  test("is revoked, announced with another CONFIGID, and the new one is served", async () => {
    const { lan, server, laptop, laptopHost } = household({}, { server: V4_ONLY });
    const browser = laptop.browse("upnp:rootdevice");
    const advertisement = await lan.until(server.advertise(films));
    await pass(lan, laptopHost, 3000);
    const before = only(browser.services.values());
    const told: string[] = [];
    browser.on("lost", ({ reason }) => told.push(`lost ${reason}`));
    browser.on("found", ({ service }) => told.push(`found ${service.configId}`));
    await lan.until(advertisement.update({ description: { manufacturer: "New & better" } }));
    await pass(lan, laptopHost, 3000);
    const after = only(browser.services.values());
    expect(after.configId).not.toBe(before.configId);
    expect(told).toEqual(["lost goodbye", `found ${after.configId}`]);
    const xml = await xmlAt(lan, laptopHost, after.location);
    expect(xml).toContain("<manufacturer>New &amp; better</manufacturer>");
    expect(xml).toContain(`configId="${after.configId}"`);
  });

  test("UD-022 the same content has the same CONFIGID at every start; any other text, icon or file another", async () => {
    const contents = [
      {},
      { friendlyName: "x" },
      { files: { "/a": { contentType: "text/plain", body: "1" } } },
      { files: { "/a": { contentType: "text/plain", body: "2" } } },
      { files: { "/a": { contentType: "text/html", body: "2" } } },
      { icons: [{ mimeType: "image/png", width: 1, height: 1, depth: 1, data: new Uint8Array([1]) }] },
      { icons: [{ mimeType: "image/png", width: 1, height: 1, depth: 1, data: new Uint8Array([2]) }] },
      {},
    ];
    const seen: (number | undefined)[] = [];
    for (const description of contents) {
      const { lan, server, laptop } = household();
      await lan.until(server.advertise({ ...films, description }));
      seen.push(only(await lan.until(laptop.find())).configId);
    }
    expect(new Set(seen).size).toBe(contents.length - 1);
    expect(seen.at(-1)).toBe(seen[0]);
  });

  test("UD-022 a configId that the user chose stands in both", async () => {
    const { lan, server, laptop, laptopHost } = household();
    await lan.until(server.advertise({ ...films, configId: 1234 }));
    const device = only(await lan.until(laptop.find()));
    expect(device.configId).toBe(1234);
    expect(await xmlAt(lan, laptopHost, device.location)).toContain('configId="1234"');
  });

  test("F19 one that cannot be served at once rejects, and is served and announced as soon as it can be", async () => {
    const { lan, server, serverHost, laptop, laptopHost } = household({}, { server: V4_ONLY });
    const advertisement = await lan.until(server.advertise(films));
    const { listen } = serverHost;
    serverHost.listen = () => Promise.reject(new NetworkError("BIND_FAILED", "no"));
    const update = advertisement.update({ description: { manufacturer: "Later" } });
    await expect(lan.until(update)).rejects.toThrow(expect.objectContaining({ code: "BIND_FAILED" }));
    expect(await lan.until(laptop.find({ timeoutMs: 500 }))).toEqual([]);
    serverHost.listen = listen;
    await pass(lan, laptopHost, 3000);
    const device = only(await lan.until(laptop.find()));
    expect(await xmlAt(lan, laptopHost, device.location)).toContain("<manufacturer>Later<");
  });

  test("one that cannot be rejects, and changes nothing", async () => {
    const { lan, server, laptop, laptopHost } = household({}, { server: V4_ONLY });
    const advertisement = await lan.until(server.advertise(films));
    await expect(lan.until(advertisement.update({ description: { upc: "1" } }))).rejects.toThrow(UsageError);
    await expect(lan.until(advertisement.update({ port: 80 }))).rejects.toThrow(UsageError);
    const device = only(await lan.until(laptop.find()));
    expect(await xmlAt(lan, laptopHost, device.location)).toContain("ACME");
  });
});
