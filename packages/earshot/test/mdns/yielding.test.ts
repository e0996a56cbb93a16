import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import type { OwnRecord } from "../../src/mdns/publication.ts";
import { CLASS, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { EngineRig, PEER, V4 } from "./engine-rig.ts";

const REVERSE = Name.parse("10.1.168.192.in-addr.arpa");

function reverse(host: string): OwnRecord {
  const data = { kind: "PTR", target: Name.of(host, "local") } as const;
  return { name: REVERSE, type: TYPE.PTR, ttl: 120, isShared: false, data };
}

/** A name of ours is established; a probe for it comes from an address. */
function probed(from: string, { yields = true, host = "theirs" } = {}): EngineRig {
  const rig = new EngineRig();
  const hear = rig.news.push.bind(rig.news);
  rig.turn((turn) =>
    rig.engine.publish({ yields, recordsOn: () => [reverse("ours")], hear: (news) => void hear(news) }, turn),
  );
  rig.advance(10_000);
  rig.sent.length = 0;
  const proposed: ResourceRecord = { ...reverse(host), class: CLASS.IN, flush: false };
  const question = { name: REVERSE, type: TYPE.ANY, class: CLASS.IN, unicast: true };
  const bytes = encodeMessage({ kind: "query", questions: [question], authorities: [proposed] });
  rig.hear(bytes, { from: { address: from, port: 5353 } });
  rig.advance(1000);
  return rig;
}

const said = ({ sent }: EngineRig): number =>
  sent.filter(({ message }) => message.kind === "response").length;
const conflicts = ({ news }: EngineRig): string[] =>
  news.flatMap((each) => (each.kind === "conflict" ? [`${each.name} ${each.from}`] : []));

describe("F-19 a publication that yields", () => {
  test("leaves its name, without a word, to another program of this machine that probes for it", () => {
    const rig = probed(V4.address);
    expect(conflicts(rig)).toEqual([`${REVERSE} ${V4.address}`]);
    expect(said(rig)).toBe(0);
  });

  test("defends it against other machines", () => {
    const rig = probed(PEER);
    expect(conflicts(rig)).toEqual([]);
    expect(said(rig)).toBeGreaterThan(0);
  });

  test("keeps it where the other would say the same", () => {
    const rig = probed(V4.address, { host: "ours" });
    expect(conflicts(rig)).toEqual([]);
  });

  test("is the exception: others defend their names against programs of this machine, too", () => {
    const rig = probed(V4.address, { yields: false });
    expect(conflicts(rig)).toEqual([]);
    expect(said(rig)).toBeGreaterThan(0);
  });
});
