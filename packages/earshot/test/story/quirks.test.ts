import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/index.ts";
import { Lan } from "../../src/testing/index.ts";
import { CONTENT_DIRECTORY, guest, MEDIA_SERVER, offer } from "./household.ts";

/** STs of the searches that a laptop sends while it looks for a type. */
async function searched(broad: boolean): Promise<string[]> {
  const lan = new Lan({ seed: 1 });
  const laptop = new Earshot({ network: lan.addHost("laptop"), ssdp: { broad } });
  using capture = lan.capture();
  await lan.until(laptop.find(CONTENT_DIRECTORY));
  const texts = capture.datagrams.map(({ bytes }) => new TextDecoder().decode(bytes));
  await lan.until(laptop.close());
  return [...new Set(texts.map((text) => /^ST: (.*)\r$/m.exec(text)?.[1] ?? ""))].sort();
}

describe("quirk S26 devices that answer only ssdp:all, or only upnp:rootdevice", () => {
  test("are searched so as well, when chosen", async () => {
    expect(await searched(false)).toEqual([CONTENT_DIRECTORY]);
    expect(await searched(true)).toEqual(["ssdp:all", "upnp:rootdevice", CONTENT_DIRECTORY].sort());
  });

  test("and found by their type, by which they answer nothing", async () => {
    for (const broad of [false, true]) {
      const lan = new Lan({ seed: 1 });
      const { earshot } = guest(lan, "laptop", {
        ssdp: { broad },
        host: { addresses: ["10.0.0.2/16"] },
      });
      const device = { address: "10.0.0.9", port: 1900 };
      const found = earshot.find(MEDIA_SERVER);
      using capture = lan.capture();
      lan.advance(1);
      for (const { bytes, from } of capture.datagrams) {
        if (!new TextDecoder().decode(bytes).includes("ST: ssdp:all\r")) continue;
        const answer =
          `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: http://10.0.0.9/d.xml\r\n` +
          `SERVER: X/1 UPnP/1.0 X/1\r\nST: ${MEDIA_SERVER}\r\nUSN: uuid:x::${MEDIA_SERVER}\r\n\r\n`;
        lan.inject({ from: device, to: from, bytes: new TextEncoder().encode(answer) });
      }
      expect((await lan.until(found)).map(({ usn }) => usn)).toEqual(
        broad ? [`uuid:x::${MEDIA_SERVER}`] : [],
      );
      await lan.until(earshot.close());
    }
  });

  test("the searches end with the browser that wanted them", async () => {
    const lan = new Lan({ seed: 1 });
    const laptop = new Earshot({ network: lan.addHost("laptop"), ssdp: { broad: true } });
    const [one, two] = [laptop.browse(CONTENT_DIRECTORY), laptop.browse("ssdp:all")];
    await lan.until(one.ready);
    await lan.until(Promise.all([one.close(), two.close()]));
    using capture = lan.capture();
    lan.advance(3_600_000);
    expect(capture.datagrams).toEqual([]);
  });
});

test("quirk S24 with holdGoodbyeMs a server that withdraws and comes back at once is not told as lost", async () => {
  for (const holdGoodbyeMs of [0, 2000]) {
    const lan = new Lan({ seed: 3 });
    const { earshot: server } = guest(lan, "server");
    const { earshot: laptop } = guest(lan, "laptop", { ssdp: { holdGoodbyeMs } });
    const browser = laptop.browse();
    const lost: string[] = [];
    browser.on("lost", ({ service }) => lost.push(service.id));
    await lan.until(browser.ready);
    const first = await lan.until(server.advertise(offer));
    lan.advance(5000);
    await lan.until(first.update({ maxAgeSeconds: 900 }));
    lan.advance(5000);
    expect(browser.services.size).toBe(4);
    expect(lost).toHaveLength(holdGoodbyeMs === 0 ? 4 : 0);
  }
});

test("UD-122 UD-029 packets to FF05::C have a hop limit of 10, or the one chosen, all others of 2", async () => {
  for (const siteHops of [undefined, 5]) {
    const lan = new Lan({ seed: 1 });
    const network = lan.addHost("device", { addresses: ["10.0.0.1/16", "fe80::1/64", "fd00::1/64"] });
    const ssdp = { siteScope: true, ...(siteHops && { siteHops }) };
    const device = new Earshot({ network, ssdp });
    using capture = lan.capture();
    await lan.until(device.advertise(offer));
    lan.advance(5000);
    const hops = (group: string) =>
      new Set(capture.datagrams.filter(({ to }) => to.address === group).map((sent) => sent.hops));
    expect(hops("ff05::c")).toEqual(new Set([siteHops ?? 10]));
    expect(hops("ff02::c")).toEqual(new Set([2]));
    expect(hops("239.255.255.250")).toEqual(new Set([2]));
    await lan.until(device.close());
  }
});
