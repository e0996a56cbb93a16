import { expect } from "vitest";
import type { Datagram, Engine, Turn } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import { Earshot } from "../../src/earshot.ts";
import { Driver } from "../../src/network/index.ts";
import { Lan, MdnsCrowd, type MdnsCrowdOptions } from "../../src/testing/index.ts";

export const CROWD = "_crowd._tcp";
const LAPTOP = { addresses: ["10.0.255.1/16", "fe80::ffff/64"] };

export interface CrowdScene extends MdnsCrowdOptions {
  /** Of every datagram to anybody. @default 0 */
  readonly loss?: number;
  /** Share of its answers that nobody hears, besides. @default 0 */
  readonly unheard?: number;
}

/** A crowd of services and one laptop that has room for all of them. */
export function crowdScene({ loss = 0, unheard = 0, ...options }: CrowdScene) {
  const lan = new Lan({ seed: options.seed ?? 1, loss });
  const crowd = new MdnsCrowd(options);
  const driver = new Driver(lan.addHost("crowd", crowd.host), mumbling(crowd, unheard), {
    deliver: () => {},
  });
  const records = 20 * options.services + 1000;
  const mdns = { limits: { records, recordsPerSource: records, instances: 2 * options.services } };
  const network = lan.addHost("laptop", LAPTOP);
  return { lan, crowd, driver, network, laptop: new Earshot({ network, protocols: ["dns-sd"], mdns }) };
}

/** How long it takes until all are found, in ms; `Infinity` when that is not within `withinMs`. */
export function timeUntilAll(
  { lan, laptop }: Pick<ReturnType<typeof crowdScene>, "lan" | "laptop">,
  services: number,
  withinMs: number,
): number {
  const began = lan.now;
  const browser = laptop.browse(CROWD);
  while (browser.services.size < services && lan.now - began < withinMs) lan.advance(50);
  return browser.services.size === services ? lan.now - began : Number.POSITIVE_INFINITY;
}

/** So many hosts, each with a whole `Earshot`, come and go, and one browser sees all of them. */
export async function wholeEngines(count: number): Promise<void> {
  const lan = new Lan({ seed: count });
  const spoken = { protocols: ["dns-sd"] } as const;
  const laptop = new Earshot({ network: lan.addHost("laptop", { addresses: ["10.0.255.1/16"] }), ...spoken });
  const browser = laptop.browse(CROWD);
  const devices = Array.from({ length: count }, (_, i) => {
    const address = `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}/16`;
    return new Earshot({ network: lan.addHost(`device-${i}`, { addresses: [address] }), ...spoken });
  });
  const offers = devices.map((device, i) =>
    device.advertise({ type: CROWD, name: `Device ${i}`, port: 1 + i }),
  );
  await lan.until(Promise.all(offers));
  lan.advance(2000);
  expect(browser.services.size).toBe(count);
  await lan.until(Promise.all(devices.map((device) => device.close())));
  lan.advance(2000);
  expect(browser.services.size).toBe(0);
}

/** The same engine, of which a share of what it says does not reach the wire. */
function mumbling(crowd: MdnsCrowd, share: number): Engine<never> {
  const random = new Random(1);
  const through = (turn: Turn<never>): Turn<never> => ({
    now: turn.now,
    date: () => turn.date(),
    emit: () => {},
    send: (outgoing) => (random.next() < share ? undefined : turn.send(outgoing)),
  });
  return {
    binding: crowd.binding,
    get wakeAt() {
      return crowd.wakeAt;
    },
    wants: (bytes) => crowd.wants(bytes),
    wake: (turn) => crowd.wake(through(turn)),
    receive: (datagram: Datagram, turn) => crowd.receive(datagram, through(turn)),
    relink: (links) => crowd.relink(links),
  };
}
