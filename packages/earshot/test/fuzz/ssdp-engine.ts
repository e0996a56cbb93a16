import type { SsdpEvent } from "../../src/ssdp/events.ts";
import type { SsdpOptions } from "../../src/ssdp/index.ts";
import { messageLimits } from "../../src/ssdp/message.ts";
import { devices } from "../ssdp/corpus.ts";
import {
  alive,
  byebye,
  DEVICE,
  msearch,
  Rig,
  ROOT,
  response,
  SERVICE,
  TYPED,
  UDN,
  V4,
  V6,
} from "../ssdp/rig.ts";
import { wireFormats } from "../ssdp/wire-formats.ts";
import { utf8 } from "./mutant.ts";
import { readScript, type Script, ScriptChanger, type Step, writeScript } from "./script.ts";
import type { Signature } from "./signature.ts";
import { WORDS } from "./ssdp-codec.ts";
import { insist, type Target } from "./target.ts";

const DAY_MS = 86_400_000;
/** How long nothing happens before a step, in ms. */
const DELAYS = [
  0, 0, 0, 1, 20, 100, 300, 1000, 2900, 5000, 10_000, 35_000, 60_000, 70_000, 400_000, 1_860_000,
];
/** Neighbours in both families, one that is off the link, and one of our own addresses. */
const V4_SOURCES = [
  "192.168.1.20",
  "192.168.1.21",
  "192.168.1.22",
  "192.168.1.23",
  "10.9.9.9",
  "192.168.1.10",
];
const V6_SOURCES = ["fe80::20", "fe80::21", "fd00::20", "fe80::22", "2001:db8::1", "fe80::10"];
const PORTS = [1900, 50_000, 49_152, 1];
/** Tight, so that every table overflows; and as it comes. */
const TIGHT = {
  devices: 3,
  devicesPerSource: 2,
  services: 16,
  pendingAnswers: 4,
  answersPerSecondPerSource: 3,
  answerBurstPerSource: 5,
  answersPerSecond: 10,
};
const DEFAULTS = {
  devices: 2048,
  devicesPerSource: 64,
  services: 4096,
  pendingAnswers: 256,
  answersPerSecondPerSource: 10,
  answerBurstPerSource: 20,
  answersPerSecond: 100,
};
/** Deadlines that are neither a place's nor an answer's: searches, offers, inquiries, links. */
const MOST_OTHER_DEADLINES = 160;
/** What is announced: mostly one entry, for what is sent costs more time than what is heard. */
const BARE = { maxAgeSeconds: 86_400, bare: { target: SERVICE, usn: `uuid:own::${SERVICE}` } };
const TREE = {
  location: "http://{address}:80/",
  root: { type: DEVICE, udn: "uuid:own", services: [SERVICE] },
};
/** Most times that an engine may be woken in one script: a day of it has a few hundred reasons. */
const MOST_WAKES = 20_000;

const changer = new ScriptChanger(WORDS, messageLimits.maxBytes + 64);
let datagrams = 0;

/** A whole engine that browses, searches and announces, whatever strangers, the clock and the machine do. */
export const ssdpEngine: Target = {
  name: "ssdp-engine",
  seeds: seeds(),
  dictionary: WORDS,
  mostBytes: 24_000,
  mutate: (mutant, random, pick) => changer.change(mutant, random, pick),
  run(bytes, signature) {
    new Play(readScript(bytes)).perform(signature);
  },
  examine(bytes) {
    new Play(readScript(bytes)).end();
  },
  without(bytes, part) {
    const { setup, steps } = readScript(bytes);
    return part < steps.length ? writeScript({ setup, steps: steps.toSpliced(part, 1) }) : undefined;
  },
  tally: () => `${datagrams.toLocaleString("en-GB")} datagrams`,
};

class Play {
  readonly #script: Script;
  readonly #limits: typeof TIGHT;
  readonly #rig: Rig;
  readonly #search: number;
  readonly #offer: number;
  readonly #began: number;
  readonly #there = new Set<string>();
  #told = 0;
  #wakes = 0;

