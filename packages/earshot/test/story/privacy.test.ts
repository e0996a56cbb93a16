import { describe, expect, test } from "vitest";
import type { HttpServerRequest } from "../../src/network/index.ts";
import { guest, household, offer } from "./household.ts";

const decoder = new TextDecoder();

describe("what a host tells of itself", () => {
  test("S-52 no name, hardware address or serial number of the host is in anything that it sends", async () => {
    const { lan, server, laptop } = household();
    using capture = lan.capture();
    await using advertisement = await lan.until(
      server.advertise({ type: "urn:schemas-upnp-org:device:Basic:1", name: "Anna's films", port: 80 }),
    );
    await lan.until(laptop.find());
    advertisement.notify();
    lan.advance(5000);
    expect(capture.datagrams.length).toBeGreaterThan(20);
    for (const { bytes } of capture.datagrams) {
      const text = decoder.decode(bytes);
      expect(text).not.toMatch(/anna|films|laptop|server\b(?!:)/i);
      expect(text).not.toMatch(/(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/i);
    }
  });

  test("S-52 the default UUID differs from host to host and from device to device, and is no MAC in disguise", async () => {
    const { lan } = household();
    const udns = new Set<string>();
    for (const name of ["one", "two"]) {
      const { earshot } = guest(lan, name);
      for (const device of ["a", "b"]) {
        await lan.until(earshot.advertise({ type: "urn:x-org:device:Basic:1", name: device, port: 80 }));
      }
    }
    const { earshot: watcher } = guest(lan, "watcher");
    for (const { udn } of await lan.until(watcher.find("ssdp:all"))) udns.add(udn);
    expect(udns.size).toBe(4);
    const nodes = [...udns].map((udn) => udn.slice(-12));
    expect(new Set(nodes).size, "no part is the host's").toBe(4);
    for (const udn of udns) expect(udn, "not version 1, made of time and MAC").toMatch(/^uuid:.{14}[^1]/);
  });

  test("D-22 nothing is sent but to the groups of SSDP and to who asked: nobody is phoned", async () => {
    const { lan, server, laptop } = household();
    using capture = lan.capture();
    await lan.until(server.advertise(offer));
    const browser = laptop.browse();
    await lan.until(browser.ready);
    lan.advance(21_600_000);
    await lan.until(Promise.all([server.close(), laptop.close()]));
    const hosts = new Set(
      lan.hosts.flatMap(({ links }) => links.flatMap(({ addresses }) => addresses.map((own) => own.address))),
    );
    const groups = ["239.255.255.250 1900", "ff02::c 1900"];
    expect(capture.datagrams.length).toBeGreaterThan(100);
    for (const { to } of capture.datagrams) {
      expect(
        groups.includes(`${to.address} ${to.port}`) || hosts.has(to.address),
        `${to.address} ${to.port}`,
      ).toBe(true);
    }
  });

  test("G-13 S-44 S-43 nothing that was announced is fetched, opened or called, however often it is announced", async () => {
    const { lan, laptop } = household({}, { laptop: { addresses: ["10.0.0.2/16"] } });
    const requests: HttpServerRequest[] = [];
    const thief = lan.addHost("thief", { addresses: ["10.0.0.66/16"] });
    const link = thief.links[0] ?? expect.unreachable();
    const { port } = await thief.listen((request) => {
      requests.push(request);
      return { status: 200 };
    }, link);
    const browser = laptop.browse();
    await lan.until(browser.ready);
    for (let i = 0; i < 50; i++) {
      const text =
        `NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\n` +
        `USN: uuid:${i}::upnp:rootdevice\r\nLOCATION: http://10.0.0.66:${port}/${i}\r\nCACHE-CONTROL: max-age=60\r\n` +
        `SECURELOCATION.UPNP.ORG: https://10.0.0.66:${port}/\r\nPRESENTATIONURL.EXAMPLE.COM: javascript:alert(1)\r\n\r\n`;
      const from = { address: "10.0.0.66", port: 1900 };
      lan.inject({
        from,
        to: { address: "239.255.255.250", port: 1900 },
        bytes: new TextEncoder().encode(text),
      });
      lan.advance(1000);
    }
    expect(browser.services.size).toBe(50);
    lan.advance(300_000);
    await lan.until(browser.close());
    expect(requests).toEqual([]);
  });
});
