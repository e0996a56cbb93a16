import { describe, expect, test } from "vitest";
import type { RecordOffer } from "../../src/mdns.ts";
import { Name, TYPE } from "../../src/mdns.ts";
import type { Lan } from "../../src/testing/index.ts";
import { guest } from "./household.ts";
import { IPP, office, printerAndLaptop, texts } from "./printers.ts";

const nas: RecordOffer = { name: "nas.local", type: "A", data: { kind: "A", address: "10.0.0.99" } };

/** Reads a feed on and on; what it told so far. */
function reading<T>(feed: AsyncIterable<T>): T[] {
  const all: T[] = [];
  void (async () => {
    for await (const item of feed) all.push(item);
  })().catch(() => {});
  return all;
}

async function pass(lan: Lan, ms: number): Promise<void> {
  lan.advance(ms);
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

describe("records that are answered for", () => {
  test("are found by who asks for them, until the goodbye", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const responder = await lan.until(printer.mdns.respond([nas]));
    const query = laptop.mdns.query("NAS.local", "A");
    const changes = reading(query);
    await pass(lan, 2000);
    const v4 = changes.flatMap((change) =>
      change.kind === "added" && change.record.link === "eth0/4" ? [change.record] : [],
    );
    expect(v4).toMatchObject([
      {
        type: TYPE.A,
        class: 1,
        ttl: 120,
        isUnique: true,
        data: { address: "10.0.0.99" },
        from: expect.anything(),
      },
    ]);
    expect(v4[0]?.expiresAt.getTime()).toBeGreaterThan(v4[0]?.heardAt.getTime() ?? 0);
    await lan.until(responder.close());
    await pass(lan, 2000);
    expect(changes.at(-1)).toMatchObject({ kind: "removed", reason: "goodbye" });
    await lan.until(query.close());
    expect([printer.users, laptop.users]).toEqual([0, 0]);
  });

  test("A62-099 a unique name that another host has is refused, and nothing stays open", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.mdns.respond([nas]));
    const other = { ...nas, data: { kind: "A", address: "10.0.0.98" } } as const;
    await expect(lan.until(laptop.mdns.respond([other]))).rejects.toMatchObject({
      name: "RemoteError",
      code: "NAME_CONFLICT",
      message: expect.stringContaining("nas.local"),
    });
    expect(laptop.users).toBe(0);
  });

  test("after a conflict other records may take their place", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.mdns.respond([nas]));
    const { earshot: third } = guest(lan, "third");
    const free = { ...nas, name: "nas-2.local", data: { kind: "A", address: "10.0.0.98" } } as const;
    const responder = await lan.until(third.mdns.respond([free]));
    await expect(lan.until(responder.update([{ ...free, name: "nas.local" }]))).rejects.toMatchObject({
      code: "NAME_CONFLICT",
    });
    await lan.until(responder.update([free]));
    const records = await lan.until(laptop.mdns.queryOnce("nas-2.local", "A"));
    expect(records[0]?.data).toEqual(free.data);
  });

  test("shared ones stand beside those of others", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const { earshot: third } = guest(lan, "third");
    const ptr = (target: string): RecordOffer => ({
      name: "_x._tcp.local",
      type: "PTR",
      data: { kind: "PTR", target: Name.parse(target) },
    });
    await lan.until(printer.mdns.respond([ptr("a._x._tcp.local")]));
    await lan.until(third.mdns.respond([ptr("b._x._tcp.local")]));
    const records = await lan.until(laptop.mdns.queryOnce("_x._tcp.local", "PTR"));
    const targets = records.map(({ data }) => (data.kind === "PTR" ? `${data.target}` : ""));
    expect([...new Set(targets)].sort()).toEqual(["a._x._tcp.local", "b._x._tcp.local"]);
    expect(records.every(({ isUnique }) => !isUnique)).toBe(true);
  });

  test("an update of the data is told without a goodbye of the name", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const responder = await lan.until(printer.mdns.respond([nas]));
    const changes = reading(laptop.mdns.query("nas.local", "A", { link: "eth0/4" }));
    await pass(lan, 2000);
    await lan.until(responder.update([{ ...nas, data: { kind: "A", address: "10.0.0.100" } }]));
    await pass(lan, 3000);
    const told = changes.map((change) =>
      "record" in change && change.record.data.kind === "A"
        ? `${change.kind} ${change.record.data.address}`
        : "",
    );
    expect(told).toContain("added 10.0.0.100");
    expect(told).toContain("removed 10.0.0.99");
    expect(changes.find(({ kind }) => kind === "removed")).toMatchObject({ reason: "replaced" });
  });

  test("closing while it probes says nothing more, and rejects", async () => {
    const { lan, printer } = printerAndLaptop();
    const responder = printer.mdns.respond([nas]);
    const outcome = expect(responder).rejects.toMatchObject({ code: "CLOSED" });
    lan.advance(100);
    await lan.until(printer.close());
    await outcome;
    expect(printer.users).toBe(0);
  });
});

