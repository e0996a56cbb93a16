import { describe, expect, test } from "vitest";
import { NetworkError, UsageError } from "../../src/core/errors.ts";
import type { Service } from "../../src/discovery/service.ts";
import type { HttpResponse } from "../../src/network/http.ts";
import type { Fault } from "../../src/network/network.ts";
import { type Host, Lan } from "../../src/testing/index.ts";
import { guest, household, ids, offer } from "./household.ts";

const { port: _, ...films } = { ...offer, description: { manufacturer: "ACME" } };
const V4_ONLY = { addresses: ["10.0.0.50/16"] };

/** Fetches as a control point does: by the link on which the LOCATION was heard. */
function get(lan: Lan, host: Host, url: string, method = "GET"): Promise<HttpResponse> {
  const family = url.includes("[") ? 6 : 4;
  const link = host.links.find((one) => one.family === family);
  if (!link) throw new Error("no link of this family");
  return lan.until(host.http.request({ method, url, link }));
}

async function xmlAt(lan: Lan, host: Host, url: string | undefined): Promise<string> {
  const { status, body } = await get(lan, host, url ?? "");
  expect(status).toBe(200);
  return new TextDecoder().decode(body);
}

/** Lets time pass as on a real network, where promises settle meanwhile. */
function pass(lan: Lan, host: Host, ms: number): Promise<void> {
  return lan.until(new Promise<void>((resolve) => void host.clock.at(host.clock.now() + ms, resolve)));
}

const only = (services: Iterable<Service>, type = "upnp:rootdevice"): Service => {
  const found = [...services].filter((service) => service.type === type);
  expect(found).toHaveLength(1);
  return found[0] as Service;
};

function locations(service: Service): (string | undefined)[] {
  return service.locations.map(({ url }) => url).sort();
}

describe("a device that we describe", () => {
  test("F18 UD-014 UD-022 UC-02 UC-04 is found, fetched and read; UDN and configId are those of the announcements", async () => {
    const { lan, server, laptop, laptopHost } = household();
    await lan.until(server.advertise(films));
    const device = only(await lan.until(laptop.find()));
    const xml = await xmlAt(lan, laptopHost, device.location);
    expect(xml).toContain("<UDN>uuid:films</UDN>");
    expect(xml).toContain(`<deviceType>${films.type}</deviceType>`);
    expect(xml).toContain("<friendlyName>Films</friendlyName>");
    expect(xml).toContain("<manufacturer>ACME</manufacturer>");
    expect(device.udn).toBe("uuid:films");
    expect(xml).toContain(`configId="${device.configId}"`);
  });

  test("UC-03 UC-05 the SCPD of each service is there, and says of which configId", async () => {
    const { lan, server, laptop, laptopHost } = household();
    await lan.until(server.advertise(films));
    const device = only(await lan.until(laptop.find()));
    const scpd = await xmlAt(lan, laptopHost, new URL("/ContentDirectory/scpd.xml", device.location).href);
    expect(scpd).toMatch(/<scpd xmlns="urn:schemas-upnp-org:service-1-0" configId="\d+">/);
  });

  test("UD-018 UD-079 by each link under the address and port that serve there, and each works", async () => {
    const { lan, server, laptop, laptopHost } = household();
    await lan.until(server.advertise(films));
    const device = only(await lan.until(laptop.find()));
    const urls = locations(device);
    expect(urls.map((url) => url?.replace(/:\d+\/d/, ":PORT/d"))).toEqual([
      "http://10.0.0.1:PORT/description.xml",
      "http://[fe80::1]:PORT/description.xml",
    ]);
    const texts = await Promise.all(urls.map((url) => xmlAt(lan, laptopHost, url)));
    expect(texts[0]).toBe(texts[1]);
    const [v4, v6] = urls.map((url) => new URL(url as string).port);
    expect(v4).not.toBe(v6);
  });

  test("F18 can be fetched as soon as advertise resolves, before its first announcement is out", async () => {
    const { lan, server, serverHost, laptop, laptopHost } = household({}, { server: V4_ONLY });
    const ports: number[] = [];
    const listen = serverHost.listen.bind(serverHost);
    serverHost.listen = async (handler, link) => {
      const listening = await listen(handler, link);
      ports.push(listening.port);
      return listening;
    };
    const browser = laptop.browse({ passive: true });
    await lan.until(server.advertise(films));
    const url = `http://10.0.0.50:${ports[0]}/description.xml`;
    const xml = await xmlAt(lan, laptopHost, url);
    expect([xml.includes("uuid:films"), ids(browser)]).toEqual([true, []]);
    await pass(lan, laptopHost, 200);
    expect(only(browser.services.values()).location).toBe(url);
  });

  test("is served no more once it is closed, and until its goodbye is said", async () => {
    const { lan, server, laptop, laptopHost } = household({}, { server: V4_ONLY });
    const advertisement = await lan.until(server.advertise(films));
    const browser = laptop.browse();
    await pass(lan, laptopHost, 3000);
    const url = only(browser.services.values()).location ?? "";
    const statuses: (number | string)[] = [];
    browser.on("lost", () => {
      const link = laptopHost.links.find(({ family }) => family === 4);
      if (!link || statuses.length > 0) return;
      statuses.push("asked");
      laptopHost.http.request({ method: "GET", url, link }).then(
        ({ status }) => statuses.push(status),
        (error: NetworkError) => statuses.push(error.code),
      );
    });
    await lan.until(advertisement.close());
    await pass(lan, laptopHost, 1000);
    expect(statuses).toEqual(["asked", 200]);
    await expect(get(lan, laptopHost, url)).rejects.toThrow(
      expect.objectContaining({ code: "CONNECT_FAILED" }),
    );
    expect([ids(browser), server.users]).toEqual([[], 0]);
  });

  test("UC-47 S-22 it is read-only: HEAD is answered, a wrong path is 404, a wrong method 405", async () => {
    const { lan, server, laptop, laptopHost } = household({}, { server: V4_ONLY });
    await lan.until(server.advertise(films));
    const url = only(await lan.until(laptop.find())).location ?? "";
    const head = await get(lan, laptopHost, url, "HEAD");
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect((await get(lan, laptopHost, `${url}x`)).status).toBe(404);
    const post = await get(lan, laptopHost, url, "POST");
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    const control = new URL("/ContentDirectory/control", url).href;
    expect((await get(lan, laptopHost, control, "POST")).status).toBe(501);
  });
});

