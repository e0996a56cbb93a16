import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BoundLink, Outgoing, Turn } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import { DnsSdEngine, type DnsSdEvent } from "../../src/dns-sd/index.ts";
import {
  encodeMessage,
  type MdnsOptions,
  mdnsConfig,
  Name,
  type ResourceRecord,
} from "../../src/mdns/index.ts";
import { address, lineOf, PEER, ptr, srv, txt, V4, webServer } from "./rig.ts";

/** A whole engine in a glass case, with datagrams by hand. */
class Case {
  readonly engine: DnsSdEngine;
  readonly events: DnsSdEvent[] = [];
  readonly sent: Outgoing[] = [];
  now = 1_000_000;

  constructor(options: MdnsOptions = {}, links: readonly BoundLink[] = [V4]) {
    this.engine = new DnsSdEngine(mdnsConfig({ host: "me", ...options }, "12345678"), new Random(3));
    this.turn((turn) => this.engine.relink(links, false, turn));
  }

  turn<T>(step: (turn: Turn<DnsSdEvent>) => T): T {
    return step({
      now: this.now,
      date: () => new Date(0),
      send: (outgoing) => void this.sent.push(outgoing),
      emit: (event) => void this.events.push(event),
    });
  }

  advance(ms: number): void {
    const end = this.now + ms;
    while (this.engine.wakeAt <= end) {
      this.now = Math.max(this.now, this.engine.wakeAt);
      this.turn((turn) => this.engine.wake(turn));
    }
    this.now = end;
  }

  hear(answers: readonly ResourceRecord[], additionals: readonly ResourceRecord[] = []): boolean {
    return this.hearBytes(encodeMessage({ kind: "response", answers, additionals }));
  }

  hearBytes(bytes: Uint8Array): boolean {
    if (!this.engine.wants(bytes)) return false;
    this.turn((turn) =>
      this.engine.receive(
        { bytes, from: { address: PEER, port: 5353 }, link: V4, socket: "shared", to: "group" },
        turn,
      ),
    );
    return true;
  }

  get told(): string[] {
    return this.events.splice(0).map(lineOf);
  }
}

const FOUND = `found Web web.local:80 ${PEER}`;

