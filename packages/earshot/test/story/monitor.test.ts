import { channel } from "node:diagnostics_channel";
import { describe, expect, test } from "vitest";
import { Earshot, type Monitor, type MonitoredDatagram, NetworkError, UsageError } from "../../src/index.ts";
import { Lan } from "../../src/testing.ts";
import { household, offer } from "./household.ts";

const GROUP = { address: "239.255.255.250", port: 1900 };
const NONSENSE = new TextEncoder().encode("NONSENSE\r\n\r\n");

/** Everything that a monitor has to tell so far. */
async function read(lan: Lan, monitor: Monitor): Promise<MonitoredDatagram[]> {
  const all: MonitoredDatagram[] = [];
  const loop = (async () => {
    for await (const datagram of monitor) all.push(datagram);
  })();
  await lan.until(monitor.close());
  await loop;
  return all;
}

function summary({ direction, link, from, message, dropped }: MonitoredDatagram): string {
  return `${direction} ${link} ${from.address} ${message.kind}${dropped ? ` (${dropped})` : ""}`;
}

describe("F06 F21 monitoring everything on the group", () => {
  test("nothing is sent for it, and everything that others say is told, whoever it is for", async () => {
    const { lan, server, laptop } = household();
    const monitor = laptop.monitor();
    await lan.until(monitor.ready);
    lan.advance(60_000);
    expect(lan.stats).toMatchObject({ sent: 0 });
    await lan.until(server.advertise(offer));
    lan.advance(1000);
    const searching = lan.addHost("phone");
    await lan.until(new Earshot({ network: searching }).find("urn:x:device:Nothing:1", { timeoutMs: 100 }));
    const heard = await read(lan, monitor);
    expect(new Set(heard.map(({ direction }) => direction))).toEqual(new Set(["in"]));
    expect(heard.filter(({ message }) => message.kind === "search").length).toBeGreaterThanOrEqual(2);
    const [first] = heard.filter(({ message }) => message.kind === "notify");
    expect(first).toMatchObject({ protocol: "ssdp", link: "eth0/4", to: GROUP, violations: [] });
    expect(first?.dropped).toBeUndefined();
    expect(new TextDecoder().decode(first?.bytes)).toMatch(/^NOTIFY \* HTTP\/1\.1\r\n/);
    expect(lan.stats.sent).toBe(heard.length);
  });

  test("what is malformed, or refused, is told with the reason", async () => {
    const { lan, laptop } = household();
    const monitor = laptop.monitor();
    await lan.until(monitor.ready);
    const from = { address: "10.0.0.66", port: 1900 };
    lan.inject({ from, to: GROUP, bytes: NONSENSE });
    lan.advance(100);
    const text = "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNTS: ssdp:alive\r\nNT: x\r\n\r\n";
    lan.inject({ from, to: GROUP, bytes: new TextEncoder().encode(text) });
    lan.advance(100);
    lan.inject({ from, to: GROUP, bytes: new TextEncoder().encode("M-SEARCH * HTTP/1.0\r\n\r\n") });
    lan.advance(100);
    const heard = await read(lan, monitor);
    expect(heard.map(summary)).toEqual([
      "in eth0/4 10.0.0.66 malformed (malformed)",
      "in eth0/4 10.0.0.66 notify (no-usn)",
      "in eth0/4 10.0.0.66 malformed (malformed)",
    ]);
    expect(heard[0]?.violations).toMatchObject([{ code: "unknown-start-line" }]);
    expect(heard[1]?.violations).toContainEqual({
      code: "missing-header",
      detail: "USN",
      says: "USN is required (UDA 1.2.2)",
    });
  });

  test("what we say is told as it leaves, and once more as we hear it ourselves; answers with both ends", async () => {
    const { lan, server, laptop } = household({}, { server: { addresses: ["10.0.0.5/16"] } });
    await lan.until(server.advertise(offer));
    lan.advance(1000);
    const monitor = server.monitor();
    await lan.until(monitor.ready);
    await lan.until(laptop.find(offer.type));
    await lan.until(server.close());
    const all: MonitoredDatagram[] = [];
    for await (const datagram of monitor) all.push(datagram);
    const answers = all.filter(({ message }) => message.kind === "response");
    expect(answers.length).toBeGreaterThan(0);
    for (const { direction, from, to } of answers) {
      expect([direction, from.address]).toEqual(["out", "10.0.0.5"]);
      expect(to.port).toBeGreaterThanOrEqual(49_152);
    }
    const goodbyes = all.filter(({ message }) => message.kind === "notify");
    const [out, back] = ["out", "in"].map((way) => goodbyes.filter(({ direction }) => direction === way));
    expect(out?.length).toBeGreaterThan(0);
    expect(back?.every(({ from }) => from.address === "10.0.0.5")).toBe(true);
    expect(out?.every(({ to }) => to.address === GROUP.address && to.port === 1900)).toBe(true);
    expect(all.flatMap<unknown>(({ violations }) => violations)).toEqual([]);
  });

  test("what goes to a neighbour of a second subnet leaves, in what is told, from the address there", async () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("two", { addresses: ["10.0.0.5/16", "192.168.7.5/24"] });
    const earshot = new Earshot({ network: host });
    const monitor = earshot.monitor();
    await lan.until(monitor.ready);
    const search = earshot.search("ssdp:all", { to: "192.168.7.9" });
    await lan.until(search.ready);
    lan.advance(100);
    const [sent] = (await read(lan, monitor)).filter(({ direction }) => direction === "out");
    expect(sent).toMatchObject({
      from: { address: "192.168.7.5" },
      to: { address: "192.168.7.9", port: 1900 },
    });
    expect(sent?.violations).toEqual([]);
    await lan.until(earshot.close());
  });

  test("of what nobody reads the newest is kept, and the loss is counted", async () => {
    const { lan, laptop } = household();
    const monitor = laptop.monitor({ mostUnread: 3 });
    await lan.until(monitor.ready);
    for (let at = 0; at < 10; at++) {
      lan.inject({ from: { address: "10.0.0.66", port: 1000 + at }, to: GROUP, bytes: NONSENSE });
      lan.advance(100);
    }
    expect(monitor.lost).toBe(7);
    const heard = await read(lan, monitor);
    expect(heard.map(({ from }) => from.port)).toEqual([1007, 1008, 1009]);
  });

  test("the bytes that are kept are bounded too", async () => {
    const { lan, laptop } = household();
    const monitor = laptop.monitor({ mostUnread: 1000 });
    await lan.until(monitor.ready);
    const bytes = new Uint8Array(60_000);
    for (let at = 0; at < 200; at++)
      lan.inject({ from: { address: "10.0.0.66", port: 1000 + at }, to: GROUP, bytes });
    lan.advance(100);
    const heard = await read(lan, monitor);
    expect(heard.length).toBe(Math.floor((8 * 2 ** 20) / 60_000));
    expect(monitor.lost).toBe(200 - heard.length);
  });

  test("two monitors each get everything; the last to close takes the tap off", async () => {
    const { lan, laptop } = household();
    const [one, two] = [laptop.monitor(), laptop.monitor()];
    await lan.until(Promise.all([one.ready, two.ready]));
    expect(laptop.users).toBe(2);
    const shout = (): void => {
      lan.inject({ from: { address: "10.0.0.66", port: 1 }, to: GROUP, bytes: NONSENSE });
      lan.advance(10);
    };
    shout();
    await one.close();
    shout();
    const heard = [await read(lan, one), await read(lan, two)];
    expect(heard.map(({ length }) => length)).toEqual([1, 2]);
    expect(laptop.users).toBe(0);
  });

  test("a signal, leaving the loop, or closing Earshot ends it, quietly", async () => {
    const { lan, laptop } = household();
    const controller = new AbortController();
    const monitors = [laptop.monitor({ signal: controller.signal }), laptop.monitor(), laptop.monitor()];
    await lan.until(Promise.all(monitors.map(({ ready }) => ready)));
    lan.inject({ from: { address: "10.0.0.66", port: 1 }, to: GROUP, bytes: NONSENSE });
    lan.advance(10);
    controller.abort();
    for await (const _ of monitors[1] ?? []) break;
    expect(laptop.users).toBe(1);
    await lan.until(laptop.close());
    for (const monitor of monitors) for await (const _ of monitor) expect(laptop.users).toBe(0);
    expect(() => laptop.monitor()).toThrow(UsageError);
  });

  test("where nothing can be heard, it rejects and closes itself", async () => {
    const lan = new Lan({ seed: 1 });
    const deaf = new Earshot({ network: lan.addHost("deaf", { interfaces: [] }) });
    const monitor = deaf.monitor();
    await expect(lan.until(monitor.ready)).rejects.toThrow(NetworkError);
    expect(deaf.users).toBe(0);
    const loop = async (): Promise<void> => {
      for await (const _ of monitor) expect.unreachable();
    };
    await expect(lan.until(loop())).rejects.toThrow(NetworkError);
  });

  test("a bound that cannot be is refused, and holds nothing", () => {
    const { laptop } = household();
    expect(() => laptop.monitor({ mostUnread: 0 })).toThrow(UsageError);
    expect(laptop.users).toBe(0);
  });
});

describe("earshot:malformed", () => {
  test("whoever subscribes is told of each malformed datagram, with reason and bytes", async () => {
    const { lan, laptop } = household();
    const told: unknown[] = [];
    const listener = (message: unknown): void => void told.push(message);
    const published = channel("earshot:malformed");
    const browser = laptop.browse({ passive: true });
    await lan.until(browser.ready);
    const from = { address: "10.0.0.66", port: 1900 };
    const say = (text: string): void => {
      lan.inject({ from, to: GROUP, bytes: new TextEncoder().encode(text) });
      lan.advance(10);
    };
    say("NONSENSE\r\n\r\n"); // Nobody has subscribed.
    published.subscribe(listener);
    say("NOTIFY /x HTTP/1.1\r\n\r\n");
    say("NOTIFY * HTTP/1.1\r\nNT: x\r\nNTS: ssdp:alive\r\n\r\n"); // Of no use, and a message.
    published.unsubscribe(listener);
    expect(told).toEqual([
      {
        protocol: "ssdp",
        link: "eth0/4",
        from,
        bytes: new TextEncoder().encode("NOTIFY /x HTTP/1.1\r\n\r\n"),
        reason: "bad-request-uri",
      },
    ]);
  });
});
