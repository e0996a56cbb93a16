import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../src/mdns/message.ts";
import { TYPE } from "../../src/mdns/record.ts";
import { EngineRig, HTTP, pointer } from "./engine-rig.ts";

const RECORDS = 100;

function response(target: string): Uint8Array {
  return encodeMessage({ kind: "response", answers: [pointer(target)] });
}

function stranger(at: number): { from: { address: string; port: number } } {
  return { from: { address: `10.1.${at >> 8}.${at & 255}`, port: 5353 } };
}

/** A flood of ever new services, each from the next address. */
function flooded(): EngineRig {
  const rig = new EngineRig({ limits: { records: RECORDS, recordsPerSource: 5 } });
  rig.ask();
  rig.hear(response("Old"), { from: { address: "192.168.1.11", port: 5353 } });
  for (let at = 0; at < 10 * RECORDS; at++) rig.hear(response(`Hostile ${at}`), stranger(at));
  return rig;
}

describe("A flood of responses that nobody has said before", () => {
  test("T-31 is read up to as many as there may be records, then not any more", () => {
    const rig = flooded();
    const unread = rig.drops.filter((reason) => reason === "too-many-records");
    expect(unread.length).toBeGreaterThan(6 * RECORDS);
    expect(rig.engine.counts.known).toBeLessThanOrEqual(RECORDS);
  });

  test("T-31 does not keep those from being heard of whom something is known", () => {
    const rig = flooded();
    rig.changes.length = 0;
    const goodbye = encodeMessage({ kind: "response", answers: [pointer("Old", { ttl: 0 })] });
    rig.hear(goodbye, { from: { address: "192.168.1.11", port: 5353 } });
    rig.advance(1500);
    expect(rig.changes.map(({ kind }) => kind)).toEqual(["removed"]);
  });

  test("T-31 is over within ten seconds", () => {
    const rig = flooded();
    rig.advance(10_000);
    rig.events.length = 0;
    for (let at = 0; at < RECORDS; at++)
      rig.hear(response(`New ${at}`), { from: { address: "192.168.1.12", port: 5353 } });
    expect(rig.drops.filter((reason) => reason === "too-many-records").length).toBeLessThan(RECORDS);
    expect([...rig.engine.answers(HTTP, TYPE.PTR)].length).toBeGreaterThan(0);
  });
});
