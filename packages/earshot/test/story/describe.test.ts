import { describe, expect, test } from "vitest";
import { Earshot, TimeoutError } from "../../src/index.ts";
import { BASIC, page, Site, scene, withHttp, xmlOf } from "./describing.ts";
import { diary } from "./household.ts";

const ROOT = "upnp:rootdevice";
const lamp = { type: BASIC, name: "Lamp", udn: "uuid:1" } as const;

/** A scene in which the site's host runs a whole device. */
async function announced(answer?: Parameters<typeof scene>[0]) {
  const set = await scene(answer);
  const { lan, site } = set;
  const device = new Earshot({ network: site.host });
  const advertisement = await lan.until(device.advertise({ ...lamp, port: site.port, path: "/d.xml" }));
  await set.pass(2000);
  return { ...set, device, advertisement };
}

describe("finding with descriptions", () => {
  test("findOne finds a device by the friendly name in its description", async () => {
    const { lan, laptop, site } = await announced(() => page(xmlOf("Desk lamp", "uuid:1")));
    const found = await lan.until(
      laptop.findOne(ROOT, { describe: true, where: ({ name }) => name === "Desk lamp" }),
    );
    expect(found.description?.device.friendlyName).toBe("Desk lamp");
    expect(found.device).toMatchObject({ manufacturer: "Maker", modelName: "Model", udn: "uuid:1" });
    expect(found.undescribed).toBeUndefined();
    expect(found.description?.url).toBe(`http://${site.address}:${site.port}/d.xml`);
    expect(laptop.users).toBe(0);
  });

  test("what one Earshot serves another reads, on the link that it spoke on", async () => {
    const { lan, laptop } = await scene();
    const host = lan.addHost("shop", { addresses: ["10.0.0.5/16", "fe80::5/64"] });
    const shop = new Earshot({ network: host });
    const description = { friendlyName: "Shop", manufacturer: "ACME", modelName: "S1" };
    await lan.until(shop.advertise({ type: BASIC, name: "shop", udn: "uuid:7", description }));
    const found = await lan.until(laptop.find("ssdp:all", { describe: true }));
    expect(found).toHaveLength(3);
    for (const { device, undescribed } of found) {
      expect(device).toMatchObject({ ...description, udn: "uuid:7", deviceType: BASIC });
      expect(undescribed).toBeUndefined();
    }
  });

  test("one document is fetched once for all the advertisements that share it, and once more for a later search", async () => {
    const { lan, laptop, site } = await announced();
    const all = await lan.until(laptop.find("ssdp:all", { describe: true }));
    expect(all.map(({ name }) => name)).toEqual(["Lamp", "Lamp", "Lamp"]);
    expect(site.asked).toHaveLength(1);
    await lan.until(laptop.find("ssdp:all", { describe: true }));
    expect(site.asked).toHaveLength(2);
  });

  test("two describing browsers at once share what was read; it is forgotten when the last one closes", async () => {
    const { lan, laptop, site, pass } = await announced();
    const one = laptop.browse(ROOT, { describe: true });
    await pass(3000);
    const two = laptop.browse("ssdp:all", { describe: true });
    await pass(3000);
    expect([one.services.size, two.services.size, site.asked.length]).toEqual([1, 3, 1]);
    await lan.until(one.close());
    await lan.until(laptop.findOne(ROOT, { describe: true }));
    expect(site.asked).toHaveLength(1);
    await lan.until(two.close());
    await lan.until(laptop.findOne(ROOT, { describe: true }));
    expect(site.asked).toHaveLength(2);
  });

  test("what is still being read when time is up is told without description", async () => {
    const { lan, laptop } = await announced(() => new Promise(() => {}));
    const [found] = await lan.until(laptop.find(ROOT, { describe: true }));
    expect(found).toMatchObject({ type: ROOT, undescribed: "its description was not read in time" });
    const refused = laptop.findOne(ROOT, { describe: true, where: ({ device }) => device !== undefined });
    await expect(lan.until(refused)).rejects.toBeInstanceOf(TimeoutError);
  });

  test("until and where see the descriptions", async () => {
    const { lan, laptop } = await announced();
    const start = lan.now;
    const found = await lan.until(
      laptop.find("ssdp:all", {
        describe: true,
        timeoutMs: 60_000,
        where: ({ device }) => device?.manufacturer === "Maker",
        until: (services) => services.length === 3,
      }),
    );
    expect(found).toHaveLength(3);
    expect(lan.now - start).toBeLessThan(5000);
  });

  test("what where throws of a service that is known already is thrown by browse, and leaves nothing open", async () => {
    const { laptop, pass } = await announced();
    const other = laptop.browse("ssdp:all", { describe: true });
    await pass(3000);
    const where = () => {
      throw new Error("a bug in where");
    };
    expect(() => laptop.browse({ describe: true, where })).toThrow("a bug in where");
    expect(laptop.users).toBe(1);
    await other.close();
    expect(laptop.users).toBe(0);
  });

  test("a listener that throws when a description comes is reported, and keeps nothing from others", async () => {
    const { laptop, pass } = await announced();
    const broken = laptop.browse(ROOT, { describe: true });
    broken.on("found", () => {
      throw new Error("a bug in a listener");
    });
    const lines = diary(laptop.browse(ROOT, { describe: true }));
    await expect(pass(3000)).rejects.toThrow(/a bug in a listener/);
    await pass(1000);
    expect(lines).toEqual([`found uuid:1::${ROOT}`]);
  });
});

