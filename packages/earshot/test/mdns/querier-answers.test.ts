import { describe, expect, test } from "vitest";
import type { Name } from "../../src/mdns/name.ts";
import { TYPE } from "../../src/mdns/record.ts";
import {
  a,
  cname,
  gone,
  host,
  instance,
  LINK,
  LINK6,
  nsec,
  ptr,
  QuerierRig,
  record,
  srv,
} from "./querier-rig.ts";

const SIX = { name: host("printer"), type: TYPE.AAAA } as const;
const six = record(host("printer"), TYPE.AAAA, { kind: "AAAA", address: "fe80::20" });

describe("a negative answer", () => {
  test("A62-045 tells that there is none, whatever it calls the next name, and ends the fast series", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(SIX);
    rig.advance(150);
    const said = nsec(host("printer"), [TYPE.A]);
    rig.say([{ ...said, data: { kind: "NSEC", next: host("zebra"), types: [TYPE.A] } }]);
    expect(asker.told).toEqual(["none"]);
    expect(asker.changes[0]).toMatchObject({ kind: "none", link: { id: LINK.id }, from: "192.168.1.20" });
    rig.sent.length = 0;
    rig.advance(119_000);
    expect(rig.sent).toEqual([]);
    rig.advance(5000);
    expect(rig.sent.length).toBeGreaterThanOrEqual(1);
  });

  test("is known to who asks later, and told once however often it is said", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(SIX);
    rig.say([nsec(host("printer"), [TYPE.A])]);
    rig.advance(3000);
    rig.say([nsec(host("printer"), [TYPE.A])]);
    expect(asker.told).toEqual(["none"]);
    expect(rig.ask(SIX).told).toEqual(["none"]);
    expect(rig.ask({ name: host("printer"), type: TYPE.A }).told).toEqual([]);
    expect(rig.ask({ name: host("printer"), type: TYPE.ANY }).told).toEqual(["added NSEC"]);
  });

  test("takes nothing away that is known; when that is gone it holds", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(SIX);
    rig.say([six]);
    rig.advance(2000);
    rig.say([nsec(host("printer"), [TYPE.A])]);
    rig.advance(5000);
    expect(asker.told).toEqual(["added fe80::20"]);
    rig.say([gone(six)]);
    rig.advance(1000);
    expect(asker.told).toEqual(["added fe80::20", "removed fe80::20 goodbye", "none"]);
  });

  test("says nothing of pointers to services, for those are everybody's, nor of another link", () => {
    const rig = new QuerierRig({ links: [LINK, LINK6] });
    const pointers = rig.ask();
    const other = rig.ask({ ...SIX, link: LINK6.id });
    rig.say([nsec(ptr("Office").name, []), nsec(host("printer"), [TYPE.A])]);
    expect(pointers.told).toEqual([]);
    expect(other.told).toEqual([]);
  });

  test("that names the type denies nothing", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(SIX);
    rig.say([nsec(host("printer"), [TYPE.A, TYPE.AAAA])]);
    expect(asker.told).toEqual([]);
  });

  test("A62-046 M1 that cannot be read is left out, and the rest of its message is believed", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ name: host("printer"), type: TYPE.A });
    const bad = record(host("printer"), TYPE.NSEC, {
      kind: "opaque",
      bytes: Uint8Array.of(0xff, 0xff, 0, 0),
    });
    const bytes = messageWith(bad, a("printer", "192.168.1.20"));
    expect(rig.hearBytes(bytes)).toBe(true);
    expect(asker.told).toEqual(["added 192.168.1.20"]);
  });

  test("an answer after it is believed", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(SIX);
    rig.say([nsec(host("printer"), [TYPE.A])]);
    rig.advance(3000);
    rig.say([six, nsec(host("printer"), [TYPE.A, TYPE.AAAA])]);
    rig.advance(3000);
    expect(asker.told).toEqual(["none", "added fe80::20"]);
  });
});