  constructor(script: Script) {
    const { setup } = script;
    this.#script = script;
    this.#limits = setup & 1 ? TIGHT : DEFAULTS;
    this.#rig = new Rig({ links: [V4, V6], limits: this.#limits, ...options(setup) });
    this.#began = this.#rig.now;
    this.#search = this.#rig.search({ everyMs: 1_800_000, target: setup & 2 ? DEVICE : "ssdp:all" });
    this.#offer = this.#rig.offer(setup & 32 ? TREE : BARE);
  }

  perform(signature: Signature): void {
    this.#steps();
    for (const event of this.#rig.events) {
      signature.note(event.kind);
      if (event.kind === "dropped") signature.note(event.reason);
      if (event.kind === "lost") signature.note(event.reason);
    }
    for (const { message, to } of this.#rig.sent)
      signature.note(`${message.kind} to ${to === "group" ? to : "one"}`);
    signature.count("known", this.#rig.engine.counts.known);
  }

  /** Once nobody speaks any more, everything is forgotten, and nothing is waited for. */
  end(): void {
    this.#steps();
    this.#rig.relink([V4, V6]);
    this.#rig.engine.endSearch(this.#search);
    this.#rig.turn((turn) => this.#rig.engine.withdraw(this.#offer, turn));
    this.#advance(DAY_MS + 600_000);
    this.#check();
    insist(this.#there.size === 0, "something is known for ever");
    const [waiting] = this.#rig.engine.waiting;
    insist(waiting === undefined, `"${waiting?.reason}" is waited for for ever`);
  }

  #steps(): void {
    for (const step of this.#script.steps) {
      this.#advance(DELAYS[step.delay & 15] ?? 0);
      this.#perform(step);
      this.#check();
    }
    this.#checkAnswers();
  }

  #perform({ deed, source, packet }: Step): void {
    if (deed >= 0xf0) {
      const links = [V4, V6].filter((_, index) => deed & (1 << index));
      this.#rig.relink(links, (deed & 4) !== 0);
      return;
    }
    datagrams++;
    const isV6 = (deed & 4) !== 0;
    const sources = isV6 ? V6_SOURCES : V4_SOURCES;
    this.#rig.hear([], {
      bytes: packet,
      link: isV6 ? V6 : V4,
      socket: deed & 1 ? "own" : "shared",
      to: deed & 2 ? "host" : "group",
      address: sources[(source & 7) % sources.length] ?? "",
      port: PORTS[(source >> 3) & 3] ?? 0,
    });
  }

  /** Lets time pass; time must go on, however the engine is woken. */
  #advance(ms: number): void {
    const rig = this.#rig;
    const end = rig.now + ms;
    while (rig.engine.wakeAt <= end) {
      insist(++this.#wakes <= MOST_WAKES, `is woken more than ${MOST_WAKES} times`);
      rig.now = Math.max(rig.now, rig.engine.wakeAt);
      rig.turn((turn) => rig.engine.wake(turn));
    }
    rig.now = end;
  }

  #check(): void {
    const { engine, events } = this.#rig;
    for (; this.#told < events.length; this.#told++) this.#follow(events[this.#told] as SsdpEvent);
    const { known } = engine.counts;
    insist(known === this.#there.size, `${known} are known, ${this.#there.size} were told of`);
    insist(known <= this.#limits.services, `${known} services are known`);
    const udns = new Set<string>();
    for (const { id, udn, sightings } of engine.records) {
      insist(this.#there.has(id), "something is known that was not told");
      insist(sightings.length > 0 && sightings.length <= 8, `${sightings.length} sightings of one service`);
      udns.add(udn);
    }
    insist(udns.size <= this.#limits.devices, `${udns.size} devices are known`);
    const most = 2 * this.#limits.devices + this.#limits.pendingAnswers + MOST_OTHER_DEADLINES;
    insist(engine.waiting.length <= most, `${engine.waiting.length} deadlines`);
    insist(engine.wakeAt > Number.NEGATIVE_INFINITY, "wakeAt is no instant");
  }

  /** Found and lost alternate. */
  #follow(event: SsdpEvent): void {
    if (!("record" in event)) return;
    const { id } = event.record;
    insist(this.#there.has(id) === (event.kind !== "found"), `${event.kind} out of turn`);
    if (event.kind === "lost") this.#there.delete(id);
    else this.#there.add(id);
  }

  /** No address gets more answers than the limits allow, whatever it asks; this machine's own programs aside. */
  #checkAnswers(): void {
    const { answerBurstPerSource, answersPerSecondPerSource } = this.#limits;
    const seconds = (this.#rig.now - this.#began) / 1000;
    const most = answerBurstPerSource + answersPerSecondPerSource * seconds + 1;
    const answers = new Map<string, number>();
    for (const { message, to } of this.#rig.sent) {
      if (message.kind !== "response" || to === "group" || isOwn(to.address)) continue;
      const count = (answers.get(to.address) ?? 0) + 1;
      insist(count <= most, "an address gets more answers than the limits allow");
      answers.set(to.address, count);
    }
  }
}

function options(setup: number): SsdpOptions {
  return { lenient: (setup & 4) !== 0, siteScope: (setup & 8) !== 0, holdGoodbyeMs: setup & 16 ? 5000 : 0 };
}

function isOwn(address: string): boolean {
  return [V4, V6].some(({ addresses }) => addresses.some((own) => own.address === address));
}

/** Short stories, and every known message by itself. */
function seeds(): Uint8Array[] {
  const group = (lines: readonly string[], delay = 6, source = 0): Step => ({
    delay,
    source,
    deed: 0,
    packet: packet(lines),
  });
  const unicast = (lines: readonly string[], delay = 6, source = 0): Step => ({
    ...group(lines, delay, source),
    deed: 3,
  });
  const typed = { NT: DEVICE, USN: TYPED };
  const boot = (id: string): Record<string, string> => ({ "BOOTID.UPNP.ORG": id });
  const update = { NTS: "ssdp:update", "BOOTID.UPNP.ORG": "1", "NEXTBOOTID.UPNP.ORG": "2" };
  const link = (deed: number): Step => ({ delay: 7, source: 0, deed, packet: new Uint8Array(0) });
  const stories: readonly (readonly Step[])[] = [
    [group(alive()), group(alive(typed)), group(byebye(), 12)],
    [
      group(alive(boot("1"))),
      group(alive({ ...update, NT: UDN, USN: UDN })),
      group(alive(boot("2"))),
      group(byebye(boot("1"))),
    ],
    [
      unicast(response()),
      unicast(response({ ST: DEVICE, USN: TYPED })),
      group(byebye()),
      unicast(response(), 5),
    ],
    [group(msearch()), group(msearch({ ST: DEVICE }), 0, 1), group(msearch({ ST: ROOT, MX: "1" }), 7, 8)],
    [
      group(alive()),
      link(0xf0),
      group(alive(), 10),
      link(0xf7),
      group(alive({ "CACHE-CONTROL": "max-age=1" }), 14),
    ],
    [group(alive()), group(alive(), 5, 1), group(byebye(), 5, 2), unicast(response(), 8)],
    [
      group(alive({ NT: SERVICE, USN: `${UDN}::${SERVICE}` })),
      group(byebye({ NT: SERVICE, USN: `${UDN}::${SERVICE}` })),
    ],
  ];
  const messages = [...devices, ...wireFormats].map(({ text, kind }): Step[] => [
    { delay: 7, source: 0, deed: kind === "response" ? 3 : 0, packet: utf8(text) },
  ]);
  return [
    ...[...stories, ...messages].flatMap((steps) => [0, 1].map((setup) => writeScript({ setup, steps }))),
    ...stories.map((steps) => writeScript({ setup: 33, steps })),
  ];
}

function packet(lines: readonly string[]): Uint8Array {
  return utf8(`${lines.join("\r\n")}\r\n\r\n`);
}
