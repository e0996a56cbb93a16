import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/index.ts";
import { Crowd, Driver, Lan, MdnsCrowd, simulate } from "../../src/testing.ts";

const here = readFileSync(new URL(import.meta.url), "utf8");
const guide = readFileSync(new URL("../../../../docs/guide/testing.md", import.meta.url), "utf8");

describe("the guide's examples run", () => {
  test("the dashboard finds the lamp", () =>
    simulate({ seed: 42 }, async (lan) => {
      await using lamp = new Earshot({ network: lan.addHost("lamp") });
      await using dashboard = new Earshot({ network: lan.addHost("dashboard") });
      await lamp.advertise({ type: "urn:example-org:device:Lamp:1", name: "Kitchen", port: 80 });
      const found = await dashboard.findOne("urn:example-org:device:Lamp:1");
      expect(found.location).toBe("http://10.0.0.1:80/description.xml");
    }));

  test("time by hand", async () => {
    const lan = new Lan({ seed: 42 });
    const lamp = new Earshot({ network: lan.addHost("lamp") });
    const phone = new Earshot({ network: lan.addHost("phone") });
    const browser = phone.browse("urn:example-org:device:Lamp:1");
    const seen: string[] = [];
    browser.on("found", ({ service }) => seen.push(`found ${service.type}`));
    browser.on("lost", ({ service, reason }) => seen.push(`lost ${service.type}: ${reason}`));

    const light = await lan.until(lamp.advertise({ type: "urn:example-org:device:Lamp:1", port: 80 }));
    lan.advance(5000);
    await lan.until(light.close());
    lan.advance(1000);
    expect(seen).toEqual([
      "found urn:example-org:device:Lamp:1",
      "lost urn:example-org:device:Lamp:1: goodbye",
    ]);
    await lan.until(Promise.all([lamp.close(), phone.close()]));
  });

  test("weather", async () => {
    const lan = new Lan({ seed: 1 });
    const [lampHost, phoneHost] = [lan.addHost("lamp"), lan.addHost("phone")];
    const phone = new Earshot({ network: phoneHost });
    const browser = phone.browse("urn:example-org:device:Lamp:1");
    const lost: string[] = [];
    browser.on("lost", ({ reason }) => lost.push(reason));

    const lamp = new Earshot({ network: lampHost });
    await lan.until(lamp.advertise({ type: "urn:example-org:device:Lamp:1", port: 80, maxAgeSeconds: 60 }));
    lan.weather.change({ loss: 0.3, duplicate: 0.05, reorder: 0.1 }); // from now on, for every receiver
    lan.advance(10_000);
    lan.weather.change({ loss: { rate: 0.1, burstMs: 2000 } }); // deaf a tenth of the time, 2 s on average
    lan.weather.partition(lampHost, phoneHost); // nothing passes between them
    lan.weather.repair();
    lan.weather.unplug(lampHost);
    lan.weather.plug(lampHost, "eth0", ["10.0.9.9/16", "fe80::9/64"]); // another address, as after DHCP
    lan.weather.sleep(phoneHost, 3_600_000); // hears nothing; wakes with its timers overdue
    lan.advance(3_600_000);
    lan.weather.crash(lampHost); // the program dies without a goodbye; the machine stays

    lan.advance(600_000);
    expect(browser.services.size).toBe(0);
    expect(lost.at(-1)).toBe("expired");
    await lan.until(Promise.all([lamp.close(), phone.close()]));
  });

  test("hosts and segments", () => {
    const lan = new Lan({ seed: 1 });
    lan.addHost("nas", { addresses: ["192.168.1.10/24", "fe80::10/64"] });
    lan.addHost("router", {
      interfaces: [
        { name: "eth0", addresses: ["192.168.1.1/24"] },
        { name: "wlan0", segment: "guests", addresses: ["192.168.2.1/24", "fe80::1/64"] },
      ],
    });
    lan.addHost("phone", {
      interfaces: [{ name: "wlan0", segment: "guests", addresses: ["192.168.2.7/24"] }],
    });

    expect(lan.hosts.map((host) => host.links.length)).toEqual([2, 3, 1]);
  });

  test("a crowd", async () => {
    const lan = new Lan({ seed: 1 });
    const laptop = new Earshot({ network: lan.addHost("laptop") });
    const crowd = new Crowd({ devices: 500, answers: "burst" });
    const driver = new Driver(lan.addHost("crowd", crowd.host), crowd, { deliver: () => {} });
    driver.turn((turn) => crowd.announce(turn, 10_000)); // all within ten seconds

    expect(await lan.until(laptop.find("upnp:rootdevice"))).toHaveLength(500);
    await lan.until(laptop.close());
  });

  test("a crowd of services", async () => {
    const lan = new Lan({ seed: 1 });
    const laptop = new Earshot({ network: lan.addHost("laptop") });
    const crowd = new MdnsCrowd({ services: 500, type: "_http._tcp", additionals: false });
    const driver = new Driver(lan.addHost("crowd", crowd.host), crowd, { deliver: () => {} });

    expect(await lan.until(laptop.find("_http._tcp"))).toHaveLength(500);
    await lan.until(Promise.all([laptop.close(), driver.close()]));
  });

  test("many seeds", async () => {
    const keep = (pcap: Uint8Array, seed: number) => writeFileSync(`failed-${seed}.pcap`, pcap);
    for (let seed = 1; seed <= 50; seed++)
      await simulate({ seed, loss: 0.1, onFailure: keep }, async (lan) => {
        await using lamp = new Earshot({ network: lan.addHost("lamp") });
        await using phone = new Earshot({ network: lan.addHost("phone") });
        await lamp.advertise({ type: "urn:example-org:device:Lamp:1", port: 80 });
        await phone.findOne("urn:example-org:device:Lamp:1", { timeoutMs: 10_000 });
      });
  });

  test("and they are the ones that stand here", () => {
    const blocks = guide
      .split("```ts\n")
      .slice(1)
      .map((rest) => rest.split("```")[0] ?? "");
    expect(blocks.length).toBeGreaterThan(6);
    for (const block of blocks) {
      const body = block.replace(/^import .*\n/gm, "");
      expect(squeezed(here)).toContain(squeezed(body));
    }
  });
});

/** Without what formatters decide. */
function squeezed(code: string): string {
  return code.replace(/\s+/g, "").replace(/,([)}\]])/g, "$1");
}
