/** What JavaScript lets through: each is the caller's mistake, told as one, before anything is sent. */
import { describe, expect, test } from "vitest";
import type { Earshot } from "../../src/earshot.ts";
import type { DnsSdOffer } from "../../src/index.ts";
import { IPP, office, only, printerAndLaptop, texts } from "./printers.ts";

const offer = { type: IPP, port: 1 };

const NO_OFFERS: [string, unknown][] = [
  ["nothing", undefined],
  ["null", null],
  ["a text", "_http._tcp"],
  ["a number", 5],
  ["an object without a type", {}],
  ["a list", []],
  ["a type that is a number", { type: 5, port: 80 }],
];

const NO_FIELDS: [string, Record<string, unknown>][] = [
  ["a port that is a text", { port: "80" }],
  ["a port that is no number", { port: Number.NaN }],
  ["a name that is a number", { name: 5 }],
  ["a text that is a text", { txt: "abc" }],
  ["a text that is a number", { txt: 5 }],
  ["numbers of two bytes as a text", { txt: new Uint16Array([300]) }],
  ["an object as a value", { txt: { a: {} } }],
  ["a list as a value", { txt: { a: ["x"] } }],
  ["a big number as a value", { txt: { a: 5n } }],
  ["a symbol as a value", { txt: { a: Symbol("x") } }],
  ["a function as a value", { txt: { a: () => 1 } }],
  ["an entry that is null", { txt: [null] }],
  ["an entry that is a text", { txt: ["a=b"] }],
  ["an entry without a value", { txt: [["a"]] }],
  ["a key that is a number", { txt: [[5, "a"]] }],
  ["a map with a number", { txt: new Map([["a", 5]]) }],
  ["subtypes that are a text", { subtypes: "_color" }],
  ["subtypes that are null", { subtypes: null }],
  ["a subtype that is a number", { subtypes: [5] }],
  ["a host that is a number", { host: 5 }],
  ["addresses that are a text", { host: "a", addresses: "10.0.0.1" }],
  ["an address that is a number", { host: "a", addresses: [5] }],
  ["interfaces that are a text", { interfaces: "eth0" }],
  ["interfaces that are a number", { interfaces: 5 }],
  ["probes that are a text", { probes: "no" }],
  ["an onRename that is a text", { onRename: "no" }],
  ["a priority that is a text", { priority: "1" }],
  ["a field that there is not", { prot: 80 }],
];

const REFUSED = { name: "UsageError", code: expect.stringMatching(/^(INVALID_|UNKNOWN_|NOT_)/) };

describe("an offer", () => {
  test.each([...NO_OFFERS, ...NO_FIELDS.map(([what, fields]) => [what, { ...offer, ...fields }] as const)])(
    "with %s is refused",
    async (_, nonsense) => {
      const { lan, laptop } = printerAndLaptop();
      await expect(laptop.advertise(nonsense as DnsSdOffer)).rejects.toMatchObject(REFUSED);
      await expect(laptop.dnsSd.publish(nonsense as DnsSdOffer)).rejects.toMatchObject(REFUSED);
      lan.advance(3000);
      expect([lan.stats.sent, laptop.users]).toEqual([0, 0]);
    },
  );

  test.each([["nothing", undefined], ["null", null], ["a number", 5], ...NO_FIELDS])(
    "is not changed by an update with %s",
    async (_, nonsense) => {
      const { lan, printer, laptop } = printerAndLaptop();
      const announced = await lan.until(printer.advertise(office));
      await expect(announced.update(nonsense as Partial<DnsSdOffer>)).rejects.toMatchObject(REFUSED);
      await lan.until(announced.update({ port: 632 }));
      expect(only(await lan.until(laptop.find(IPP)))).toMatchObject({ name: "Office", port: 632 });
    },
  );

  test("M-31 takes the text of a service as it was found, whatever its keys are", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const txt = [
      ["__proto__", "1"],
      ["constructor", "2"],
      ["toString", true],
      ["empty", ""],
    ] as const;
    await lan.until(printer.advertise({ ...office, txt }));
    const found = only(await lan.until(laptop.find(IPP)));
    expect([...found.txt.keys()]).toEqual(["__proto__", "constructor", "toString", "empty"]);
    expect(Object.hasOwn(texts(found), "__proto__")).toBe(true);
    await lan.until(laptop.advertise({ ...office, name: "Copy", txt: found.txt }));
    const copy = await lan.until(printer.findOne(IPP, { where: ({ name }) => name === "Copy" }));
    expect(copy.txtBytes).toEqual(found.txtBytes);
  });
});

describe("a call", () => {
  test("respond on an interface that is not there is refused, and leaves nothing open", async () => {
    const { lan, laptop } = printerAndLaptop();
    const record = { name: "a.local", type: "A", data: { kind: "A", address: "10.0.0.5" } } as const;
    const respond = lan.until(laptop.mdns.respond([record], { interfaces: ["wlan9"] }));
    await expect(respond).rejects.toMatchObject({ name: "UsageError", code: "UNKNOWN_INTERFACE" });
    expect(laptop.users).toBe(0);
  });

  test.each<[string, (earshot: Earshot) => unknown]>([
    ["browse of a number", (earshot) => earshot.browse(5 as never)],
    ["browse of a list with a number", (earshot) => earshot.browse([5] as never)],
    ["browse of a list with nothing in it", (earshot) => earshot.browse([undefined] as never)],
    ["find with a time that is a text", (earshot) => earshot.find(IPP, { timeoutMs: "x" as never })],
    ["query of a number", (earshot) => earshot.mdns.query(5 as never, "A")],
    ["query without a type", (earshot) => earshot.mdns.query("a.local", undefined as never)],
    [
      "query in a mode that there is not",
      (earshot) => earshot.mdns.query("a.local", "A", { mode: "x" as never }),
    ],
    ["respond with nothing", (earshot) => earshot.mdns.respond(undefined as never)],
    ["respond with null", (earshot) => earshot.mdns.respond([null] as never)],
    ["respond without data", (earshot) => earshot.mdns.respond([{ name: "a.local", type: "A" }] as never)],
    [
      "respond with data that lack a field",
      (earshot) => earshot.mdns.respond([{ name: "a.local", type: "TXT", data: { kind: "TXT" } }] as never),
    ],
    [
      "respond with a text for a name",
      (earshot) =>
        earshot.mdns.respond([
          { name: "a.local", type: "PTR", data: { kind: "PTR", target: "b.local" } },
        ] as never),
    ],
    ["resolve of a number", (earshot) => earshot.dnsSd.resolve(5 as never, IPP)],
    ["resolve without a type", (earshot) => earshot.dnsSd.resolve("a", undefined as never)],
    ["browseInstances without a type", (earshot) => earshot.dnsSd.browseInstances(undefined as never)],
    ["a kind of domain that there is not", (earshot) => earshot.dnsSd.enumerateDomains("toString" as never)],
  ])("%s is refused, and leaves nothing open", async (_, call) => {
    const { lan, laptop } = printerAndLaptop();
    await expect((async () => await call(laptop))()).rejects.toMatchObject(REFUSED);
    lan.advance(3000);
    expect([lan.stats.sent, laptop.users]).toEqual([0, 0]);
  });
});
