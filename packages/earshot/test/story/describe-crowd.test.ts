import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/index.ts";
import { BASIC, page, scene, watching, xmlOf } from "./describing.ts";

const ROOT = "upnp:rootdevice";
const ID = `uuid:1::${ROOT}`;

describe("a device that changes all the time", () => {
  test("S-35 whose path changes each half second is told of five times, then once in 30 s, and its last state", async () => {
    const { site, pass, lines, service, browser } = await watching(({ path }) => page(xmlOf(path, "uuid:1")));
    let told: string | undefined;
    browser.on("found", (change) => {
      told = change.service.location;
    });
    browser.on("updated", (change) => {
      expect(change.previous.location).toBe(told);
      told = change.service.location;
    });
    for (let round = 0; round < 180; round++) {
      for (let time = 0; time < 2; time++) {
        site.notify({ "BOOTID.UPNP.ORG": `${round}`, LOCATION: `http://10.0.0.1:${site.port}/${round}` });
        await pass(250);
      }
    }
    const updates = lines.filter((line) => line.startsWith("updated")).length;
    expect(updates).toBeGreaterThanOrEqual(5);
    expect(updates).toBeLessThanOrEqual(5 + 3);
    await pass(120_000);
    expect(lines.filter((line) => line.startsWith("updated")).length).toBeLessThanOrEqual(5 + 7);
    expect(service()?.device?.friendlyName).toBe("/179");
  });

  test("S-35 a description that is another at each reading is told of in moderation, with what was told before", async () => {
    let count = 0;
    const { site, pass, browser } = await watching(() => page(xmlOf(`${count++}`, "uuid:1")));
    const told: string[] = [];
    browser.on("found", ({ service }) => void told.push(service.name));
    browser.on("updated", ({ service, previous }) => {
      expect(previous.name).toBe(told.at(-1));
      told.push(service.name);
    });
    for (let second = 0; second < 300; second += 2) {
      for (let time = 0; time < 2; time++) {
        site.notify({ "BOOTID.UPNP.ORG": `${second}`, "CONFIGID.UPNP.ORG": `${second}` });
        await pass(1000);
      }
    }
    expect(told.length).toBeLessThanOrEqual(1 + 5 + 10);
    await pass(120_000);
    expect([...browser.services.values()][0]?.name).toBe(told.at(-1));
  });
});

describe("many devices of one host", () => {
  test("H-19 a household of eight, each with a port of its own, is described whole", async () => {
    const { lan, laptop } = await scene();
    const host = lan.addHost("house", { addresses: ["10.0.0.5/16", "fe80::5/64"] });
    const house = new Earshot({ network: host });
    for (let i = 0; i < 8; i++) {
      const description = { friendlyName: `Device ${i}` };
      await lan.until(house.advertise({ type: BASIC, name: `d${i}`, udn: `uuid:d${i}`, description }));
    }
    const found = await lan.until(laptop.find(ROOT, { describe: true }));
    expect(found.map(({ device }) => device?.friendlyName).sort()).toEqual(
      Array.from({ length: 8 }, (_, index) => `Device ${index}`),
    );
  });

  test("H-19 four ports that somebody forges for a host do not blind us to its own", async () => {
    const { site, pass, browser, lines } = await watching();
    for (let second = 0; second < 60; second++) {
      for (const port of [1, 2, 3, 4])
        site.notify({ USN: `uuid:spoof${port}::${ROOT}`, LOCATION: `http://10.0.0.1:${port}/` });
      if (second === 30) site.notify({});
      await pass(1000);
    }
    expect(browser.services.get(ID)?.name).toBe("Lamp");
    expect(lines.filter((line) => line.includes(ID))).toEqual([`found ${ID}`]);
  });
});
