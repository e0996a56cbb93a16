import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Headers, headerKey, isSameName, keyBit } from "../../src/core/http-headers.ts";

const headers = Headers.of([
  ["HOST", "h"],
  ["Nt", "first"],
  ["NTS", "ssdp:alive"],
  ["nT", "second"],
  ["EXT", ""],
]);

describe("headers", () => {
  test("S6 quirk: of one name the first counts, in any case", () => {
    expect([headers.get("NT"), headers.get("nt"), headers.get("Nt")]).toEqual(["first", "first", "first"]);
  });

  test("an empty value is a value", () => {
    expect([headers.get("EXT"), headers.has("ext")]).toEqual(["", true]);
  });

  test("what is not there is undefined, even when it looks alike", () => {
    for (const name of ["", "N", "NTSS", "HAST", "E_T", "H^ST", "constructor", "__proto__", "ST"]) {
      expect([name, headers.get(name), headers.has(name), headers.getAll(name)]).toEqual([
        name,
        undefined,
        false,
        [],
      ]);
    }
  });

  test("all values of a name, in order", () => {
    expect(headers.getAll("NT")).toEqual(["first", "second"]);
  });

  test("every field as sent, in order, as often as wanted", () => {
    const all = [
      ["HOST", "h"],
      ["Nt", "first"],
      ["NTS", "ssdp:alive"],
      ["nT", "second"],
      ["EXT", ""],
    ];
    expect([...headers]).toEqual(all);
    expect(Array.from(headers[Symbol.iterator]())).toEqual(all);
    expect(headers.size).toBe(5);
  });

  test("a map of upper-case names and first values", () => {
    expect([...headers.toMap()]).toEqual([
      ["HOST", "h"],
      ["NT", "first"],
      ["NTS", "ssdp:alive"],
      ["EXT", ""],
    ]);
  });

  test("the first repetition, as it is spelt", () => {
    expect(headers.firstRepeated()).toBe("nT");
    expect(
      Headers.of([
        ["A", "1"],
        ["B", "2"],
      ]).firstRepeated(),
    ).toBeUndefined();
    expect(Headers.of([]).firstRepeated()).toBeUndefined();
  });

  test("case folds only in ASCII letters", () => {
    expect(isSameName("a-Z^", "A-z^")).toBe(true);
    expect(isSameName("^", "~")).toBe(false);
    expect(isSameName("é", "É")).toBe(false);
    expect(Headers.of([["~A", "1"]]).get("^A")).toBeUndefined();
  });

  test("they are what a plain search through the pairs would find", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "A", "b", "-", "^", "~"),
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, fc.string({ maxLength: 3 })), { maxLength: 12 }),
        name,
        (pairs, wanted) => {
          const fold = (text: string) => text.toLowerCase();
          const found = pairs.filter(([other]) => fold(other) === fold(wanted)).map(([, value]) => value);
          const made = Headers.of(pairs);
          expect([...made]).toEqual(pairs);
          expect(made.getAll(wanted)).toEqual(found);
          expect(made.get(wanted)).toBe(found[0]);
          expect(made.has(wanted)).toBe(found.length > 0);
          const repeated = pairs.find(([other], at) =>
            pairs.slice(0, at).some(([earlier]) => fold(earlier) === fold(other)),
          );
          expect(made.firstRepeated()).toBe(repeated?.[0]);
        },
      ),
    );
  });

  test("the names of UPnP's messages have bits of their own", () => {
    const bit = (name: string) =>
      keyBit(headerKey(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1)));
    const notify = ["HOST", "CACHE-CONTROL", "LOCATION", "NT", "NTS", "SERVER", "USN", "BOOTID.UPNP.ORG"];
    const ids = [
      "CONFIGID.UPNP.ORG",
      "NEXTBOOTID.UPNP.ORG",
      "SEARCHPORT.UPNP.ORG",
      "SECURELOCATION.UPNP.ORG",
    ];
    expect(new Set([...notify, ...ids].map(bit)).size).toBe(12);
  });
});
