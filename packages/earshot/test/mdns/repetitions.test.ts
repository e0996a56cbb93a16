import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { EngineRig, HTTP, ownAddress, pointer } from "./engine-rig.ts";

const OTHER = { from: { address: "192.168.1.21", port: 5353 } };
const said = encodeMessage({ kind: "response", answers: [pointer("Printer")] });

/** Heard so often that it is known word for word. */
function familiar(bytes = said, name = HTTP, type: number = TYPE.PTR): EngineRig {
  const rig = new EngineRig();
  rig.ask(name, type);
  for (let times = 0; times < 3; times++) {
    rig.hear(bytes);
    rig.advance(2000);
  }
  rig.changes.length = 0;
  return rig;
}

function host(address: string): Uint8Array {
  const name = Name.of("printer", "local");
  const data = { kind: "A", address } as const;
  const record: ResourceRecord = { name, type: TYPE.A, class: CLASS.IN, flush: true, ttl: 120, data };
  return encodeMessage({ kind: "response", answers: [record] });
}

describe("A response that is repeated word for word", () => {
  test("refreshes its records: they live on from the last time", () => {
    const rig = familiar();
    rig.advance(4_400_000);
    rig.hear(said);
    rig.advance(4_400_000);
    expect(rig.changes.map(({ kind }) => kind)).toEqual(["refreshed"]);
    expect(rig.engine.counts.known).toBe(1);
    rig.advance(200_000);
    expect(rig.changes.map(({ kind }) => kind)).toEqual(["refreshed", "removed"]);
  });

  test("is told as often as what has to be read", () => {
    const rig = familiar();
    for (let times = 0; times < 5; times++) {
      rig.hear(said);
      rig.advance(2000);
    }
    expect(rig.changes.map(({ kind }) => kind)).toEqual(Array(5).fill("refreshed"));
  });

  test("brings back what had gone meanwhile", () => {
    const rig = familiar();
    rig.hear(encodeMessage({ kind: "response", answers: [pointer("Printer", { ttl: 0 })] }));
    rig.advance(2000);
    rig.hear(said);
    expect(rig.changes.map(({ kind }) => kind)).toEqual(["removed", "added"]);
  });

  test("A62-115 takes back what another address said meanwhile, if it says that it is all there is", () => {
    const rig = familiar(host("192.168.1.20"), Name.of("printer", "local"), TYPE.A);
    rig.hear(host("192.168.1.20"));
    rig.advance(500);
    rig.hear(host("192.168.1.30"), OTHER);
    rig.advance(1500);
    rig.hear(host("192.168.1.20"));
    rig.advance(5000);
    const gone = rig.changes.flatMap((change) =>
      change.kind === "removed" ? [change.answer.record.data] : [],
    );
    expect(gone).toEqual([{ kind: "A", address: "192.168.1.30" }]);
    expect(rig.engine.counts.known).toBe(1);
  });

  test("of another address is another one: both are heard", () => {
    const rig = familiar();
    rig.hear(said, OTHER);
    const [answer] = rig.engine.answers(HTTP, TYPE.PTR);
    expect(answer?.from).toBe(OTHER.from.address);
  });

  test("with one byte changed is read: what it says now counts", () => {
    const rig = familiar();
    const changed = said.slice();
    const at = changed.lastIndexOf("Printer".charCodeAt(0));
    changed[at] = "p".charCodeAt(0) + 1;
    rig.hear(changed);
    expect(rig.changes.map(({ kind }) => kind)).toEqual(["added"]);
  });

  test("that is about a name of ours from now on is read, and defended against", () => {
    const theirs = host("192.168.1.20");
    const rig = familiar(theirs, Name.of("printer", "local"), TYPE.A);
    rig.publish([ownAddress("printer")]);
    rig.advance(300);
    rig.hear(theirs);
    rig.advance(5000);
    expect(rig.news.map(({ kind }) => kind)).toContain("conflict");
  });
});
