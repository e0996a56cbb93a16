import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import { EngineRig, HTTP, ownAddress, PEER, V4 } from "./engine-rig.ts";

const OURS = Name.parse("ours.local");
const shared = (target: string) =>
  ({
    ...{ name: HTTP, type: TYPE.PTR, ttl: 4500, isShared: true },
    data: { kind: "PTR", target: Name.of(target, ...HTTP.labels) },
  }) as const;

/** What was told, as `added 192.168.1.10 by 192.168.1.10`. */
function told({ changes }: EngineRig): string[] {
  return changes.map((change) => {
    if (change.kind === "none") return "none";
    const { record, from } = change.answer;
    const what =
      record.data.kind === "PTR"
        ? record.data.target.first
        : "address" in record.data
          ? record.data.address
          : "";
    return `${change.kind} ${what} by ${from}`;
  });
}

describe("who asks and answers on one engine", () => {
  test("hears its own records when it asks, as long as they are there, and says nothing more for it", () => {
    const [rig, lone] = [new EngineRig(), new EngineRig()];
    rig.publish([ownAddress("ours")]);
    rig.advance(10_000);
    const before = rig.sent.length;
    for (const each of [rig, lone]) each.ask(OURS, TYPE.A);
    rig.advance(119_000);
    expect(told(rig)[0]).toBe("added 192.168.1.10 by 192.168.1.10");
    expect(told(rig).filter((line) => !line.startsWith("refreshed"))).toHaveLength(1);
    expect(rig.sent.slice(before).every(({ message }) => message.kind === "query")).toBe(true);
    lone.advance(119_000);
    expect(told(lone)).toEqual([]);
    expect(rig.sent.length - before).toBeLessThan(lone.sent.length);
  });

  test("hears what it announces, what it changes, and what it takes back", () => {
    const rig = new EngineRig();
    rig.ask();
    rig.advance(5000);
    const id = rig.publish([shared("One")]);
    rig.advance(5000);
    expect(told(rig)).toContain("added One by 192.168.1.10");
    rig.turn((turn) => rig.engine.withdraw(id, turn));
    rig.advance(2000);
    expect(rig.changes.at(-1)).toMatchObject({ kind: "removed", reason: "goodbye" });
  });

  test("does not hear what it only probes for: nobody has it yet", () => {
    const rig = new EngineRig();
    rig.ask(OURS, TYPE.A);
    rig.advance(5000);
    rig.publish([ownAddress("ours")]);
    rig.advance(700);
    expect(told(rig)).toEqual([]);
  });

  test("its own answers to others are heard as well, and conflicts are none of them", () => {
    const rig = new EngineRig();
    rig.publish([ownAddress("ours")]);
    rig.ask(OURS, TYPE.AAAA);
    rig.advance(10_000);
    const questions = [{ name: OURS, type: TYPE.A, class: CLASS.IN, unicast: false }];
    rig.hear(encodeMessage({ kind: "query", questions }), { from: { address: PEER, port: 5353 } });
    rig.advance(2000);
    expect(rig.news.map(({ kind }) => kind)).toEqual(["established"]);
    expect([...rig.engine.answers(OURS, TYPE.A)].map(({ link }) => link.id)).toEqual([V4.id]);
  });

  test("while nobody asks nothing is heard, and nothing is waited for", () => {
    const rig = new EngineRig();
    rig.publish([ownAddress("ours")]);
    rig.advance(60_000);
    expect(rig.engine.counts.known).toBe(0);
    expect(rig.engine.waiting).toEqual([]);
  });
});