describe("findOne with descriptions", () => {
  /** Heard before all others, with a LOCATION that leads nowhere. */
  const stranger = { USN: `uuid:stranger::${ROOT}`, LOCATION: "http://10.0.0.1:9/d.xml" };

  test("waits for a described one: a stranger with a dead LOCATION who is heard first is not the result", async () => {
    const { lan, laptop, site, pass } = await scene();
    const finding = laptop.findOne(ROOT, { describe: true });
    site.notify(stranger);
    await pass(2500);
    site.notify({});
    expect(await lan.until(finding)).toMatchObject({ udn: "uuid:1", name: "Lamp" });
  });

  test("quirk S20 waits for the second try of one that announced itself too early", async () => {
    let tries = 0;
    const { lan, laptop, site, pass } = await scene(() =>
      ++tries === 1 ? { status: 503 } : page(xmlOf("Lamp", "uuid:1")),
    );
    const finding = laptop.findOne(ROOT, { describe: true });
    await pass(100);
    site.notify({});
    expect(await lan.until(finding)).toMatchObject({ name: "Lamp", undescribed: undefined });
    expect(tries).toBe(2);
  });

  test("takes an undescribed one when time is up and there is no other, and not a moment before", async () => {
    const { lan, laptop, site, pass } = await scene();
    const start = lan.now;
    const finding = laptop.findOne(ROOT, { describe: true, timeoutMs: 4000 });
    await pass(100);
    site.notify(stranger);
    const found = await lan.until(finding);
    expect([found.udn, found.description]).toEqual(["uuid:stranger", undefined]);
    expect(found.undescribed).toBeDefined();
    expect(lan.now - start).toBeGreaterThanOrEqual(4000);
  });
});

