import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/index.ts";
import { BASIC, linkOf, page, Site, SpyClient, scene, watching, withHttp, xmlOf } from "./describing.ts";
import { diary } from "./household.ts";

const ROOT = "upnp:rootdevice";
const ID = `uuid:1::${ROOT}`;

describe("a device that comes, changes and goes", () => {
  test("is found when its description was read, and lost with it", async () => {
    const { site, pass, lines, browser } = await watching();
    const lost: (string | undefined)[] = [];
    browser.on("lost", ({ service }) => void lost.push(service.device?.friendlyName));
    site.notify({});
    await pass(3000);
    site.notify({ NTS: "ssdp:byebye" });
    await pass(3000);
    expect([lines, lost]).toEqual([[`found ${ID}`, `lost ${ID} goodbye`], ["Lamp"]]);
  });

  test("that leaves while its description is read was never there", async () => {
    const { site, pass, lines, spy } = await watching(() => new Promise(() => {}));
    site.notify({});
    await pass(2000);
    site.notify({ NTS: "ssdp:byebye" });
    await pass(60_000);
    expect([lines, spy.requests.length]).toEqual([[], 1]);
    expect(spy.requests[0]?.signal?.aborted).toBe(true);
  });

  test("whose description only a browser that closes waits for is not read any further, though others are open", async () => {
    const { lan, site, laptop, pass, spy } = await scene(() => new Promise(() => {}));
    const roots = laptop.browse(ROOT, { describe: true });
    const others = laptop.browse("urn:x:device:Other:1", { describe: true });
    await pass(100);
    site.notify({});
    await pass(2000);
    expect(spy.requests.map(({ signal }) => signal?.aborted)).toEqual([false]);
    await lan.until(roots.close());
    expect(spy.requests.map(({ signal }) => signal?.aborted)).toEqual([true]);
    expect(others.services.size).toBe(0);
  });

  test("UD-037 that reboots is read anew, and told as updated with what it says now", async () => {
    const { site, pass, service, browser } = await watching();
    const updates: string[] = [];
    browser.on(
      "updated",
      ({ service: now, previous }) => void updates.push(`${previous.name} > ${now.name}`),
    );
    site.notify({ "BOOTID.UPNP.ORG": "1" });
    await pass(60_000);
    site.answer = () => page(xmlOf("Lantern", "uuid:1"));
    site.notify({ "BOOTID.UPNP.ORG": "2" });
    await pass(60_000);
    expect([service()?.name, site.asked.length]).toEqual(["Lantern", 2]);
    expect(updates).toEqual(["Lamp > Lamp", "Lamp > Lantern"]);
  });

  test("UD-038 that reboots with the same CONFIGID is not read again", async () => {
    const { site, pass, lines } = await watching();
    site.notify({ "BOOTID.UPNP.ORG": "1", "CONFIGID.UPNP.ORG": "5" });
    await pass(60_000);
    site.notify({ "BOOTID.UPNP.ORG": "2", "CONFIGID.UPNP.ORG": "5" });
    await pass(60_000);
    expect(site.asked).toHaveLength(1);
    site.notify({ "BOOTID.UPNP.ORG": "2", "CONFIGID.UPNP.ORG": "6" });
    await pass(60_000);
    expect(site.asked).toHaveLength(2);
    expect(lines).toEqual([`found ${ID}`, `updated ${ID}`, `updated ${ID}`]);
  });

  test("that moves to another LOCATION keeps its name until what is there was read", async () => {
    const { site, pass, service } = await watching(({ path }) => page(xmlOf(path, "uuid:1")));
    const at = (path: string) => `http://${site.address}:${site.port}${path}`;
    site.notify({ "BOOTID.UPNP.ORG": "1", LOCATION: at("/old") });
    await pass(3000);
    expect(service()?.name).toBe("/old");
    let answer = () => {};
    site.answer = () =>
      new Promise((resolve) => {
        answer = () => resolve(page(xmlOf("/new", "uuid:1")));
      });
    site.notify({ "BOOTID.UPNP.ORG": "2", LOCATION: at("/new") });
    await pass(3000);
    expect([service()?.name, service()?.location]).toEqual(["/old", at("/new")]);
    answer();
    await pass(100);
    expect([service()?.name, service()?.description?.url]).toEqual(["/new", at("/new")]);
  });

  test("S-35 that reboots every second is asked every 30 s at most, and the others get their turn", async () => {
    const { site, pass } = await watching();
    for (let second = 0; second < 90; second++) {
      site.notify({ "BOOTID.UPNP.ORG": `${second}`, "CONFIGID.UPNP.ORG": `${second}` });
      await pass(1000);
    }
    expect(site.asked.length).toBeGreaterThan(1);
    expect(site.asked.length).toBeLessThanOrEqual(4);
  });
});

