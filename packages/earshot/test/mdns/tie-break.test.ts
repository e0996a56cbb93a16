import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, type ResourceRecord } from "../../src/mdns/record.ts";
import { tieBreak } from "../../src/mdns/tie-break.ts";
import { a, said, srv, txt } from "./claims-rig.ts";

const bytes = (...values: number[]): ResourceRecord => ({
  ...said(a("1.2.3.4")),
  type: 65_400,
  data: { kind: "opaque", bytes: new Uint8Array(values) },
});

const label = fc.constantFrom("a", "B", "host", "office", "longer-host");
const record: fc.Arbitrary<ResourceRecord> = fc.oneof(
  fc.ipV4().map((address) => said(a(address))),
  fc.tuple(fc.nat(3), label).map(([port, target]) => said(srv(port, undefined, Name.of(target, "local")))),
  fc.constantFrom("", "x", "xy").map((text) => said(txt(text))),
  fc
    .tuple(fc.constantFrom(CLASS.IN, 3), fc.constantFrom(65_400, 65_401), fc.uint8Array({ maxLength: 3 }))
    .map(([code, type, data]) => ({ ...bytes(...data), class: code, type })),
);
const list = fc.array(record, { minLength: 1, maxLength: 5 });
const OPPOSITE = { won: "lost", lost: "won", same: "same" } as const;

describe("tie-break", () => {
  test("A62-085 the class counts first, then the type, then the bytes of the data", () => {
    const low = said(a("1.1.1.1"));
    expect(tieBreak([{ ...low, class: 3 }], [said(srv(1))])).toBe("won");
    expect(tieBreak([said(srv(1))], [said(a("255.255.255.255"))])).toBe("won");
    expect(tieBreak([said(a("1.1.1.2"))], [low])).toBe("won");
    expect(tieBreak([low], [said(a("1.1.1.2"))])).toBe("lost");
  });

  test("A62-085 the cache-flush bit and the TTL do not count", () => {
    expect(tieBreak([said(a("1.1.1.1"))], [said(a("1.1.1.1"), { flush: false, ttl: 5 })])).toBe("same");
  });

  test("A62-085 bytes have no sign, and more data come after less", () => {
    expect(tieBreak([bytes(200)], [bytes(99)])).toBe("won");
    expect(tieBreak([bytes(1, 0)], [bytes(1)])).toBe("won");
    expect(tieBreak([bytes()], [bytes(0)])).toBe("lost");
  });

  test("A62-087 lists are sorted, then compared pair by pair; a longer one wins", () => {
    const [one, two, three] = [a("1.1.1.1"), a("1.1.1.2"), a("1.1.1.3")].map((each) => said(each)) as [
      ResourceRecord,
      ResourceRecord,
      ResourceRecord,
    ];
    expect(tieBreak([two, one], [one, two])).toBe("same");
    expect(tieBreak([one, two, three], [two, one])).toBe("won");
    expect(tieBreak([one, two, three], [one, three])).toBe("lost");
    expect(tieBreak([], [one])).toBe("lost");
  });

  test("A62-087 it is a total order: what one host wins the other loses, and no three go in a circle", () => {
    fc.assert(
      fc.property(list, list, list, (x, y, z) => {
        expect(tieBreak(y, x)).toBe(OPPOSITE[tieBreak(x, y)]);
        expect(tieBreak(x, [...x].reverse())).toBe("same");
        if (tieBreak(x, y) !== "lost" && tieBreak(y, z) !== "lost") expect(tieBreak(x, z)).not.toBe("lost");
      }),
      { numRuns: 1000 },
    );
  });
});