describe("links and addresses", () => {
  test("F-02 F19 UD-003 a changed address is served, and announced under it within 5 s, with a higher BOOTID", async () => {
    const { lan, server, serverHost, laptop, laptopHost } = household({}, { server: V4_ONLY });
    const browser = laptop.browse("upnp:rootdevice");
    await lan.until(server.advertise(films));
    await pass(lan, laptopHost, 5000);
    const before = only(browser.services.values());
    lan.weather.plug(serverHost, "eth0", ["10.0.0.77/16"]);
    await pass(lan, laptopHost, 5000);
    const after = only(browser.services.values());
    expect(after.location).toMatch(/^http:\/\/10\.0\.0\.77:\d+\/description\.xml$/);
    expect(after.bootId).toBeGreaterThan(before.bootId ?? 0);
    expect(after.configId).toBe(before.configId);
    expect(await xmlAt(lan, laptopHost, after.location)).toContain("uuid:films");
    await expect(get(lan, laptopHost, before.location ?? "")).rejects.toThrow(NetworkError);
  });

  test("F19 a host without a link says so; with one its device is served and announced, and so when it is unplugged and back", async () => {
    const { lan, server, serverHost, laptop, laptopHost } = household({}, { server: V4_ONLY });
    lan.weather.unplug(serverHost);
    await expect(lan.until(server.advertise(films))).rejects.toThrow(NetworkError);
    lan.weather.plug(serverHost);
    await lan.until(server.advertise(films));
    lan.weather.unplug(serverHost);
    await pass(lan, laptopHost, 60_000);
    lan.weather.plug(serverHost);
    await pass(lan, laptopHost, 3000);
    const device = only(await lan.until(laptop.find()));
    expect(await xmlAt(lan, laptopHost, device.location)).toContain("uuid:films");
  });

  test("F-14 on two segments each hears the address and port of its own, and can fetch there", async () => {
    const lan = new Lan({ seed: 3 });
    const interfaces = [
      { name: "eth0", addresses: ["10.1.0.1/16"], segment: "one" },
      { name: "eth1", addresses: ["10.2.0.1/16"], segment: "two" },
    ];
    const server = guest(lan, "server", { host: { interfaces } });
    await lan.until(server.earshot.advertise(films));
    const seen: (string | undefined)[] = [];
    for (const [segment, address] of [
      ["one", "10.1.0.2/16"],
      ["two", "10.2.0.2/16"],
    ] as const) {
      const near = guest(lan, segment, {
        host: { interfaces: [{ name: "eth0", addresses: [address], segment }] },
      });
      const device = only(await lan.until(near.earshot.find()));
      expect(await xmlAt(lan, near.host, device.location)).toContain("uuid:films");
      seen.push(device.location);
    }
    expect(seen.map((url) => new URL(url ?? "").hostname)).toEqual(["10.1.0.1", "10.2.0.1"]);
    expect(new Set(seen.map((url) => new URL(url ?? "").port)).size).toBe(2);
  });

  test("a link where nothing can be served is a fault, and the device is not announced there, nor answers there", async () => {
    const faults: Fault[] = [];
    const lan = new Lan({ seed: 42 });
    const laptop = guest(lan, "laptop");
    const server = guest(lan, "server", { onFault: (fault) => void faults.push(fault) });
    const { host } = server;
    const listen = host.listen.bind(host);
    host.listen = (handler, link) =>
      link.family === 4 ? Promise.reject(new NetworkError("BIND_FAILED", "no")) : listen(handler, link);
    await lan.until(server.earshot.advertise(films));
    const device = only(await lan.until(laptop.earshot.find()));
    expect(device.sightings.map(({ link }) => link)).toEqual(["eth0/6"]);
    expect(locations(device)).toEqual([expect.stringContaining("[fe80::")]);
    expect(faults.map(({ link, error }) => [link, error.code])).toEqual([["eth0/4", "BIND_FAILED"]]);
  });

  test("where nothing can be served on any link, advertise rejects, and leaves nothing behind", async () => {
    const { lan, server, serverHost, laptop } = household();
    serverHost.listen = () => Promise.reject(new NetworkError("BIND_FAILED", "no"));
    await expect(lan.until(server.advertise(films))).rejects.toThrow(
      expect.objectContaining({ code: "BIND_FAILED" }),
    );
    expect([server.users, await lan.until(laptop.find())]).toEqual([0, []]);
  });
});

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

  test("one that cannot be rejects, and changes nothing", async () => {
    const { lan, server, laptop, laptopHost } = household({}, { server: V4_ONLY });
    const advertisement = await lan.until(server.advertise(films));
    await expect(lan.until(advertisement.update({ description: { upc: "1" } }))).rejects.toThrow(UsageError);
    await expect(lan.until(advertisement.update({ port: 80 }))).rejects.toThrow(UsageError);
    const device = only(await lan.until(laptop.find()));
    expect(await xmlAt(lan, laptopHost, device.location)).toContain("ACME");
  });
});

