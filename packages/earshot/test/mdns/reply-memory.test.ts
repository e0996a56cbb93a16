import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import { EngineRig, ownAddress, V4 } from "./engine-rig.ts";

const HOST = Name.of("ours", "local");
const RESOLVER = { from: { address: "192.168.1.20", port: 40_000 } };

function asked(id: number, name = HOST): Uint8Array {
  const questions = [{ name, type: TYPE.A, class: CLASS.IN, unicast: false }];
  return encodeMessage({ kind: "query", id, questions });
}

function serving(): {
  rig: EngineRig;
  publication: number;
  records: { current: ReturnType<typeof ownAddress>[] };
} {
  const rig = new EngineRig();
  const records = { current: [ownAddress("ours")] };
  const publication = rig.turn((turn) =>
    rig.engine.publish({ recordsOn: () => records.current, hear: () => {} }, turn),
  );
  rig.advance(5000);
  rig.sent.length = 0;
  return { rig, publication, records };
}

function replies(rig: EngineRig): { id: number; addresses: readonly string[] }[] {
  return rig.sent.flatMap(({ bytes, to }) => {
    const message = decodeMessage(bytes);
    if (to === "group" || message.kind !== "response") return [];
    const addresses = message.answers.flatMap(({ data }) => (data.kind === "A" ? [data.address] : []));
    return [{ id: message.id, addresses }];
  });
}

describe("A query of a resolver of old that was answered before", () => {
  test("is answered the same, under its own id", () => {
    const { rig } = serving();
    for (const id of [1, 0xbeef, 3]) rig.hear(asked(id), RESOLVER);
    const addresses = ["192.168.1.10"];
    expect(replies(rig)).toEqual([1, 0xbeef, 3].map((id) => ({ id, addresses })));
  });

  test("is answered with what is true now, when that has changed", () => {
    const { rig, publication, records } = serving();
    rig.hear(asked(1), RESOLVER);
    records.current = [ownAddress("ours", "192.168.1.99")];
    rig.turn((turn) => rig.engine.update(publication, turn));
    rig.advance(5000);
    rig.hear(asked(2), RESOLVER);
    expect(replies(rig).map(({ addresses }) => addresses)).toEqual([["192.168.1.10"], ["192.168.1.99"]]);
  });

  test("is not answered any more when what it asks for is gone", () => {
    const { rig, publication } = serving();
    rig.hear(asked(1), RESOLVER);
    rig.turn((turn) => rig.engine.withdraw(publication, turn));
    rig.hear(asked(2), RESOLVER);
    expect(replies(rig)).toHaveLength(1);
  });

  test("counts as every other: limits hold, and who is not on the link gets nothing", () => {
    const rig = new EngineRig({ limits: { unicastPerSecondPerSource: 1, unicastBurstPerSource: 2 } });
    rig.publish([ownAddress("ours")]);
    rig.advance(5000);
    rig.sent.length = 0;
    for (const id of [1, 2, 3]) rig.hear(asked(id), RESOLVER);
    rig.hear(asked(4), { from: { address: "10.9.9.9", port: 40_000 } });
    expect(replies(rig).map(({ id }) => id)).toEqual([1, 2]);
    expect(rig.drops).toContain("unicast-answers-per-source");
  });

  test("is read again after the link has changed", () => {
    const { rig } = serving();
    rig.hear(asked(1), RESOLVER);
    rig.relink([{ ...V4, ownPort: 50_001 }]);
    rig.advance(5000);
    rig.hear(asked(2), RESOLVER);
    expect(replies(rig)).toHaveLength(2);
  });
});