describe("records that cannot be", () => {
  const ptr = { kind: "PTR", target: Name.of("x", "local") } as const;

  test.each<[string, RecordOffer, string]>([
    ["data of another type", { ...nas, data: ptr }, "INVALID_RECORD"],
    ["an address that is none", { ...nas, data: { kind: "A", address: "10.0.0.256" } }, "INVALID_RECORD"],
    [
      "a type that only asks",
      { ...nas, type: "ANY", data: { kind: "opaque", bytes: new Uint8Array() } },
      "INVALID_RECORD",
    ],
    ["an empty label", { ...nas, name: "nas..local" }, "INVALID_NAME"],
    ["no time to live", { ...nas, ttlSeconds: 0 }, "INVALID_OPTION"],
  ])("%s is the caller's mistake, told before anything is sent", async (_, offer, code) => {
    const { lan, printer } = printerAndLaptop();
    await expect(printer.mdns.respond([offer])).rejects.toMatchObject({ name: "UsageError", code });
    lan.advance(3000);
    expect([lan.stats.sent, printer.users]).toEqual([0, 0]);
  });
});

describe("one question", () => {
  test("ends as soon as the one who has the name has answered, with all that it said", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const two = [nas, { ...nas, data: { kind: "A", address: "10.0.0.100" } } as const];
    await lan.until(printer.mdns.respond(two));
    lan.advance(5000);
    const before = lan.now;
    const records = await lan.until(laptop.mdns.queryOnce("nas.local", "A"));
    expect(lan.now - before).toBeLessThan(1000);
    const addresses = records.map(({ data }) => (data.kind === "A" ? data.address : ""));
    expect([...new Set(addresses)].sort()).toEqual(["10.0.0.100", "10.0.0.99"]);
  });

  test("A62-042 ends as well when its owner says that there is no such record", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.mdns.respond([nas]));
    lan.advance(5000);
    const before = lan.now;
    expect(await lan.until(laptop.mdns.queryOnce("nas.local", "AAAA"))).toEqual([]);
    expect(lan.now - before).toBeLessThan(1500);
  });

  test("that nobody answers ends in time with nothing", async () => {
    const { lan, laptop } = printerAndLaptop();
    const before = lan.now;
    expect(await lan.until(laptop.mdns.queryOnce("nobody.local", "A", { timeoutMs: 700 }))).toEqual([]);
    expect(lan.now - before).toBe(700);
    expect(laptop.users).toBe(0);
  });

  test("until tells when there is enough", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const until = (records: readonly unknown[]): boolean => records.length > 0;
    const [record] = await lan.until(
      laptop.mdns.queryOnce("_ipp._tcp.local", "PTR", { until, timeoutMs: 60_000 }),
    );
    expect(record?.data).toMatchObject({ kind: "PTR" });
  });

  test("a passive one asks nothing", async () => {
    const { lan, laptop } = printerAndLaptop();
    await lan.until(laptop.mdns.queryOnce("nobody.local", "A", { mode: "passive", timeoutMs: 5000 }));
    expect(lan.stats.sent).toBe(0);
  });

  test("a signal ends it with its reason", async () => {
    const { lan, laptop } = printerAndLaptop();
    const aborting = new AbortController();
    const asked = laptop.mdns.queryOnce("nobody.local", "A", { signal: aborting.signal });
    aborting.abort(new Error("enough"));
    await expect(lan.until(asked)).rejects.toThrow("enough");
  });

  test.each([
    ["a name with an empty label", "a..local", "A", "INVALID_NAME"],
    ["type 0", "a.local", 0, "INVALID_OPTION"],
    ["a type that is none", "a.local", "NONSENSE" as "A", "INVALID_OPTION"],
  ])("for %s is the caller's mistake", (_, name, type, code) => {
    const { laptop } = printerAndLaptop();
    expect(() => laptop.mdns.query(name, type as "A")).toThrow(expect.objectContaining({ code }));
    expect(laptop.users).toBe(0);
  });
});

