import { describe, expect, test } from "vitest";
import { NetworkError } from "../../src/core/errors.ts";
import type { SsdpService } from "../../src/discovery/service.ts";
import type { Fault } from "../../src/network/network.ts";
import { Lan } from "../../src/testing/index.ts";
import { guest, household, ids } from "./household.ts";
import { films, get, only, pass, V4_ONLY, xmlAt } from "./served.ts";

function locations(service: SsdpService): (string | undefined)[] {
  return service.locations.map(({ url }) => url).sort();
}

describe("a device that we describe", () => {
  test("F18 UD-014 UD-022 is found, fetched and read; UDN and configId are those of the announcements", async () => {
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

  test("UC-03 the SCPD of each service is there, and says of which configId", async () => {
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
