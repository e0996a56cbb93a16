import { describe, expect, test } from "vitest";
import type { BoundLink } from "../../src/core/engine.ts";
import { Earshot, NetworkError } from "../../src/index.ts";
import type { Channel, Network } from "../../src/network/index.ts";
import { type Host, Lan } from "../../src/testing/index.ts";
import { diary, FILMS, guest, household, ids, MEDIA_SERVER, offer } from "./household.ts";

const NO_INTERFACE = expect.objectContaining({ code: "NO_USABLE_INTERFACE" });

async function read(loop: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of loop);
}

/** A host whose channels are not quite what they were. */
function opening(
  host: Host,
  change: (channel: Channel) => Channel,
  serves: (link: BoundLink) => boolean = () => true,
): Network {
  const open: Network["open"] = (binding, listener) =>
    change(
      host.open(binding, {
        datagram: (datagram) => listener.datagram(datagram),
        links: (links, resumed) => listener.links(links.filter(serves), resumed),
        fault: (fault) => listener.fault(fault),
      }),
    );
  const { clock, random, http, system } = host;
  const listen: Network["listen"] = (handler, link) => host.listen(handler, link);
  return { clock, random, http, system, listen, open, links: host.links, uuid: (name) => host.uuid(name) };
}

/** A laptop that is on no network yet. */
function unplugged() {
  const lan = new Lan({ seed: 1 });
  const { host, earshot } = guest(lan, "laptop", { host: { addresses: [] } });
  return { lan, host, earshot };
}

describe("where there is no network", () => {
  test("every loop, find, search and advertisement rejects, and nothing stays open", async () => {
    const { lan, earshot } = unplugged();
    const browser = earshot.browse();
    const search = earshot.search();
    const tries = [read(browser), read(search), earshot.find(), earshot.findOne(), earshot.advertise(offer)];
    const all = await lan.until(Promise.allSettled(tries));
    expect(all.map(({ status }) => status)).toEqual(new Array(5).fill("rejected"));
    for (const failed of tries) await expect(failed).rejects.toThrow(NO_INTERFACE);
    expect(earshot.users).toBe(0);
    await expect(browser.ready).rejects.toThrow(NetworkError);
    await expect(read(browser)).rejects.toThrow(NO_INTERFACE);
    await expect(read(search)).rejects.toThrow(NO_INTERFACE);
    await lan.until(earshot.close());
  });

  test("F-01 the same Earshot works once there is one", async () => {
    const { lan, host, earshot } = unplugged();
    const { earshot: server } = guest(lan, "server");
    await lan.until(server.advertise(offer));
    for (let i = 0; i < 3; i++) await expect(lan.until(earshot.find())).rejects.toThrow(NO_INTERFACE);
    lan.weather.plug(host, "eth0", ["10.0.0.77/16"]);
    const found = await lan.until(earshot.find());
    expect(found.map(({ id }) => id).sort()).toEqual(FILMS);
    const browser = earshot.browse("upnp:rootdevice");
    const lines = diary(browser);
    lan.advance(3000);
    expect(lines).toEqual(["found uuid:films::upnp:rootdevice"]);
    await lan.until(earshot.close());
    expect(lan.describe()).toContain("laptop: nothing open");
  });

  test("what could not start is gone before closing has ended", async () => {
    const { lan, host } = unplugged();
    let free = (): void => {};
    const closed = new Promise<void>((resolve) => {
      free = resolve;
    });
    const network = opening(host, (channel) => ({
      ready: channel.ready,
      send: (outgoing) => channel.send(outgoing),
      close: () => channel.close().then(() => closed),
    }));
    const earshot = new Earshot({ network });
    await expect(lan.until(read(earshot.browse()))).rejects.toThrow(NO_INTERFACE);
    let isOver = false;
    const end = earshot.close().then(() => {
      isOver = true;
    });
    await new Promise((resolve) => void setImmediate(resolve));
    expect(isOver).toBe(false);
    free();
    await end;
    expect(lan.describe()).toContain("laptop: no link; nothing open");
  });

  test("an onIdle that closes is called once all is over", async () => {
    const { lan, host } = unplugged();
    let idle = 0;
    const earshot = new Earshot({ network: host, onIdle: () => idle++ });
    await expect(lan.until(read(earshot.browse()))).rejects.toThrow(NO_INTERFACE);
    expect(idle).toBe(1);
  });
});

describe("links", () => {
  test("before the start those of the network, then those that are served", async () => {
    const { lan, laptop, laptopHost } = household();
    expect(laptop.links.map(({ id }) => id)).toEqual(["eth0/4", "eth0/6"]);
    const browser = laptop.browse();
    await lan.until(browser.ready);
    expect(laptop.links.map(({ id }) => id)).toEqual(["eth0/4", "eth0/6"]);
    lan.weather.unplug(laptopHost);
    lan.advance(1000);
    expect(laptop.links).toEqual([]);
    await lan.until(browser.close());
  });

  test("a link that the network has and the channel does not serve is not among them", async () => {
    const { lan, laptopHost } = household();
    const network = opening(
      laptopHost,
      (channel) => channel,
      ({ family }) => family === 4,
    );
    expect(network.links).toHaveLength(2);
    const earshot = new Earshot({ network });
    await lan.until(earshot.browse().ready);
    expect(earshot.links.map(({ id }) => id)).toEqual(["eth0/4"]);
  });
});

describe("joining those who look already", () => {
  test("a find beside an open browser of the same type searches again: it finds what only answers", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse(MEDIA_SERVER);
    lan.advance(10_000);
    await lan.until(server.advertise({ ...offer, hidden: true }));
    lan.advance(3000);
    expect(ids(browser)).toEqual([]);
    expect(await lan.until(laptop.find(MEDIA_SERVER))).toHaveLength(1);
    expect(browser.services.size).toBe(1);
  });

  test("but not within seconds of the last round", async () => {
    const { lan, laptop } = household();
    const browser = laptop.browse();
    await lan.until(browser.ready);
    lan.advance(2000);
    const before = lan.stats.sent;
    for (let i = 0; i < 100; i++) laptop.browse();
    lan.advance(2000);
    expect(lan.stats.sent).toBe(before);
  });
});

describe("passive browsing", () => {
  /** A server that falls silent without a word, and what is sent from then until it is lost. */
  async function silenced(...passive: boolean[]) {
    const { lan, server, serverHost, laptop } = household();
    const browsers = passive.map((isPassive) => laptop.browse({ passive: isPassive }));
    await lan.until(Promise.all(browsers.map(({ ready }) => ready)));
    await lan.until(server.advertise({ ...offer, maxAgeSeconds: 60 }));
    lan.advance(10_000);
    return { lan, laptop, serverHost, browsers };
  }

  test("sends nothing at all: not when it starts, not when what it heard runs out", async () => {
    const { lan, serverHost, browsers } = await silenced(true, true);
    lan.weather.crash(serverHost);
    const before = lan.stats.sent;
    lan.advance(200_000);
    expect(lan.stats.sent).toBe(before);
    expect(browsers.map(ids)).toEqual([[], []]);
  });

  test("beside one that is not, what falls silent is asked, until that one is closed", async () => {
    for (const isClosed of [false, true]) {
      const { lan, serverHost, browsers } = await silenced(true, false);
      if (isClosed) await lan.until(browsers[1]?.close() ?? Promise.resolve());
      lan.weather.crash(serverHost);
      const before = lan.stats.sent;
      lan.advance(200_000);
      expect(lan.stats.sent > before).toBe(!isClosed);
      expect(browsers.slice(0, 1).map(ids)).toEqual([[]]);
    }
  });
});
