import { Earshot } from "../../src/earshot.ts";
import { Lan } from "../../src/testing/index.ts";

const TYPE = "_loss._tcp";
/** Hosts on one LAN; what reaches one is drawn for each by itself, so that each is a trial of its own. */
const HOSTS = 20;
/** By then every host has announced itself the most often that is possible, unheard. */
const ANNOUNCED_MS = 200_000;

export interface LossTrials {
  /** Probability that a datagram is lost on its way to one receiver. */
  readonly loss: number;
  readonly trials: number;
  /** The first of the seeds. */
  readonly seed: number;
}

/** A LAN of IPv4 on which each host offers a service of its own, and one that listens. */
function village(seed: number, announcements: number) {
  const lan = new Lan({ seed });
  const hosts = Array.from({ length: HOSTS }, (_, i) =>
    lan.addHost(`host-${i}`, { addresses: [`10.0.1.${i + 1}/16`] }),
  );
  const earshots = hosts.map(
    (network) => new Earshot({ network, protocols: ["dns-sd"], mdns: { announcements } }),
  );
  const listener = lan.addHost("listener", { addresses: ["10.0.0.1/16"] });
  const laptop = new Earshot({ network: listener, protocols: ["dns-sd"] });
  return { lan, hosts, earshots, listener, laptop };
}

/** When the services were found, in ms since the browsing began, sorted; those never found are left out. */
async function found(
  { loss, trials, seed }: LossTrials,
  play: (at: ReturnType<typeof village>, begin: () => void) => Promise<unknown>,
  announcements: number,
  passive: boolean,
): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run * HOSTS < trials; run++) {
    const at = village(seed + run, announcements);
    await play(at, () => {
      at.lan.weather.change({ loss });
      const began = at.lan.now;
      const browser = at.laptop.browse(TYPE, { passive });
      const met = new Set<string>(); // Who only listens loses what runs out, and may hear it again.
      browser.on("found", ({ service: { id } }) => {
        if (!met.has(id)) times.push(at.lan.now - began);
        met.add(id);
      });
    });
  }
  return times.sort((a, b) => a - b);
}

/** T-20: hosts that announced themselves long ago, and a browser that asks at 0, 1, 3, 7, 15, 31 and 63 s. */
export function foundByAsking(trials: LossTrials): Promise<number[]> {
  const play = async ({ lan, earshots }: ReturnType<typeof village>, begin: () => void): Promise<void> => {
    await lan.until(
      Promise.all(
        earshots.map((earshot, i) => earshot.advertise({ type: TYPE, name: `Host ${i}`, port: 1 + i })),
      ),
    );
    lan.advance(ANNOUNCED_MS);
    begin();
    lan.advance(64_000);
  };
  return found(trials, play, 2, false);
}

/** T-21: a browser that asks nothing, and hosts that announce themselves so often. */
export function foundByListening(trials: LossTrials, announcements: number): Promise<number[]> {
  const play = async ({ lan, earshots }: ReturnType<typeof village>, begin: () => void): Promise<void> => {
    begin();
    const offers = earshots.map((earshot, i) =>
      earshot.advertise({ type: TYPE, name: `Host ${i}`, port: 1 + i }),
    );
    await lan.until(Promise.all(offers));
    lan.advance(ANNOUNCED_MS);
  };
  return found(trials, play, announcements, true);
}

/** Of n queries each is heard and answered with (1-p)²: `1-(1-(1-p)²)^n` of the hosts are found. */
export function askingInTheory(loss: number, queries: number): number {
  return 1 - (1 - (1 - loss) ** 2) ** queries;
}

/** One of k announcements is enough: `1-p^k`. */
export function listeningInTheory(loss: number, announcements: number): number {
  return 1 - loss ** announcements;
}

/** What a share may fall short by chance: three standard errors, and one trial where the theory leaves next to nothing. */
export function leastBy(theory: number, trials: number): number {
  return theory - 3 * Math.sqrt((theory * (1 - theory)) / trials) - 1 / trials;
}