describe("a LOCATION that cannot be used", () => {
  test.each([
    ["http://10.0.0.77/d.xml", "an address other than the one that announced it"],
    ["https://10.0.0.1/d.xml", "https, which is not fetched"],
    ["http://lamp.local/d.xml", "names its host instead of giving its address"],
    ["http://169.254.169.254/latest/", "the metadata address"],
    ["nonsense", "not an absolute URL"],
  ])(
    "S-12 S-15 S-54 %j: the service is told after a second, without request, and says why",
    async (location, why) => {
      const { site, pass, service, spy } = await watching();
      site.notify({ LOCATION: location });
      await pass(900);
      expect(service()).toBeUndefined();
      await pass(200);
      expect(service()?.undescribed).toContain(why);
      await pass(100_000);
      expect([spy.requests.length, service()?.description]).toEqual([0, undefined]);
    },
  );

  test("S-15 without LOCATION there is nothing to wait for: the service is told at once, and says why", async () => {
    const { site, pass, service, spy } = await watching();
    site.notify({ LOCATION: "" });
    await pass(10);
    expect([service()?.undescribed, spy.requests.length]).toEqual(["it announces no LOCATION", 0]);
  });

  test("that is followed within a second by one that can: the service is told once, described", async () => {
    const { site, pass, lines, service } = await watching();
    site.notify({ LOCATION: "http://10.0.0.77/d.xml" });
    await pass(500);
    site.notify({});
    await pass(10_000);
    expect([lines, service()?.name]).toEqual([[`found ${ID}`], "Lamp"]);
  });

  test("that takes the place of one that is being read: reading ends at once, and the service is told a second later", async () => {
    const { site, pass, lines, service, spy } = await watching(() => new Promise(() => {}));
    site.notify({ "BOOTID.UPNP.ORG": "1" });
    await pass(1500);
    expect(spy.requests.map(({ signal }) => signal?.aborted)).toEqual([false]);
    site.notify({ "BOOTID.UPNP.ORG": "2", LOCATION: "http://10.0.0.77/d.xml" });
    await pass(100);
    expect([lines, spy.requests[0]?.signal?.aborted]).toEqual([[], true]);
    await pass(1000);
    expect([lines, service()?.undescribed !== undefined]).toEqual([[`found ${ID}`], true]);
  });

  test("is told when a find ends, and not after the service was lost", async () => {
    const { lan, laptop, site, pass, lines } = await watching();
    site.notify({ LOCATION: "http://10.0.0.77/d.xml" });
    const [found] = await lan.until(laptop.find("ssdp:all", { describe: true, timeoutMs: 100 }));
    expect(found?.undescribed).toContain("an address other than");
    site.notify({ NTS: "ssdp:byebye" });
    await pass(5000);
    expect(lines).toEqual([]);
  });

  test("V-66 S-12 whatever is announced, nobody but the announcer is ever asked", async () => {
    const { site, pass, spy, browser } = await watching();
    const hostile = [
      "http://127.0.0.1/",
      "http://127.1/",
      "http://0/",
      "http://[::1]/",
      "http://[::ffff:7f00:1]/",
      "http://169.254.169.254/latest/",
      "http://2130706433/",
      "http://0x7f.1/",
      "http://①②⑦.0.0.1/",
      "http://10.0.0.1@203.0.113.9/",
      "http://203.0.113.9\\@10.0.0.1/",
      "file:///etc/passwd",
      "//203.0.113.9/x",
      "http://router.lan/",
      "http://239.255.255.250/",
      "http://255.255.255.255/",
      "https://10.0.0.1/",
      "http://10.0.255.255/",
      "http://10.0.0.2/",
    ];
    for (const [index, LOCATION] of hostile.entries()) {
      const NT = `urn:x:device:D${index}:1`;
      site.notify({ NT, USN: `uuid:${index}::${NT}`, LOCATION });
    }
    await pass(120_000);
    expect(browser.services.size).toBe(hostile.length);
    expect(new Set(spy.urls.map((url) => new URL(url).hostname))).toEqual(new Set(["10.0.0.1"]));
    expect(spy.urls.length).toBeLessThanOrEqual(7);
  });

  test("S-15 a byebye has no LOCATION and works all the same", async () => {
    const { site, pass, lines } = await watching();
    site.notify({ LOCATION: "" });
    await pass(10);
    site.notify({ NTS: "ssdp:byebye", LOCATION: "" });
    await pass(3000);
    expect(lines).toEqual([`found ${ID}`, `lost ${ID} goodbye`]);
  });

  test.each(["127.0.0.1", "0.0.0.0", "169.254.9.9", "[::1]", "localhost"])(
    "quirk S16 %s from another host: its own address is tried in its place, once",
    async (host) => {
      const { site, pass, service, spy } = await watching();
      site.notify({ LOCATION: `http://${host}:${site.port}/d.xml` });
      await pass(3000);
      if (host === "localhost") {
        expect([spy.requests.length, service()?.device]).toEqual([0, undefined]);
        return;
      }
      expect(service()).toMatchObject({ name: "Lamp", location: undefined });
      expect(spy.urls).toEqual([`http://10.0.0.1:${site.port}/d.xml`]);
    },
  );

  test("quirk S16 a guess that fails is not tried again", async () => {
    const { site, pass, service, spy } = await watching(() => ({ status: 404 }));
    site.notify({ LOCATION: `http://127.0.0.1:${site.port}/d.xml` });
    await pass(200_000);
    expect([spy.requests.length, service()?.undescribed]).toEqual([1, "the answer was 404: no document"]);
  });
});