test("descriptionBytes bounds what is read; a description is not read beyond 256 KiB by default", async () => {
  const large = `<!--${" ".repeat(60_000)}-->`.repeat(5);
  const { lan, site, laptop, host, spy } = await scene(() => page(xmlOf("Lamp", "uuid:1", large)));
  const device = new Earshot({ network: site.host });
  await lan.until(device.advertise({ ...lamp, port: site.port, path: "/d.xml" }));
  const [refused] = await lan.until(laptop.find(ROOT, { describe: true }));
  expect([refused?.description, spy.requests[0]?.maxBodyBytes]).toEqual([undefined, 262_144]);
  await lan.until(laptop.close());
  const patient = new Earshot({ network: withHttp(host, spy), descriptionBytes: 1 << 20 });
  expect(await lan.until(patient.findOne(ROOT, { describe: true }))).toMatchObject({ name: "Lamp" });
  for (const descriptionBytes of [0, 1023, 2 ** 21, Number.NaN]) {
    const earshot = new Earshot({ network: host, descriptionBytes });
    expect(() => earshot.browse({ describe: true })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    expect(earshot.users).toBe(0);
  }
});

describe("S-44 nothing is fetched by itself", () => {
  test("S-44 browsing, finding, searching and announcing send no HTTP request", async () => {
    const { lan, laptop, spy, site, pass } = await announced();
    const browser = laptop.browse();
    await lan.until(laptop.find());
    await lan.until(laptop.findOne(ROOT));
    const answers = laptop.search("ssdp:all", { mx: 1 })[Symbol.asyncIterator]();
    expect((await lan.until(answers.next())).done).toBe(false);
    await pass(10_000);
    expect(browser.services.size).toBe(3);
    expect(spy.requests).toEqual([]);
    expect(site.asked).toEqual([]);
  });

  test("S-44 a describing browser reads only what it asks for, and one that does not describe sees no description", async () => {
    const { laptop, spy, pass } = await announced();
    const plain = laptop.browse();
    const other = laptop.browse("urn:schemas-upnp-org:device:MediaServer:1", { describe: true });
    await pass(5000);
    expect([other.services.size, spy.requests.length]).toEqual([0, 0]);
    const described = laptop.browse(ROOT, { describe: true });
    await pass(5000);
    expect(spy.requests).toHaveLength(1);
    expect([...described.services.values()][0]?.name).toBe("Lamp");
    for (const service of plain.services.values()) expect(service).toHaveProperty("description", undefined);
  });

  test("S-44 what a description links to is not fetched: no icon, no service description, no page", async () => {
    const inner = `<presentationURL>/page</presentationURL><iconList><icon><url>/i.png</url></icon></iconList>
<serviceList><service><serviceType>urn:a:service:b:1</serviceType><SCPDURL>/s.xml</SCPDURL><controlURL>/c</controlURL>
<eventSubURL>/e</eventSubURL></service></serviceList>`;
    const { laptop, site, pass } = await announced(() => page(xmlOf("Lamp", "uuid:1", inner)));
    const browser = laptop.browse(ROOT, { describe: true });
    await pass(120_000);
    expect([...browser.services.values()][0]?.device?.services).toHaveLength(1);
    expect(site.asked.map(({ path, method }) => `${method} ${path}`)).toEqual(["GET /d.xml"]);
  });
});

describe("how a request looks", () => {
  test("D20 D25 H-06 it says who asks, wants no encoding, names host and port, and no language", async () => {
    const { laptop, site, pass } = await announced();
    laptop.browse(ROOT, { describe: true });
    await pass(3000);
    const { headers, method, path } = site.asked[0] ?? expect.unreachable();
    expect([method, path]).toEqual(["GET", "/d.xml"]);
    expect(headers.get("user-agent")).toMatch(/^[!-~]+\/[!-~]+ UPnP\/1\.1 earshot\/[\d.]+$/);
    expect(headers.get("accept-encoding")).toBe("identity");
    expect(headers.get("connection")).toBe("close");
    expect(headers.get("host")).toBe(`${site.address}:${site.port}`);
    expect([...headers.keys()].sort()).toEqual(["accept-encoding", "connection", "host", "user-agent"]);
  });

  test("quirk S42 the headers of the response are there to be read", async () => {
    const { lan, laptop } = await announced(() =>
      page(xmlOf("TV", "uuid:1"), [["Application-URL", "http://10.0.0.1:8008/apps"]]),
    );
    const found = await lan.until(laptop.findOne(ROOT, { describe: true }));
    expect(found.description?.headers.get("application-url")).toBe("http://10.0.0.1:8008/apps");
  });

  test("D22 a wrong content type, or none, is no obstacle", async () => {
    for (const headers of [[], [["Content-Type", "image/png"]]] as const) {
      const { lan, laptop } = await announced(() => ({ ...page(xmlOf("Lamp", "uuid:1")), headers }));
      expect((await lan.until(laptop.findOne(ROOT, { describe: true }))).device?.friendlyName).toBe("Lamp");
    }
  });
});

describe("which device of the document it is", () => {
  const inner = `<deviceList><device><deviceType>urn:a:device:Bulb:1</deviceType><friendlyName>Bulb</friendlyName>
<UDN>UUID:2</UDN></device></deviceList>`;

  test("UD-014 the one with the UDN of the announcement, embedded ones too, letter case aside", async () => {
    const { laptop, site, pass } = await scene(() => page(xmlOf("Lamp", "uuid:1", inner)));
    const browser = laptop.browse("ssdp:all", { describe: true });
    await pass(100);
    site.notify({});
    site.notify({ NT: "urn:a:device:Bulb:1", USN: "uuid:2::urn:a:device:Bulb:1" });
    await pass(3000);
    const named = [...browser.services.values()].map(({ udn, name, device }) => [udn, name, device?.udn]);
    expect(named.sort()).toEqual([
      ["uuid:1", "Lamp", "uuid:1"],
      ["uuid:2", "Bulb", "UUID:2"],
    ]);
    expect(
      [...browser.services.values()].flatMap(({ description }) => description?.violations),
    ).not.toContainEqual(expect.objectContaining({ code: "FOREIGN_UDN" }));
    expect(site.asked).toHaveLength(1);
  });

  test("quirk S12 UD-014 when none has it, it is the root device, and the deviation is told", async () => {
    const { laptop, site, pass } = await scene(() => page(xmlOf("Lamp", "uuid:other")));
    const browser = laptop.browse("ssdp:all", { describe: true });
    await pass(100);
    site.notify({});
    await pass(3000);
    const [service] = browser.services.values();
    expect(service).toMatchObject({ udn: "uuid:1", name: "Lamp", device: { udn: "uuid:other" } });
    expect(service?.description?.violations).toContainEqual({ code: "FOREIGN_UDN", detail: "uuid:1" });
  });

  test("quirk S14 two descriptions under one UDN are kept apart: each advertisement has its own", async () => {
    const { laptop, site, pass } = await scene(({ path }) => page(xmlOf(path, "uuid:1")));
    const browser = laptop.browse("ssdp:all", { describe: true });
    await pass(100);
    const url = `http://${site.address}:${site.port}`;
    site.notify({ NT: "urn:a:device:IGD:1", USN: "uuid:1::urn:a:device:IGD:1", LOCATION: `${url}/igd1` });
    site.notify({ NT: "urn:a:device:IGD:2", USN: "uuid:1::urn:a:device:IGD:2", LOCATION: `${url}/igd2` });
    await pass(5000);
    const names = [...browser.services.values()].map(({ type, name }) => `${type} ${name}`);
    expect(names.sort()).toEqual(["urn:a:device:IGD:1 /igd1", "urn:a:device:IGD:2 /igd2"]);
  });

  test("an empty friendly name leaves the service its own", async () => {
    const { laptop, site, pass } = await scene(() => page(xmlOf("", "uuid:1")));
    const browser = laptop.browse("ssdp:all", { describe: true });
    await pass(100);
    site.notify({ SERVER: "Linux/1 UPnP/1.1 Thing/2" });
    await pass(3000);
    expect([...browser.services.values()][0]).toMatchObject({ name: "Thing/2", device: { udn: "uuid:1" } });
  });
});

test("UD-080 a laptop on two networks reads each LOCATION by the interface it came by", async () => {
  const { lan } = await scene();
  const interfaces = [
    { name: "eth0", segment: "lan", addresses: ["10.0.7.1/16"] },
    { name: "wlan0", segment: "air", addresses: ["192.168.7.1/24"] },
  ];
  const host = lan.addHost("both", { interfaces });
  const requests: string[] = [];
  const http = {
    request: (request: Parameters<typeof host.http.request>[0]) => {
      requests.push(`${request.link.interfaceName} ${new URL(request.url).hostname}`);
      return host.http.request(request);
    },
  };
  const both = new Earshot({ network: withHttp(host, http) });
  const tv = lan.addHost("tv", {
    interfaces: [{ name: "wlan0", segment: "air", addresses: ["192.168.7.9/24"] }],
  });
  const site = await new Site(lan, tv, () => page(xmlOf("TV", "uuid:1"))).open();
  const device = new Earshot({ network: tv });
  await lan.until(device.advertise({ ...lamp, port: site.port, path: "/d.xml" }));
  const found = await lan.until(both.findOne(ROOT, { describe: true }));
  expect(found.name).toBe("TV");
  expect(requests).toEqual(["wlan0 192.168.7.9"]);
});
