import { describe, expect, test, vi } from "vitest";
import { encodeMessage } from "../../src/mdns/message.ts";
import { MessageWriter } from "../../src/mdns/message-writer.ts";
import { Name } from "../../src/mdns/name.ts";
import { OwnRecords } from "../../src/mdns/own-records.ts";
import type { OwnRecord } from "../../src/mdns/publication.ts";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import { srv, txt } from "./claims-rig.ts";
import { EngineRig, HTTP } from "./engine-rig.ts";

const TEXT = "a".repeat(200);
const OFFICE = Name.parse("office.local");

/** Many services of one type. */
function services(count: number): OwnRecord[][] {
  return Array.from({ length: count }, (_, at) => {
    const name = Name.of(`svc ${at}`, ...HTTP.labels);
    const pointsTo: OwnRecord = {
      name: HTTP,
      type: TYPE.PTR,
      ttl: 4500,
      isShared: true,
      data: { kind: "PTR", target: name },
    };
    return [pointsTo, srv(80, name, OFFICE), txt(TEXT, name)];
  });
}

describe("A thousand services that are published at once", () => {
  const rig = new EngineRig({ announcements: 2 });
  for (const records of services(1000)) rig.publish(records);
  rig.advance(60_000);

  test("G-21 B-18 are all ours before long, and no second has more than a hundred probes and a hundred announcements, give or take a batch", () => {
    expect(rig.news.filter(({ kind }) => kind === "established")).toHaveLength(1000);
    expect(rig.sent.length).toBeGreaterThan(500);
    let first = 0;
    for (const [last, { at }] of rig.sent.entries()) {
      while (at - (rig.sent[first]?.at ?? 0) >= 1000) first++;
      expect(last - first + 1).toBeLessThanOrEqual(240);
    }
    expect((rig.sent.at(-1)?.at ?? 0) - (rig.sent[0]?.at ?? 0)).toBeLessThan(15_000);
  });

  test("A62-074 B-14 are probed for three times each, at least 250 ms and at most two seconds apart", () => {
    const probes = new Map<string, number[]>();
    for (const { at, message } of rig.sent)
      for (const { name } of message.questions) probes.set(name.key, [...(probes.get(name.key) ?? []), at]);
    expect(probes.size).toBe(1000);
    for (const [first = 0, second = 0, third = 0, ...more] of probes.values()) {
      expect(more).toEqual([]);
      expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(250);
      expect(Math.max(second - first, third - second)).toBeLessThanOrEqual(2000);
    }
  });

  test("A62-089 are announced twice each, a second apart at least", () => {
    const announced = new Map<string, number[]>();
    for (const { at, message } of rig.sent)
      for (const { name, type } of message.answers)
        if (type === TYPE.SRV) announced.set(name.key, [...(announced.get(name.key) ?? []), at]);
    expect(announced.size).toBe(1000);
    for (const times of announced.values()) {
      expect(times).toHaveLength(2);
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1000);
    }
  });
});

describe("Two thousand services of one type", () => {
  test("M-18 a resolver of old that asks one with two thousand services gets one packet, and what does not fit costs nothing", () => {
    const rig = new EngineRig();
    for (const records of services(2000)) rig.publish(records);
    rig.advance(60_000);
    rig.sent.length = 0;
    const looked = vi.spyOn(OwnRecords.prototype, "at");
    const written = vi.spyOn(MessageWriter.prototype, "answer");
    rig.hear(
      encodeMessage({
        kind: "query",
        questions: [{ name: HTTP, type: TYPE.PTR, class: CLASS.IN, unicast: false }],
      }),
      { port: 50_000 },
    );
    const [reply] = rig.sent;
    expect(reply?.bytes.length).toBeLessThanOrEqual(512);
    expect(reply?.message).toMatchObject({ truncated: true, additionals: [] });
    expect(reply?.message.answers.length).toBeGreaterThan(5);
    expect(looked.mock.calls.length).toBeLessThan(20);
    expect(written.mock.calls.length).toBeLessThan(100);
    vi.restoreAllMocks();
  });
});
