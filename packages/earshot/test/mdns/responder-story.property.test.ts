import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../src/mdns/message.ts";
import type { Question, ResourceRecord } from "../../src/mdns/record.ts";
import { TYPE } from "../../src/mdns/record.ts";
import { EngineRig, type Sent } from "./engine-rig.ts";
import { a, PRINTER, ptr, question, said, words } from "./responder-rig.ts";

const ASKED: readonly Question[] = [
  question("host.local", TYPE.A),
  question("host.local", TYPE.AAAA),
  question("HOST.local", TYPE.TXT),
  question("_ipp._tcp.local", TYPE.PTR),
  question("_ipp._tcp.local", TYPE.PTR, "QU"),
  question("office._ipp._tcp.local", TYPE.SRV),
  question("office._ipp._tcp.local", TYPE.ANY),
  question("office._ipp._tcp.local", TYPE.A),
];

const steps = fc.array(
  fc.record({
    wait: fc.constantFrom(0, 3, 40, 120, 251, 400, 740, 990, 1000),
    asked: fc.uniqueArray(fc.constantFrom(...ASKED), { maxLength: 3 }),
    truncated: fc.boolean(),
    does: fc.constantFrom("ask", "ask", "ask", "ask", "announce", "tell", "publish"),
  }),
  { minLength: 10, maxLength: 50 },
);

/** How soon after the last time each record is multicast again, in any section of any response; goodbyes left out. */
function gaps(sent: readonly Sent[]): number[] {
  const last = new Map<string, number>();
  return sent.flatMap(({ to, at, message }) => {
    if (to !== "group" || message.kind !== "response") return [];
    const records: ResourceRecord[] = [...message.answers, ...message.additionals].filter(
      ({ ttl }) => ttl > 0,
    );
    return records.map((record) => {
      const gap = at - (last.get(words(record)) ?? Number.NEGATIVE_INFINITY);
      last.set(words(record), at);
      return gap;
    });
  });
}

describe("One who probes, announces and answers", () => {
  test("A62-040 A62-001 says no record twice in a second, whoever asks for it and why ever it is said; and none before it is ours", () => {
    fc.assert(
      fc.property(steps, fc.integer(), (list, seed) => {
        const rig = new EngineRig({ seed, announcements: 3 });
        const ids = [rig.publish(PRINTER)];
        for (const { wait, asked, truncated, does } of list) {
          const [id = 0] = ids;
          if (does === "ask") rig.hear(encodeMessage({ kind: "query", questions: asked, truncated }));
          else if (does === "announce") rig.turn((turn) => rig.engine.announce(id, turn));
          else if (does === "publish" && ids.length < 3)
            ids.push(
              rig.publish([
                ptr("_ipp._tcp.local", `Lab ${ids.length}._ipp._tcp.local`),
                PRINTER[0] ?? a("x", ""),
              ]),
            );
          else if (does === "tell")
            rig.hear(
              encodeMessage({
                kind: "response",
                answers: [said(ptr("_ipp._tcp.local", "Office._ipp._tcp.local"))],
              }),
            );
          rig.advance(wait);
        }
        rig.advance(10_000);
        const responses = rig.sent.filter(({ message }) => message.kind === "response");
        expect(Math.min(...gaps(rig.sent))).toBeGreaterThanOrEqual(1000);
        expect(responses[0]?.at ?? 0).toBeGreaterThanOrEqual(1_000_750);
        const found = responses.flatMap(({ message }) => message.answers.map(words));
        expect(new Set(found)).toEqual(new Set([...found, ...PRINTER.map(words)]));
      }),
      { numRuns: 40 },
    );
  });
});