describe("another name", () => {
  const www: Name = host("www");
  const WWW = { name: www, type: TYPE.A } as const;

  test("is followed: what it leads to is asked for, told, and kept fresh", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(WWW);
    rig.advance(150);
    rig.say([cname(www, host("printer"))]);
    rig.advance(200);
    expect(rig.asked.at(-1)).toBe("printer.local 1");
    rig.say([a("printer", "192.168.1.20")]);
    expect(asker.told).toEqual(["added 192.168.1.20"]);
    expect([...asker.asking.answers]).toHaveLength(1);
    asker.asking.end();
    rig.sent.length = 0;
    rig.advance(200_000);
    expect(rig.sent).toEqual([]);
    expect(rig.querier.counts).toEqual({ records: 0, asks: 0 });
  });

  test("is followed by who asks when it is known already, at once", () => {
    const rig = new QuerierRig();
    rig.ask(WWW);
    rig.say([cname(www, host("printer")), a("printer", "192.168.1.20")]);
    expect(rig.ask(WWW).told).toEqual(["added 192.168.1.20"]);
    expect(rig.ask({ ...WWW, type: TYPE.CNAME }).told).toEqual(["added printer.local"]);
    expect(rig.ask({ ...WWW, type: TYPE.ANY }).told).toEqual(["added printer.local"]);
  });

  test("M-14 that is over while it is followed takes away what it led to; when it is back that is back", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ ...WWW, mode: "passive" });
    const said = cname(www, host("printer"), { ttl: 1 });
    rig.say([said, a("printer", "192.168.1.20")]);
    rig.advance(1000);
    expect(asker.told).toEqual(["added 192.168.1.20", "removed 192.168.1.20 expired"]);
    expect([...asker.asking.answers]).toEqual([]);
    rig.advance(1000);
    rig.say([said]);
    rig.advance(2000);
    expect(asker.told.slice(2)).toEqual(["added 192.168.1.20", "removed 192.168.1.20 expired"]);
  });

  test("M-14 that is said twice two seconds apart, with a short life, while its target is asked for, is no trouble", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(WWW);
    for (let i = 0; i < 10; i++) {
      rig.say([cname(www, host(`target-${i % 2}`), { ttl: 1 })]);
      rig.advance(2000);
    }
    rig.say([a("target-1", "192.168.1.21")]);
    expect(asker.told).toEqual(["added 192.168.1.21"]);
    rig.advance(60_000);
    expect(rig.querier.counts.asks).toBe(1);
  });

  test("M-15 that leads to itself, or round in a ring, leads nowhere", () => {
    const rig = new QuerierRig();
    const self = rig.ask(WWW);
    rig.say([cname(www, www)]);
    expect(rig.querier.counts.asks).toBe(1);
    const ring = rig.ask({ ...WWW, name: host("a") });
    rig.say([cname(host("a"), host("b")), cname(host("b"), host("c")), cname(host("c"), host("a"))]);
    expect(rig.querier.counts.asks).toBe(4);
    rig.say([a("c", "192.168.1.20")]);
    expect(ring.told).toEqual(["added 192.168.1.20"]);
    rig.advance(300_000);
    expect(self.told).toEqual([]);
    expect(rig.querier.counts.asks).toBe(2);
  });

  test("M-14 is followed eight steps, whichever way they come", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ ...WWW, name: host("n0") });
    for (let i = 0; i < 20; i++) rig.say([cname(host(`n${i}`), host(`n${i + 1}`))]);
    expect(rig.querier.counts.asks).toBe(9);
    rig.say([a("n8", "192.168.1.8")]);
    rig.say([a("n9", "192.168.1.9")]);
    expect(asker.told).toEqual(["added 192.168.1.8"]);
    const wide = new QuerierRig();
    wide.ask(WWW);
    for (let i = 0; i < 50; i++) wide.say([cname(www, host(`n${i}`), { flush: false })]);
    expect(wide.querier.counts.asks).toBe(9);
  });

  test("is followed on the link where it was said", () => {
    const rig = new QuerierRig({ links: [LINK, LINK6] });
    const asker = rig.ask({ ...WWW, mode: "passive" });
    rig.say([cname(www, host("printer"))]);
    rig.say([a("printer", "192.168.1.21")], { link: LINK6 });
    expect(asker.told).toEqual([]);
    rig.say([a("printer", "192.168.1.20")]);
    expect(asker.told).toEqual(["added 192.168.1.20"]);
  });
});

describe("who is told", () => {
  test("may ask for more in the turn that he is told, and hears of nothing twice", () => {
    const rig = new QuerierRig();
    const told: string[] = [];
    rig.turn((turn) =>
      rig.querier.ask(
        { name: ptr("Office").name, type: TYPE.PTR, mode: "continuous" },
        (change, now) => {
          told.push(`PTR ${change.kind}`);
          rig.querier.ask(
            { name: instance("Office"), type: TYPE.SRV, mode: "continuous" },
            ({ kind }) => void told.push(`SRV ${kind}`),
            now,
          );
          rig.querier.ask(
            { name: ptr("Office").name, type: TYPE.PTR, mode: "continuous" },
            ({ kind }) => void told.push(`again ${kind}`),
            now,
          );
        },
        turn,
      ),
    );
    rig.say([ptr("Office"), srv("Office", "printer")]);
    expect(told).toEqual(["PTR added", "again added", "SRV added"]);
  });

  test("may end in the turn that he is told, and hears nothing more", () => {
    const rig = new QuerierRig();
    const first = rig.ask();
    const second = rig.ask();
    const told: string[] = [];
    const third = rig.turn((turn) =>
      rig.querier.ask(
        { name: ptr("Office").name, type: TYPE.PTR, mode: "passive" },
        ({ kind }) => {
          told.push(kind);
          third.end();
          second.asking.end();
        },
        turn,
      ),
    );
    rig.say([ptr("Office"), ptr("Attic")]);
    expect(told).toEqual(["added"]);
    expect(first.told).toHaveLength(2);
    expect(second.told).toHaveLength(1);
  });
});

/** A message with a record in it that no writer would write, before one that is right. */
function messageWith(bad: ReturnType<typeof record>, good: ReturnType<typeof record>): Uint8Array {
  const part = (said: ReturnType<typeof record>): number[] => {
    const name = [...said.name.wire];
    const bytes = said.data.kind === "opaque" ? said.data.bytes : Uint8Array.of(192, 168, 1, 20);
    return [...name, 0, said.type, 0x80, 1, 0, 0, 0, 120, 0, bytes.length, ...bytes];
  };
  return Uint8Array.from([0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0, ...part(bad), ...part(good)]);
}
