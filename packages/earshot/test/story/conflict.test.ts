import { describe, expect, test } from "vitest";
import type { Browser, SsdpService } from "../../src/index.ts";
import type { Lan } from "../../src/testing/index.ts";
import { diary, FILMS, household, ids, offer } from "./household.ts";

const GROUP = { address: "239.255.255.250", port: 1900 };
const ROOT = "uuid:films::upnp:rootdevice";
const [HOME, THIEF] = ["10.0.0.1", "10.0.0.66"];

/** A stranger at 10.0.0.66 says something in the name of the media server. */
function pretend(lan: Lan, nts: "ssdp:alive" | "ssdp:byebye", headers: Record<string, string> = {}): void {
  const all = {
    HOST: "239.255.255.250:1900",
    ...(nts === "ssdp:alive" && {
      LOCATION: `http://${THIEF}/evil.xml`,
      "CACHE-CONTROL": "max-age=1800",
      SERVER: "X/1 UPnP/1.1 X/1",
    }),
    NT: "upnp:rootdevice",
    NTS: nts,
    USN: ROOT,
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const bytes = new TextEncoder().encode(`NOTIFY * HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  lan.inject({ from: { address: THIEF, port: 1900 }, to: GROUP, bytes });
}

function rootIn(browser: Browser<SsdpService>): SsdpService {
  return [...browser.services.values()].find(({ id }) => id === ROOT) ?? expect.unreachable();
}

/** A laptop that watches a media server, which is at 10.0.0.1 and has IPv4 only. */
async function scene() {
  const { lan, server, laptop } = household(
    {},
    { server: { addresses: [`${HOME}/16`] }, laptop: { addresses: ["10.0.0.2/16"] } },
  );
  await lan.until(server.advertise(offer));
  const browser = laptop.browse("ssdp:all");
  await lan.until(browser.ready);
  lan.advance(5000);
  const root = (): SsdpService => rootIn(browser);
  return { lan, server, browser, root, lines: diary(browser) };
}

describe("S-33 V-69 somebody else announces a device that is known, with a LOCATION of his own", () => {
  test("both are kept, each with who said it, and the conflict is told", async () => {
    const { lan, root, lines } = await scene();
    expect(root().conflict).toBe(false);
    pretend(lan, "ssdp:alive");
    lan.advance(100);
    expect(lines).toEqual([`updated ${ROOT}`]);
    expect(root().conflict).toBe(true);
    expect(
      root()
        .locations.map(({ url, from }) => [url, from])
        .sort(),
    ).toEqual(
      [
        [`http://${HOME}:8200/description.xml`, HOME],
        [`http://${THIEF}/evil.xml`, THIEF],
      ].sort(),
    );
  });

  test("his goodbye ends what he said, not the device, and the conflict with it", async () => {
    const { lan, browser, root, lines } = await scene();
    pretend(lan, "ssdp:alive");
    lan.advance(100);
    pretend(lan, "ssdp:byebye");
    lan.advance(100);
    expect(lines).toEqual([`updated ${ROOT}`, `updated ${ROOT}`]);
    expect(root().conflict).toBe(false);
    expect(root().location).toBe(`http://${HOME}:8200/description.xml`);
    lan.advance(4_000_000);
    expect(ids(browser)).toEqual(FILMS);
    expect(lines.filter((line) => line.startsWith("lost"))).toEqual([]);
  });

  test("a goodbye of his without a word before makes us ask the device, which is there", async () => {
    const { lan, browser, lines } = await scene();
    pretend(lan, "ssdp:byebye");
    lan.advance(60_000);
    expect(ids(browser)).toEqual(FILMS);
    expect(lines).toEqual([]);
  });

  test("when he falls silent he is forgotten, and the device is not", async () => {
    const { lan, browser, root } = await scene();
    pretend(lan, "ssdp:alive", { "CACHE-CONTROL": "max-age=60" });
    lan.advance(100);
    expect(root().conflict).toBe(true);
    lan.advance(120_000);
    expect(root().conflict).toBe(false);
    expect(ids(browser)).toEqual(FILMS);
  });

  test("saying the very LOCATION of the device is no conflict, and makes his word no better", async () => {
    const { lan, root } = await scene();
    const url = `http://${HOME}:8200/description.xml`;
    pretend(lan, "ssdp:alive", { LOCATION: url });
    lan.advance(100);
    expect(root().conflict).toBe(false);
    const { unusable } = root().locations.find(({ from }) => from === THIEF) ?? {};
    expect(unusable).toBe("an address other than the one that announced it");
    expect(root().location).toBe(url);
  });

  test("quirk S15 one device in both families of a link is in no conflict with itself", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    const browser = laptop.browse("ssdp:all");
    await lan.until(browser.ready);
    lan.advance(5000);
    expect(rootIn(browser).locations).toHaveLength(2);
    expect(rootIn(browser).conflict).toBe(false);
  });
});
