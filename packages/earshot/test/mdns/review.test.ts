import { describe, expect, test, vi } from "vitest";
import type { Turn } from "../../src/core/engine.ts";
import type { MdnsEvent } from "../../src/mdns/events.ts";
import { encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import type { PublicationNews } from "../../src/mdns/publication.ts";
import { CLASS, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { a, ClaimsRig, ETH, Offer, srv, txt, WIFI } from "./claims-rig.ts";
import { EngineRig, HTTP, ownAddress, pointer, V4 } from "./engine-rig.ts";

/** Machines are slow at times. */
vi.setConfig({ testTimeout: 30_000 });

const OFFICE = Name.parse("office.local");

/** What another host has under a name. */
function theirs(name: Name, address: string, changes: Partial<ResourceRecord> = {}): ResourceRecord {
  const data = { kind: "A", address } as const;
  return { name, type: TYPE.A, class: CLASS.IN, flush: true, ttl: 120, data, ...changes };
}

function query(name: Name, type: number): Uint8Array {
  return encodeMessage({ kind: "query", questions: [{ name, type, class: CLASS.IN, unicast: false }] });
}

/** A publication that takes the next name whenever it loses one, and has lost as many as wanted. */
function stormy(rig: ClaimsRig, losses: number): { readonly name: Name } {
  let count = 0;
  const nameNow = (): Name => Name.of(`storm-${count}`, "local");
  const offer = new Offer(() => [a("192.168.1.10", nameNow())]);
  const id = rig.publish(offer);
  offer.react = (news: PublicationNews, turn: Turn<MdnsEvent>) => {
    if (news.kind !== "conflict") return;
    count++;
    rig.claims.replace(id, offer, turn);
  };
  for (let step = 0; step < 5000 && count < losses; step++) {
    rig.advance(260);
    const asked = rig.probes.at(-1)?.message.questions[0]?.name;
    if (asked) rig.hear([theirs(asked, "192.168.1.66")]);
  }
  expect(count).toBe(losses);
  return { name: nameNow() };
}

describe("A wait that one name has earned", () => {
  test("M-24 A62-074 a publication that waits ten minutes after a storm of conflicts keeps no other from being probed for at once", () => {
    const rig = new ClaimsRig();
    const { name } = stormy(rig, 36);
    rig.advance(20_000);
    rig.forget();
    const calm = new Offer([a("192.168.1.10", Name.parse("calm.local"))]);
    rig.publish(calm);
    rig.advance(1100);
    expect(calm.told).toEqual(["established"]);
    expect(
      rig.probes.flatMap(({ message }) => message.questions.map((each) => `${each.name}`)),
    ).not.toContain(`${name}`);
  });

  test("A62-083 M-24 B-13 a lost tie-break does not shorten the five seconds after fifteen conflicts", () => {
    const rig = new ClaimsRig();
    const { name } = stormy(rig, 16);
    rig.forget();
    const lostAt = rig.now;
    rig.hearProbe([theirs(name, "192.168.1.250", { flush: false })]);
    rig.advance(30_000);
    expect((rig.probes[0]?.at ?? 0) - lostAt).toBeGreaterThanOrEqual(5000);
  });

  test("A62-074 names that begin together still share their probes", () => {
    const rig = new ClaimsRig();
    for (let at = 0; at < 10; at++)
      rig.publish(new Offer([a("192.168.1.10", Name.of(`host-${at}`, "local"))]));
    rig.advance(2000);
    expect(rig.probes).toHaveLength(3);
  });
});

describe("The second between two multicasts of a record", () => {
  /** The texts said, and when, from now on. */
  function said(rig: ClaimsRig, from: number): [number, string][] {
    return rig.responses.flatMap(({ at, message }) =>
      message.answers.flatMap(({ data, ttl }): [number, string][] =>
        data.kind === "TXT"
          ? [[at - from, `${new TextDecoder().decode(data.bytes.subarray(1))} ${ttl}`]]
          : [],
      ),
    );
  }

  test("A62-040 it passes, too, where a text is changed and changed back", () => {
    const rig = new ClaimsRig();
    const offer = new Offer([a("192.168.1.10"), srv(80), txt("a=1")]);
    const id = rig.publish(offer);
    rig.advance(5000);
    rig.forget();
    const from = rig.now;
    for (const text of ["a=2", "a=1", "a=2", "a=1"]) {
      offer.records = () => [a("192.168.1.10"), srv(80), txt(text)];
      rig.update(id);
      rig.advance(100);
    }
    rig.advance(5000);
    const all = said(rig, from);
    expect(all.at(-1)?.[1]).toBe("a=1 4500");
    for (const text of ["a=1 4500", "a=2 4500"]) {
      const times = all.filter(([, said]) => said === text).map(([at]) => at);
      expect(times.slice(1).every((at, index) => at - (times[index] ?? 0) >= 1000)).toBe(true);
    }
  });

  test("A62-040 it passes, too, where a publication is withdrawn and published anew at once; the goodbye does not wait", () => {
    const rig = new ClaimsRig();
    const times: number[] = [];
    for (let round = 0; round < 20; round++) {
      const id = rig.publish(new Offer([a("192.168.1.10")], { probes: false }));
      rig.advance(50);
      rig.withdraw(id);
      rig.advance(50);
    }
    rig.publish(new Offer([a("192.168.1.10")], { probes: false }));
    rig.advance(5000);
    for (const { at, message } of rig.responses)
      if (message.answers.some(({ ttl }) => ttl > 0)) times.push(at);
    expect(times.length).toBeGreaterThanOrEqual(3);
    for (const [index, at] of times.entries())
      if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
    expect(rig.responses[1]?.message.answers[0]?.ttl).toBe(0);
  });
});

describe("Links that are not as most are", () => {
  test.each([0, 68, 128, 296])(
    "with an MTU of %i bytes questions and probes are asked, each once in its time",
    (mtu) => {
      const rig = new EngineRig({ links: [{ ...V4, mtu }] });
      const name = Name.of("a".repeat(63), "b".repeat(63), "c".repeat(63), "local");
      rig.ask(name, TYPE.A);
      rig.publish([ownAddress("h".repeat(63))]);
      rig.advance(500);
      const asked = rig.sent.flatMap(({ message }) =>
        message.questions.filter(({ type }) => type === TYPE.A),
      );
      expect(asked.map((each) => `${each.name}`)).toEqual([`${name}`]);
      rig.advance(3000);
      expect(rig.news.map(({ kind }) => kind)).toEqual(["established"]);
      for (const { message } of rig.sent)
        expect(message.questions.length + message.answers.length).toBeGreaterThan(0);
    },
  );

  test("A62-116 M-16 an answer by unicast from another network is not used, though one was asked for", () => {
    const rig = new EngineRig();
    rig.ask();
    rig.advance(200);
    expect(rig.sent[0]?.message.questions[0]?.unicast).toBe(true);
    const answer = encodeMessage({ kind: "response", answers: [pointer("Stranger")] });
    rig.hear(answer, { to: "host", from: { address: "10.9.9.9", port: 5353 } });
    expect([rig.changes, rig.drops]).toEqual([[], ["unsolicited-unicast"]]);
    rig.hear(answer, { to: "host" });
    expect(rig.changes).toHaveLength(1);
  });

  test("M-16 B-11 nobody in another network wins a tie-break by unicast", () => {
    const rig = new EngineRig();
    rig.publish([ownAddress("office")]);
    const probe = encodeMessage({
      kind: "query",
      questions: [{ name: OFFICE, type: TYPE.ANY, class: CLASS.IN, unicast: true }],
      authorities: [theirs(OFFICE, "250.1.1.1", { flush: false })],
    });
    for (let probes = 0; probes < 9; probes++) {
      rig.hear(probe, { to: "host", from: { address: "10.9.9.9", port: 5353 } });
      rig.advance(120);
    }
    expect(rig.news.map(({ kind }) => kind)).toEqual(["established"]);
  });

  test("F-04 five hundred interfaces that come and go leave nothing behind", () => {
    const rig = new EngineRig();
    rig.ask();
    rig.publish([ownAddress("office")]);
    for (let round = 0; round < 500; round++) {
      const address = `10.0.${round >> 8}.${round & 255}`;
      const addresses = [{ address, prefixLength: 32 }];
      rig.relink([V4, { ...V4, id: `veth${round}/4`, interfaceName: `veth${round}`, address, addresses }]);
      rig.advance(round % 7 === 0 ? 2000 : 20);
    }
    rig.relink([V4]);
    rig.advance(30_000);
    expect(rig.engine.waiting.map(({ reason }) => reason)).not.toContainEqual(
      expect.stringContaining("veth"),
    );
    expect(rig.engine.waiting.length).toBeLessThanOrEqual(2);
  });
});

describe("Whoever asks once", () => {
  test("has his question asked, though one who asked on and on ends before it was", () => {
    const rig = new EngineRig();
    rig.advance(5000);
    const lasting = rig.turn((turn) =>
      rig.engine.ask({ name: HTTP, type: TYPE.PTR, mode: "continuous" }, () => {}, turn),
    );
    rig.turn((turn) => rig.engine.ask({ name: HTTP, type: TYPE.PTR, mode: "once" }, () => {}, turn));
    lasting.end();
    rig.advance(3_600_000);
    expect(rig.sent.map(({ message }) => message.questions.length)).toEqual([1, 1]);
  });
});

describe("What strangers can make it do", () => {
  test("M-14 M-15 thousands of other names for one name are followed to eight, and forgotten", () => {
    const rig = new EngineRig();
    const name = Name.parse("x.local");
    rig.ask(name, TYPE.A);
    rig.advance(300);
    for (let packet = 0; packet < 10; packet++) {
      const answers = Array.from({ length: 300 }, (_, at): ResourceRecord => {
        const data = { kind: "CNAME", target: Name.of(`t${packet}-${at}`, "local") } as const;
        return { name, type: TYPE.CNAME, class: CLASS.IN, flush: false, ttl: 120, data };
      });
      rig.hear(encodeMessage({ kind: "response", answers }), {
        from: { address: `192.168.1.${20 + packet}`, port: 5353 },
      });
    }
    expect(rig.engine.counts.asks).toBe(9);
    rig.advance(200_000);
    expect(rig.engine.counts).toMatchObject({ asks: 1, known: 0 });
  });

  test("M-19 M-22 a hundred false texts of one name do not keep the true one out", () => {
    const rig = new EngineRig();
    const name = Name.of("Office", ...HTTP.labels);
    rig.ask(name, TYPE.TXT);
    rig.advance(300);
    const text = (value: string, flush: boolean): ResourceRecord => {
      const { type, ttl, data } = txt(value, name);
      return { name, type, ttl, data, class: CLASS.IN, flush };
    };
    const lies = Array.from({ length: 150 }, (_, at) => text(`lie=${at}`, false));
    rig.hear(encodeMessage({ kind: "response", answers: lies }), {
      from: { address: "192.168.1.66", port: 5353 },
    });
    rig.advance(2000);
    rig.hear(encodeMessage({ kind: "response", answers: [text("true", true)] }));
    rig.advance(1500);
    const known = [...rig.engine.answers(name, TYPE.TXT)].map(({ record }) => record.data);
    expect(known).toEqual([text("true", true).data]);
  });

  test("G-34 M-19 TTLs of 0, 1 and 2^32-1 under unlimited names, from unlimited addresses, fill no more than the cache", () => {
    const rig = new EngineRig({ limits: { records: 1000, recordsPerSource: 250 } });
    rig.ask();
    rig.advance(300);
    for (let packet = 0; packet < 60; packet++) {
      const others = Array.from({ length: 100 }, (_, at) =>
        theirs(Name.of(`n${packet}-${at}`, "local"), "192.168.1.77", {
          ttl: [0, 1, 2 ** 32 - 1, 120][at % 4] ?? 0,
        }),
      );
      const answers = [pointer(`x${packet}`), ...others];
      const from = { address: `192.168.1.${20 + packet}`, port: 5353 };
      rig.hear(encodeMessage({ kind: "response", answers }), { from });
      expect(rig.engine.counts.known).toBeLessThanOrEqual(1000);
    }
    expect(rig.changes.filter(({ kind }) => kind === "added")).toHaveLength(60);
    rig.advance(2 * 86_400_000);
    expect(rig.engine.counts.known).toBe(0);
  });
});

describe("Roles that meet", () => {
  test("A62-073 of two that publish the same record, the one who stays keeps it when the other leaves in the middle of probing", () => {
    const rig = new ClaimsRig({ announcements: 2 });
    const [first, second] = [new Offer([a("192.168.1.10")]), new Offer([a("192.168.1.10")])];
    const id = rig.publish(first);
    rig.advance(300);
    rig.publish(second);
    rig.advance(100);
    rig.withdraw(id);
    rig.advance(5000);
    expect([first.told, second.told]).toEqual([["withdrawn"], ["established"]]);
    expect(rig.probes).toHaveLength(3);
    expect(rig.responses.map(({ message }) => message.answers[0]?.ttl)).toEqual([120, 120]);
  });

  test("A62-072 names replaced in the middle of probing on two links, of which one goes, are ours on the other, and the old ones nowhere", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    const other = new Offer([a("192.168.1.10", Name.parse("other.local"))]);
    const id = rig.publish(new Offer([a("192.168.1.10")]));
    rig.advance(400);
    rig.turn((turn) => rig.claims.replace(id, other, turn));
    rig.advance(300);
    rig.relink([WIFI]);
    rig.advance(5000);
    expect(other.told).toEqual(["established"]);
    expect([...rig.own.on(WIFI.id)].map(({ name }) => `${name}`)).toEqual(["other.local"]);
    expect([...rig.own.on(ETH.id)]).toEqual([]);
    expect(rig.own.has(OFFICE)).toBe(false);
  });

  test("A62-058 the goodbye of another program of this machine does not take from others what we still have", () => {
    const rig = new EngineRig();
    rig.publish([ownAddress("office")]);
    rig.advance(5000);
    rig.sent.length = 0;
    const goodbye = encodeMessage({
      kind: "response",
      answers: [theirs(OFFICE, "192.168.1.10", { ttl: 0 })],
    });
    rig.hear(goodbye, { from: { address: "192.168.1.10", port: 5353 } });
    rig.advance(900);
    expect(rig.sent.flatMap(({ message }) => message.answers.map(({ ttl }) => ttl))).toEqual([120]);
  });

  test("ten thousand times to ask and end, to publish and withdraw, and nothing is waited for", () => {
    const rig = new EngineRig({ links: [V4] });
    for (let round = 0; round < 10_000; round++) {
      const asking = rig.turn((turn) => {
        const ask = { name: Name.of(`a${round}`, "local"), type: TYPE.A, mode: "continuous" } as const;
        return rig.engine.ask(ask, () => {}, turn);
      });
      const id = rig.publish([ownAddress(`h${round}`)]);
      rig.advance(round % 100 === 0 ? 1500 : 3);
      asking.end();
      rig.turn((turn) => rig.engine.withdraw(id, turn));
      rig.sent.length = 0;
      rig.news.length = 0;
    }
    rig.advance(86_400_000);
    expect(rig.engine.counts).toMatchObject({ asks: 0, publications: 0, known: 0 });
    expect([rig.engine.waiting, rig.engine.wakeAt]).toEqual([[], Number.POSITIVE_INFINITY]);
    for (const host of ["h0", "h100", "h9999", "a0", "a9999"])
      expect(rig.engine.wants(query(Name.of(host, "local"), TYPE.A))).toBe(false);
  });

  test("G-26 an engine that nobody uses says nothing, wants nothing and never wakes, whatever becomes of the links", () => {
    const rig = new EngineRig();
    rig.advance(10_000);
    for (const links of [[V4], [], [{ ...V4, sharedPort: undefined }], [V4]]) rig.relink(links, true);
    expect([rig.sent, rig.engine.waiting, rig.engine.wakeAt]).toEqual([[], [], Number.POSITIVE_INFINITY]);
    expect(rig.hear(encodeMessage({ kind: "response", answers: [pointer("x")] }))).toBe(false);
  });
});