describe("a description that is slow to come", () => {
  test("quirk S20 nothing listens yet: the service is told, and told again when its description was read", async () => {
    const { lan, host, pass } = await scene();
    const laptop = new Earshot({ network: host });
    const lines = diary(laptop.browse("ssdp:all", { describe: true }));
    const late = new Site(lan, lan.addHost("late", { addresses: ["10.0.0.9/16"] }), () =>
      page(xmlOf("Late", "uuid:1")),
    );
    late.port = 49_152; // Where it will be.
    await pass(100);
    late.notify({});
    await pass(3000);
    expect(lines).toEqual([`found ${ID}`]);
    await late.open();
    await pass(60_000);
    expect(lines).toEqual([`found ${ID}`, `updated ${ID}`]);
  });

  test("quirk S20 D24 a device that never answers delays no other, and is asked one thing at a time", async () => {
    const { lan, laptop, site, spy, pass } = await scene(() => new Promise(() => {}));
    const browser = laptop.browse("ssdp:all", { describe: true });
    const good = await new Site(lan, lan.addHost("good", { addresses: ["10.0.0.3/16"] }), () =>
      page(xmlOf("Good", "uuid:2")),
    ).open();
    await pass(100);
    for (let i = 0; i < 30; i++) {
      const NT = `urn:x:device:D${i}:1`;
      site.notify({ NT, USN: `uuid:slow${i}::${NT}`, LOCATION: `http://${site.address}:${site.port}/${i}` });
    }
    good.notify({ USN: `uuid:2::${ROOT}` });
    await pass(1500);
    expect([...browser.services.values()].map(({ name }) => name)).toEqual(["Good"]);
    expect(spy.urls.filter((url) => url.includes(site.address))).toHaveLength(1);
  });

  test("D6 an answer that is no description is told as such, and tried again", async () => {
    const { site, pass, service } = await watching(() => page("<html>Please log in</html>"));
    site.notify({});
    await pass(3000);
    expect(service()?.undescribed).toMatch(/description/);
    site.answer = () => page(xmlOf("Lamp", "uuid:1"));
    await pass(30_000);
    expect(service()).toMatchObject({ name: "Lamp" });
    expect(service()).toHaveProperty("undescribed", undefined);
  });

  test("H-08 two hundred devices that announce themselves at one instant are all described within seconds", async () => {
    const { lan, laptop, spy, pass } = await scene();
    const browser = laptop.browse("ssdp:all", { describe: true });
    await pass(100);
    const sites = await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const host = lan.addHost(`site${index}`, { addresses: [`10.0.9.${index + 1}/16`] });
        return new Site(lan, host, () => page(xmlOf(`Lamp ${index}`, `uuid:${index}`))).open();
      }),
    );
    for (const [index, site] of sites.entries()) site.notify({ USN: `uuid:${index}::${ROOT}` });
    await pass(10_000);
    const names = new Set([...browser.services.values()].map(({ device }) => device?.friendlyName));
    expect([names.size, spy.requests.length]).toEqual([200, 200]);
  });

  test("S-11 an announcement that all hear at once is not followed by all at once", async () => {
    const { lan, site, pass } = await scene();
    const times: number[] = [];
    site.answer = () => {
      times.push(lan.now);
      return page(xmlOf("Lamp", "uuid:1"));
    };
    for (let i = 0; i < 20; i++) {
      const host = lan.addHost(`watcher${i}`, { addresses: [`10.0.1.${i + 1}/16`] });
      new Earshot({ network: host }).browse({ describe: true, passive: true });
    }
    await pass(100);
    const start = lan.now;
    site.notify({});
    await pass(2000);
    expect(times).toHaveLength(20);
    expect(Math.max(...times) - start).toBeLessThan(1100);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(500);
    expect(new Set(times).size).toBeGreaterThan(15);
  });
});

