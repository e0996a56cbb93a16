import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import { EngineRig, HTTP, ownAddress, PEER, pointer, V4 } from "./engine-rig.ts";

const OURS = Name.parse("ours.local");
const answer = encodeMessage({ kind: "response", answers: [pointer("Printer")] });
const question = encodeMessage({
  kind: "query",
  questions: [{ name: OURS, type: TYPE.A, class: CLASS.IN, unicast: false }],
});

describe("what the header of a response says", () => {
  test("a response that answers what is asked is used", () => {
    expect(changesAfter(answer)).toEqual(["added"]);
  });

  test("A62-130 A62-132 whatever its id", () => {
    expect(changesAfter(patched(answer, (bytes) => bytes.set([0x12, 0x34], 0)))).toEqual(["added"]);
  });

  test.each([
    ["A62-136", "AA clear", 2, 0x80],
    ["A62-138", "TC set", 2, 0x86],
    ["A62-139", "RD set", 2, 0x85],
    ["A62-140", "RA set", 3, 0x80],
    ["A62-141", "Z set", 3, 0x40],
    ["A62-142", "AD set", 3, 0x20],
    ["A62-143", "CD set", 3, 0x10],
  ])("%s a response with %s is used all the same", (_row, _what, at, byte) => {
    expect(changesAfter(patched(answer, (bytes) => bytes.set([byte], at)))).toEqual(["added"]);
  });

  test("A62-135 V-24 another OPCODE is dropped in silence", () => {
    const rig = asking();
    rig.hear(patched(answer, (bytes) => bytes.set([0x84 | (5 << 3)], 2)));
    expect([rig.changes.length, ...rig.drops]).toEqual([0, "unknown-opcode"]);
  });

  test("A62-144 V-25 another RCODE is dropped in silence", () => {
    const rig = asking();
    rig.hear(patched(answer, (bytes) => bytes.set([3], 3)));
    expect([rig.changes.length, ...rig.drops]).toEqual([0, "error-rcode"]);
  });

  test("A62-134 what has QR clear is a query, and its records are no answers", () => {
    expect(changesAfter(patched(answer, (bytes) => bytes.set([0], 2)))).toEqual([]);
  });

  test("A62-031 V-19 M5 a question in a response is ignored, and the answer used", () => {
    const rig = asking();
    rig.publish([ownAddress("ours")]);
    rig.advance(5000);
    rig.sent.length = 0;
    const questions = [{ name: OURS, type: TYPE.A, class: CLASS.IN, unicast: false }];
    rig.hear(encodeMessage({ kind: "response", questions, answers: [pointer("Printer")] }));
    rig.advance(600);
    expect(rig.changes.map(({ kind }) => kind)).toEqual(["added"]);
    expect(rig.sent.filter(({ message }) => message.kind === "response")).toEqual([]);
  });

  test("A62-026 records of another class are no answers", () => {
    const chaos = encodeMessage({ kind: "response", answers: [pointer("Printer", { class: 3 })] });
    expect(changesAfter(chaos)).toEqual([]);
  });
});

describe("where a response comes from", () => {
  test("A62-037 M-33 P-09 from another port it is not used", () => {
    const rig = asking();
    rig.hear(answer, { port: 5354 });
    expect([rig.changes.length, ...rig.drops]).toEqual([0, "response-from-another-port"]);
  });

  test("M-11 port 0 is dropped, and an empty datagram is not wanted", () => {
    const rig = asking();
    rig.hear(answer, { port: 0 });
    expect(rig.drops).toEqual(["no-reply-port"]);
    expect(rig.hear(new Uint8Array())).toBe(false);
  });

  test("A62-039 M-33 by unicast it is used only after a question that welcomed that", () => {
    const rig = asking();
    rig.advance(130);
    expect(rig.sent[0]?.message.questions[0]?.unicast).toBe(true);
    rig.hear(answer, { to: "host" });
    expect(rig.changes).toHaveLength(1);
    rig.advance(10_000);
    rig.hear(encodeMessage({ kind: "response", answers: [pointer("Late")] }), { to: "host" });
    expect([rig.changes.length, ...rig.drops]).toEqual([1, "unsolicited-unicast"]);
  });
});