describe("the engine", () => {
  test("A63-042 one packet with everything in it is one instance, told in the same turn", () => {
    const glass = new Case();
    glass.turn((turn) => glass.engine.browse("_http._tcp", { passive: false }, turn));
    glass.hear(webServer().slice(0, 1), webServer().slice(1));
    expect(glass.told).toEqual([FOUND]);
  });

  test("A63-042 four packets, each with one record and in any order, are one instance; what came before anybody wanted it is asked for", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        fc.integer({ min: 0, max: 2500 }),
        (order, gap) => {
          const glass = new Case();
          glass.turn((turn) => glass.engine.browse("_http._tcp", { passive: false }, turn));
          const records = webServer();
          let unheard: readonly number[] = order;
          for (let round = 0; round < 4; round++)
            unheard = unheard.filter((index) => {
              glass.advance(gap);
              return !glass.hear(records.slice(index, index + 1));
            });
          expect(unheard).toEqual([]);
          expect(glass.told.filter((line) => line.startsWith("found"))).toEqual([FOUND]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("nobody who browses, nobody who publishes: nothing is wanted and nothing is due", () => {
    const glass = new Case();
    expect(glass.hear(webServer())).toBe(false);
    expect(glass.engine.wakeAt).toBe(Number.POSITIVE_INFINITY);
    expect(glass.engine.counts).toMatchObject({ instances: 0, waiting: 0, offers: 0, publications: 0 });
  });

  test("a browse that ended asks nothing any more", () => {
    const glass = new Case();
    const id = glass.turn((turn) => glass.engine.browse("_http._tcp", { passive: false }, turn));
    glass.hear(webServer());
    glass.turn((turn) => glass.engine.endBrowse(id, turn));
    glass.sent.splice(0);
    glass.advance(7_200_000);
    expect(glass.sent).toEqual([]);
    expect([...glass.engine.instances]).toEqual([]);
    expect(glass.engine.counts.asks).toBe(0);
  });

  test("types and domains that cannot be are refused", () => {
    const glass = new Case();
    for (const type of ["", "http", "_http._tcp.example.com"])
      glass.turn((turn) => {
        const refused = expect.objectContaining({ code: "INVALID_SERVICE_TYPE" });
        expect(() => glass.engine.browse(type, { passive: false }, turn)).toThrow(refused);
        expect(() => glass.engine.browseInstances(type, () => {}, turn)).toThrow(refused);
      });
    expect(glass.engine.counts.asks).toBe(0);
  });

  test("too many instances are told as dropped, with the datagram that named them", () => {
    const glass = new Case({ limits: { instances: 5 } });
    glass.turn((turn) => glass.engine.browse("_http._tcp", { passive: false }, turn));
    glass.hear(
      Array.from({ length: 8 }, (_, index) => ptr("_http._tcp.local", `i${index}._http._tcp.local`)),
    );
    expect(glass.told).toEqual([
      "dropped too-many-instances",
      "dropped too-many-instances",
      "dropped too-many-instances",
    ]);
    expect(glass.engine.counts.dropped.get("too-many-instances")).toBe(3);
    expect(glass.engine.counts.instances).toBe(5);
  });

  test("M-26 records that live a second, and for ever, are no storm", () => {
    const glass = new Case();
    glass.turn((turn) => glass.engine.browse("_http._tcp", { passive: false }, turn));
    const [pointer, service, text, host] = webServer();
    const lives = [1, 2 ** 32 - 1];
    for (const ttl of lives) glass.hear([pointer, { ...service, ttl }, text, { ...host, ttl }]);
    glass.sent.splice(0);
    glass.advance(60_000);
    expect(glass.sent.length).toBeLessThan(80);
  });

  test("whatever strangers say, nothing is thrown, and what is kept stays within its bounds", () => {
    const label = fc.oneof(
      fc.constantFrom(
        "_http",
        "_tcp",
        "local",
        "_sub",
        "_udp",
        "_services",
        "_dns-sd",
        "Web",
        "web",
        "me",
        "_printer",
      ),
      fc.string({ unit: "binary", minLength: 1, maxLength: 8 }),
    );
    const name = fc.oneof(
      fc.constantFrom(
        "_http._tcp.local",
        "Web._http._tcp.local",
        "web.local",
        "_services._dns-sd._udp.local",
        "me.local",
        ".",
      ),
      fc.constantFrom("Mine._http._tcp.local", "_printer._sub._http._tcp.local"),
    );
    const names = fc.oneof(
      name.map((text) => Name.parse(text)),
      fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => safeName(labels)),
    );
    const options = fc.record({ ttl: fc.constantFrom(0, 1, 120, 4500, 2 ** 32 - 1), flush: fc.boolean() });
    const records = fc.oneof(
      fc
        .tuple(names, names, options)
        .map(([owner, target, how]) => ({ ...ptr(".", target, how), name: owner })),
      fc
        .tuple(names, names, fc.integer({ min: 0, max: 65_535 }), options)
        .map(([owner, target, port, how]) => {
          const { data, ...rest } = srv(".", ".", port, how);
          return { ...rest, name: owner, data: { ...data, target } as ResourceRecord["data"] };
        }),
      fc.tuple(names, options).map(([owner, how]) => ({ ...txt(".", { a: "1" }, how), name: owner })),
      fc
        .tuple(
          names,
          fc.constantFrom("127.0.0.1", PEER, "0.0.0.0", "224.0.0.1", "fe80::7", "::1", "::"),
          options,
        )
        .map(([owner, text, how]) => ({ ...address(".", text, how), name: owner })),
    );
    const step = fc.record({
      records: fc.array(records, { maxLength: 8 }),
      wait: fc.constantFrom(0, 1, 90, 1000, 5000, 100_000),
      resumes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const glass = new Case({ limits: { instances: 4, types: 3, resolving: 2 } });
        glass.turn((turn) => {
          glass.engine.browse("_http._tcp", { passive: false }, turn);
          glass.engine.browse("_http._tcp,_printer", { passive: true }, turn);
          glass.engine.browse(undefined, { passive: false }, turn);
          glass.engine.publish({ type: "_http._tcp", name: "Mine", port: 80 }, turn);
          glass.engine.resolve(Name.parse("Web._http._tcp.local"), () => {}, turn);
        });
        for (const { records: said, wait, resumes } of steps) {
          glass.hear(said);
          glass.advance(wait);
          if (resumes) glass.turn((turn) => glass.engine.relink([V4], true, turn));
          expect(glass.engine.counts.instances).toBeLessThanOrEqual(4);
        }
        expect(isConsistent(glass.events, [...glass.engine.instances].length)).toBe(true);
      }),
      { numRuns: 25 },
    );
  }, 30_000);
});

function safeName(labels: readonly string[]): Name {
  try {
    return Name.of(...labels);
  } catch {
    return Name.root;
  }
}

/** Found once, then updated or refreshed, then lost once: for each name. Returns whether that is so, and what is left. */
function isConsistent(events: readonly DnsSdEvent[], left: number): boolean {
  const there = new Set<string>();
  for (const event of events) {
    if (!("instance" in event)) continue;
    const { key } = event.instance.name;
    if (event.kind === "found" ? there.has(key) : !there.has(key)) return false;
    if (event.kind === "found") there.add(key);
    if (event.kind === "lost") there.delete(key);
  }
  return there.size === left;
}