test.each([
  ["a bare entry", { type: "urn:x:service:Chat:1", description: {} }],
  ["an entry under a USN", { type: films.type, usn: "uuid:1::x", description: {} }],
  ["a port", { ...films, port: 80 }],
  ["a location", { ...films, location: "http://{address}/" }],
  ["a port to fill in by itself", { type: films.type, location: "http://{address}:{port}/" }],
  ["a path that is none", { ...films, path: "/a b" }],
])("with a description %s is refused", async (_name, wrong) => {
  const { lan, server } = household();
  await expect(lan.until(server.advertise(wrong))).rejects.toThrow(
    expect.objectContaining({ code: "INVALID_OFFER" }),
  );
  expect(server.users).toBe(0);
});

test("S-52 no answer and no document holds an address of the host but where it must: in LOCATION", async () => {
  const { lan, server, laptop, laptopHost } = household();
  await lan.until(server.advertise({ ...films, description: {} }));
  const device = only(await lan.until(laptop.find()));
  const xml = await xmlAt(lan, laptopHost, device.location);
  expect(xml).not.toMatch(/10\.0\.0|fe80|serialNumber|>server</i);
});

test("F20 W03 W04 what the network view of Windows asks is answered: its search, then its GET of what that leads to", async () => {
  const { lan, server, laptopHost: windows } = household({}, { server: V4_ONLY });
  await lan.until(server.advertise({ ...films, type: "urn:schemas-upnp-org:device:Basic:1" }));
  const heard: string[] = [];
  const channel = windows.open(
    { port: 1900, hops: 4, groups: { 4: ["239.255.255.250"], 6: [] } },
    {
      datagram: ({ bytes }) => void heard.push(new TextDecoder().decode(bytes)),
      links: () => {},
      fault: () => {},
    },
  );
  await lan.until(channel.ready);
  const search =
    'M-SEARCH * HTTP/1.1\r\nHOST:239.255.255.250:1900\r\nST:upnp:rootdevice\r\nMX:2\r\nMAN:"ssdp:discover"\r\n\r\n';
  const link = windows.links.find(({ family }) => family === 4) ?? expect.unreachable();
  channel.send({ bytes: new TextEncoder().encode(search), to: "group", link, socket: "own" });
  await pass(lan, windows, 3000);
  const answer = heard.find((text) => text.startsWith("HTTP/1.1 200 OK\r\n")) ?? "";
  expect(answer).toContain("\r\nST: upnp:rootdevice\r\n");
  expect(answer).toContain("\r\nUSN: uuid:films::upnp:rootdevice\r\n");
  expect(answer).toMatch(/\r\nEXT:\r\n/);
  const [, url = ""] = /\r\nLOCATION: (\S+)\r\n/.exec(answer) ?? [];
  const headers = [
    ["Accept", "text/xml, application/xml"],
    ["User-Agent", "FDSSDP"],
    ["Cache-Control", "no-cache"],
  ] as const;
  const {
    status,
    body,
    headers: told,
  } = await lan.until(windows.http.request({ method: "GET", url, link, headers }));
  expect([status, told.get("content-type")]).toEqual([200, 'text/xml; charset="utf-8"']);
  const xml = new TextDecoder().decode(body);
  expect(xml).toContain("<UDN>uuid:films</UDN>");
  expect(xml).toContain("<deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType>");
  await channel.close();
});