describe("what we send", () => {
  test("A62-036 A62-038 responses leave for the group by the socket of port 5353", () => {
    const rig = publishing();
    expect(rig.sent.length).toBeGreaterThan(3);
    for (const { socket, to } of rig.sent) expect([socket, to]).toEqual(["shared", "group"]);
    expect(rig.engine.binding).toMatchObject({
      port: 5353,
      hops: 255,
      unicastHops: 255,
      speaksFromPort: true,
    });
  });

  test("A62-115 B-53 M31 TTL and hop limit are 255, by multicast and by unicast", () => {
    expect(new EngineRig().engine.binding).toMatchObject({ hops: 255, unicastHops: 255 });
  });

  test("A62-030 A62-131 A62-132 A62-134 A62-136 A62-138 A62-139 A62-140 A62-141 A62-142 A62-143 A62-144 the header is as mDNS has it", () => {
    const rig = publishing();
    rig.ask();
    rig.advance(5000);
    for (const { bytes, message } of rig.sent) {
      expect([...bytes.subarray(0, 4)]).toEqual(message.kind === "response" ? [0, 0, 0x84, 0] : [0, 0, 0, 0]);
      if (message.kind === "response") expect(message.questions).toEqual([]);
    }
  });

  test("A62-016 A62-007 questions leave from port 5353, for the group", () => {
    const rig = asking();
    rig.advance(1500);
    expect(rig.sent.map(({ socket, to }) => [socket, to])).toEqual([
      ["shared", "group"],
      ["shared", "group"],
    ]);
  });

  test("an engine that nobody uses says nothing and wants nothing", () => {
    const rig = new EngineRig();
    rig.advance(100_000);
    expect([rig.sent.length, rig.engine.wakeAt, rig.hear(answer), rig.hear(question)]).toEqual([
      0,
      Number.POSITIVE_INFINITY,
      false,
      false,
    ]);
  });
});

describe("our own datagrams come back", () => {
  test("M-25 A62-121 they are dropped before anybody takes them for another's", () => {
    const rig = new EngineRig();
    rig.publish([ownAddress("ours")]);
    for (let ms = 0; ms < 4000; ms += 10) {
      const before = rig.sent.length;
      rig.advance(10);
      for (const { bytes } of rig.sent.slice(before))
        rig.hear(bytes, { from: { address: V4.address, port: 5353 } });
    }
    expect(rig.news.map(({ kind }) => kind)).toEqual(["established"]);
    expect(new Set(rig.drops)).toEqual(new Set(["own-echo"]));
  });

  test("M12 a reflector that says our very words from elsewhere starts no conflict", () => {
    const rig = new EngineRig();
    rig.publish([ownAddress("ours")]);
    for (let ms = 0; ms < 4000; ms += 10) {
      const before = rig.sent.length;
      rig.advance(10);
      for (const { bytes } of rig.sent.slice(before))
        rig.hear(bytes, { from: { address: PEER, port: 5353 } });
    }
    expect(rig.news.map(({ kind }) => kind)).toEqual(["established"]);
  });
});

describe("who asks and answers", () => {
  test("A62-006 A62-001 A62-073 a name is answered for once it was probed for, and not before", () => {
    const rig = new EngineRig();
    rig.publish([ownAddress("ours")]);
    rig.hear(question);
    expect(rig.sent).toEqual([]);
    rig.advance(5000);
    rig.sent.length = 0;
    rig.hear(question);
    expect(rig.sent[0]?.message.answers.map(({ name }) => name.toString())).toEqual(["ours.local"]);
  });

  test("M-19 M-22 a flood that is not read hides no conflict: who has our name is heard", () => {
    const rig = new EngineRig({ limits: { records: 10, recordsPerSource: 5 } });
    rig.ask();
    rig.publish([ownAddress("ours")]);
    rig.advance(300);
    for (let n = 0; n < 50; n++) {
      const from = { address: `192.168.1.${100 + n}`, port: 5353 };
      rig.hear(encodeMessage({ kind: "response", answers: [pointer(`Flood ${n}`)] }), { from });
    }
    expect(rig.drops).toContain("too-many-records");
    const data = { kind: "A", address: "192.168.1.99" } as const;
    const theirs = { name: OURS, type: TYPE.A, class: CLASS.IN, flush: true, ttl: 120, data };
    rig.hear(encodeMessage({ kind: "response", answers: [theirs] }));
    expect(rig.news.map(({ kind }) => kind)).toEqual(["conflict"]);
  });

  test("counts tell what was heard, kept, asked and published", () => {
    const rig = publishing();
    rig.ask();
    rig.hear(answer);
    expect(rig.engine.counts).toMatchObject({ heard: 1, known: 1, asks: 1, publications: 1 });
    expect([...rig.engine.answers(HTTP, TYPE.PTR)]).toHaveLength(1);
  });
});

function asking(): EngineRig {
  const rig = new EngineRig();
  rig.ask();
  return rig;
}

function publishing(): EngineRig {
  const rig = new EngineRig();
  rig.publish([ownAddress("ours")]);
  rig.advance(5000);
  return rig;
}

function changesAfter(bytes: Uint8Array): string[] {
  const rig = asking();
  rig.hear(bytes);
  return rig.changes.map(({ kind }) => kind);
}

function patched(bytes: Uint8Array, patch: (bytes: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  patch(copy);
  return copy;
}