describe("IPv6", () => {
  test("quirk S19 a device heard by IPv6 first, whose LOCATION is IPv4, is told once, described", async () => {
    const { lan, site, pass, lines, service } = await watching();
    const say = (address: string, to: string) => {
      const text = [
        "NOTIFY * HTTP/1.1",
        `HOST: ${to}:1900`,
        `NT: ${ROOT}`,
        "NTS: ssdp:alive",
        `USN: ${ID}`,
        "CACHE-CONTROL: max-age=1800",
        `LOCATION: http://10.0.0.1:${site.port}/d.xml`,
      ];
      lan.inject({
        from: { address, port: 1900 },
        to: { address: to, port: 1900 },
        bytes: new TextEncoder().encode(`${text.join("\r\n")}\r\n\r\n`),
      });
    };
    say("fe80::1", "ff02::c");
    await pass(400);
    expect(lines).toEqual([]);
    say("10.0.0.1", "239.255.255.250");
    await pass(5000);
    expect([lines, service()?.name]).toEqual([[`found ${ID}`], "Lamp"]);
  });

  test("quirk S19 J-07 a link-local LOCATION is read by the interface it came by, with and without zone", async () => {
    for (const zone of ["", "%25eth7", "%eth7"]) {
      const { lan } = await scene();
      const host = lan.addHost("six", { addresses: ["fe80::2:2/64"] });
      const spy = new SpyClient(host.http);
      const six = new Earshot({ network: withHttp(host, spy) });
      const tv = lan.addHost("tv", { addresses: ["fe80::9/64"] });
      const site = await new Site(lan, tv, () => page(xmlOf("TV", "uuid:1"))).open(6);
      const browser = six.browse({ describe: true });
      await lan.until(browser.ready);
      const text = [
        "NOTIFY * HTTP/1.1",
        "HOST: [ff02::c]:1900",
        `NT: ${ROOT}`,
        "NTS: ssdp:alive",
        `USN: ${ID}`,
        "CACHE-CONTROL: max-age=1800",
        `LOCATION: http://[fe80::9${zone}]:${site.port}/d.xml`,
      ];
      lan.inject({
        from: { address: "fe80::9", port: 1900 },
        to: { address: "ff02::c", port: 1900 },
        bytes: new TextEncoder().encode(`${text.join("\r\n")}\r\n\r\n`),
      });
      const changes = browser[Symbol.asyncIterator]();
      const { value } = await lan.until(changes.next());
      expect(value.service.name).toBe("TV");
      expect(spy.requests[0]?.link).toMatchObject({ id: "eth0/6", interfaceName: "eth0" });
      expect(site.asked[0]?.headers.get("host")).toBe(`[fe80::9]:${site.port}`);
    }
  });

  test("a device whose IPv4 LOCATION does not answer is described by its IPv6 one, in one go", async () => {
    const { lan, laptop, pass, spy } = await scene();
    const browser = laptop.browse(ROOT, { describe: true });
    const host = lan.addHost("dual", { addresses: ["10.0.0.9/16", "fe80::9/64"] });
    const site = await new Site(lan, host, () => page(xmlOf("Dual", "uuid:1"))).open(6);
    const device = new Earshot({ network: host });
    const lines = diary(browser);
    await pass(3000);
    await lan.until(
      device.advertise({ type: BASIC, udn: "uuid:1", name: "Dual", port: site.port, path: "/d.xml" }),
    );
    await pass(5000);
    expect(linkOf(host, 4).address).toBe("10.0.0.9");
    expect([...browser.services.values()].map(({ name }) => name)).toEqual(["Dual"]);
    expect(spy.urls).toContain(`http://[fe80::9]:${site.port}/d.xml`);
    expect(lines[0]).toBe(`found ${ID}`);
  });
});
