import type { Binding, BoundLink, Datagram, Endpoint } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { Channel, Clock, Fault, Network } from "../network/network.ts";

/**
 * What to examine: the protocol's sockets, and what it lets be said on them. All of it is said from a port of ours, or,
 * where the binding `speaksFromPort`, from the protocol's.
 */
export interface Examination {
  readonly binding: Binding;
  /** A message for these ends that is legal and that nobody answers; each call gives another one. */
  readonly probe: (to: Endpoint) => Uint8Array;
  /** A message that everybody answers; not sent when it is left out. */
  readonly question?: (to: Endpoint) => Uint8Array;
  /** How long to listen, in ms. */
  readonly waitMs: number;
  /** Ends it earlier. */
  readonly signal?: AbortSignal;
}

/** What came of it on one link. */
export interface LinkTrial {
  readonly link: BoundLink;
  /** Whether the message that was sent to the group came back from there. */
  groupHeard: boolean;
  /** Whether the message that was sent to our own address and the port it would be answered at came. */
  hostHeard: boolean;
  /** Other addresses that spoke to the group. */
  readonly speakers: Set<string>;
  /** Other addresses that spoke to our own port: that answered. */
  readonly answerers: Set<string>;
}

export interface TrialReport {
  readonly trials: readonly LinkTrial[];
  readonly faults: readonly Fault[];
  /** Why nothing could be opened at all. */
  readonly failure: NetworkError | undefined;
  /** How much it was ended early: before others had their time, or even before all was sent to ourselves and could come. */
  readonly cut: "not" | "for-others" | "for-all";
}

const MOST_FAULTS = 256;
const MOST_ADDRESSES = 1_024;
/** Tries: a single datagram may be lost. */
const TRIES = 3;
const BETWEEN_TRIES_MS = 200;

/** Opens the protocol's sockets, speaks on every link to the group and to itself, and listens what comes of it. */
export async function tryNetwork(network: Network, examination: Examination): Promise<TrialReport> {
  const trial = new Trial(network, examination);
  try {
    await trial.run();
    return { trials: trial.links, faults: trial.faults, failure: undefined, cut: trial.cut };
  } catch (error) {
    const failure = error instanceof NetworkError ? error : new NetworkError("FAILED", String(error));
    return { trials: [], faults: trial.faults, failure, cut: trial.cut };
  } finally {
    await trial.close();
  }
}

class Trial {
  readonly faults: Fault[] = [];
  readonly #clock: Clock;
  readonly #examination: Examination;
  readonly #channel: Channel;
  readonly #trials = new Map<string, LinkTrial>();
  #cut: TrialReport["cut"] = "not";
  /** What is sent to ourselves, as text, and whether it goes to the group. */
  readonly #expected = new Map<string, "group" | "host">();

  constructor(network: Network, examination: Examination) {
    this.#clock = network.clock;
    this.#examination = examination;
    this.#channel = network.open(examination.binding, {
      datagram: (datagram) => this.#hear(datagram),
      links: (links) => this.#relink(links),
      fault: (fault) => {
        if (this.faults.length < MOST_FAULTS) this.faults.push(fault);
      },
    });
  }

  get links(): LinkTrial[] {
    return [...this.#trials.values()];
  }

  get cut(): TrialReport["cut"] {
    return this.#cut;
  }

  async run(): Promise<void> {
    await this.#channel.ready;
    const { waitMs, question, signal } = this.#examination;
    const endsAt = this.#clock.now() + waitMs;
    for (let tries = 0; tries < TRIES && this.#clock.now() < endsAt && !signal?.aborted; tries++) {
      for (const trial of this.links) this.#probe(trial);
      if (tries === 0 && question) for (const { link } of this.links) this.#ask(link, question);
      await this.#until(Math.min(endsAt, this.#clock.now() + BETWEEN_TRIES_MS));
    }
    if (signal?.aborted) this.#cut = "for-all";
    await this.#until(endsAt);
    if (signal?.aborted && this.#cut === "not" && this.#clock.now() < endsAt) this.#cut = "for-others";
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  /** Resolves at the instant, or when it is ended. */
  #until(instant: number): Promise<void> {
    const { signal } = this.#examination;
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        callOff();
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const callOff = this.#clock.at(instant, end);
      signal?.addEventListener("abort", end, { once: true });
    });
  }

  #probe({ link, groupHeard, hostHeard }: LinkTrial): void {
    const { probe } = this.#examination;
    const group = this.#group(link);
    if (group && !groupHeard) this.#expect(link, "group", probe(group));
    const port = answeredAt(link, this.#examination.binding);
    if (port === undefined || hostHeard) return;
    const host = { address: link.address, port };
    this.#expect(link, host, probe(host));
  }

  #expect(link: BoundLink, to: "group" | Endpoint, bytes: Uint8Array): void {
    this.#expected.set(textOf(bytes), to === "group" ? "group" : "host");
    this.#channel.send({ bytes, to, link, socket: this.#socket });
  }

  get #socket(): "own" | "shared" {
    return this.#examination.binding.speaksFromPort ? "shared" : "own";
  }

  #ask(link: BoundLink, question: (to: Endpoint) => Uint8Array): void {
    const group = this.#group(link);
    if (group) this.#channel.send({ bytes: question(group), to: "group", link, socket: this.#socket });
  }

  #group({ family }: BoundLink): Endpoint | undefined {
    const { groups, port } = this.#examination.binding;
    const [address] = groups[family];
    return address === undefined ? undefined : { address, port };
  }

  #hear({ bytes, from, link, to }: Datagram): void {
    const trial = this.#trials.get(link.id);
    if (!trial) return;
    if (link.addresses.some(({ address }) => address === from.address)) {
      const way = this.#expected.get(textOf(bytes));
      if (way === "group" && to === "group") trial.groupHeard = true;
      if (way === "host") trial.hostHeard = true;
      return;
    }
    const heard = to === "group" ? trial.speakers : trial.answerers;
    if (heard.size < MOST_ADDRESSES) heard.add(from.address);
  }

  /** Links that come later are examined as far as time allows; those that went are out of the report. */
  #relink(links: readonly BoundLink[]): void {
    const before = new Map(this.#trials);
    this.#trials.clear();
    for (const link of links) {
      const known = before.get(link.id);
      const { groupHeard = false, hostHeard = false } = known ?? {};
      const { speakers = new Set<string>(), answerers = new Set<string>() } = known ?? {};
      this.#trials.set(link.id, { link, groupHeard, hostHeard, speakers, answerers });
    }
  }
}

/** The port at which this machine is answered directly; `undefined` where another program is, instead of us. */
export function answeredAt(link: BoundLink, { speaksFromPort }: Binding): number | undefined {
  return speaksFromPort ? link.sharedPort : link.ownPort;
}

const decoder = new TextDecoder("latin1");

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