describe("DNS-SD in its own words", () => {
  test("A63-035 the types that there are, as they come and go", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const types = laptop.dnsSd.browseTypes();
    const changes = reading(types);
    const [ipp] = await lan.until(
      Promise.all([printer.advertise(office), printer.advertise({ type: "_http._tcp", port: 80 })]),
    );
    await pass(lan, 5000);
    expect(changes.map(({ kind, type, domain }) => `${kind} ${type} ${domain}`).sort()).toEqual([
      "added _http._tcp local",
      "added _ipp._tcp local",
    ]);
    await lan.until(ipp.close());
    await pass(lan, 5000);
    expect(changes.at(-1)).toEqual({ kind: "removed", type: IPP, domain: "local" });
    await lan.until(types.close());
  });

  test("the names of instances, without asking where they are", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const changes = reading(laptop.dnsSd.browseInstances(IPP));
    await lan.until(printer.advertise({ ...office, name: "Mr. Smith's" }));
    await pass(lan, 3000);
    expect(changes).toEqual([{ kind: "added", name: "Mr. Smith's", type: IPP, domain: "local" }]);
    await lan.until(printer.close());
    await pass(lan, 3000);
    expect(changes.at(-1)).toMatchObject({ kind: "removed", name: "Mr. Smith's" });
  });

  test("M30 also of those whose dots were broken into labels; what is no instance is none", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const targets = ["10.0.0.7._ipp._tcp.local", "_ipp._tcp.local", "Other._http._tcp.local"];
    const pointers = targets.map(
      (target): RecordOffer => ({
        ...{ name: "_ipp._tcp.local", type: "PTR" },
        data: { kind: "PTR", target: Name.parse(target) },
      }),
    );
    await lan.until(printer.mdns.respond(pointers));
    const changes = reading(laptop.dnsSd.browseInstances(IPP));
    await pass(lan, 3000);
    expect(changes).toEqual([{ kind: "added", name: "10.0.0.7", type: IPP, domain: "local" }]);
  });

  test("A63-043 where an instance is, asked when connecting", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const service = await lan.until(laptop.dnsSd.resolve("office", IPP));
    expect(service).toMatchObject({ port: 631, type: IPP });
    expect(texts(service)).toMatchObject({ rp: "ipp/print" });
    expect(laptop.users).toBe(0);
    await expect(lan.until(laptop.dnsSd.resolve("nobody", IPP, { timeoutMs: 100 }))).rejects.toMatchObject({
      code: "TIMEOUT",
    });
  });

  test("and where it is from then on, until it goes", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const announced = await lan.until(printer.advertise(office));
    const states = reading(laptop.dnsSd.follow("Office", IPP));
    await pass(lan, 3000);
    await lan.until(announced.update({ port: 632 }));
    await pass(lan, 3000);
    await lan.until(announced.close());
    await pass(lan, 6000);
    const told = states.map((state) => (state.kind === "resolved" ? state.service.port : state.kind));
    expect([...new Set(told)]).toEqual([631, 632, "lost"]);
  });

  test("A63-036 the domains that somebody recommends", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(
      printer.mdns.respond([
        {
          name: "b._dns-sd._udp.local",
          type: "PTR",
          data: { kind: "PTR", target: Name.parse("example.org") },
        },
      ]),
    );
    const changes = reading(laptop.dnsSd.enumerateDomains());
    await pass(lan, 3000);
    expect(changes).toEqual([{ kind: "added", domain: "example.org" }]);
  });

  test("publish is advertise, of DNS-SD alone", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await using published = await lan.until(printer.dnsSd.publish(office));
    expect(published.name).toBe("Office");
    expect(await lan.until(laptop.find(IPP))).toHaveLength(1);
    expect(printer.users).toBe(1);
  });
});
