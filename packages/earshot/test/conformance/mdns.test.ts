import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/earshot.ts";
import { CLASS, decodeMessage, encodeMessage, Name, type ResourceRecord, TYPE } from "../../src/mdns.ts";
import { type Capture, Lan } from "../../src/testing/index.ts";
import { IPP, office, only, printerAndLaptop } from "../story/printers.ts";

const GROUP = { address: "224.0.0.251", port: 5353 };

describe("RFC 6762, seen from outside", () => {
  test("A62-004 A62-118 M-36 names of unicast DNS are refused, and asked of nobody", () => {
    const { lan, laptop } = printerAndLaptop();
    using capture = lan.capture();
    for (const name of ["www.example.com", "printer", "local.example"])
      expect(() => laptop.mdns.query(name, "A")).toThrow(expect.objectContaining({ code: "NOT_LOCAL" }));
    lan.advance(10_000);
    expect(capture.datagrams).toEqual([]);
  });

  test("A62-005 the reverse name of a link-local address is asked in the group", async () => {
    const { lan, laptop } = printerAndLaptop();
    using capture = lan.capture();
    const records = laptop.mdns.queryOnce("7.0.254.169.in-addr.arpa", "PTR", { timeoutMs: 2000 });
    await lan.until(records);
    const [question] = questionsIn(capture);
    expect(question).toBe("7.0.254.169.in-addr.arpa");
    expect(new Set(capture.datagrams.map(({ to }) => to.port))).toEqual(new Set([5353]));
  });

  test("A62-101 A62-102 what has a host name or an address in it lives 120 s, the rest 75 minutes", async () => {
    const { lan, printer } = printerAndLaptop();
    using capture = lan.capture();
    await lan.until(printer.advertise(office));
    const lives = new Map(answersIn(capture).map(({ type, ttl }) => [type, ttl]));
    expect(lives.get(TYPE.SRV)).toBe(120);
    expect(lives.get(TYPE.A)).toBe(120);
    expect(lives.get(TYPE.AAAA)).toBe(120);
    expect(lives.get(TYPE.TXT)).toBe(4500);
    const pointers = answersIn(capture).filter(
      ({ type, name }) => type === TYPE.PTR && name.isWithin(Name.of("local")),
    );
    expect(new Set(pointers.map(({ ttl }) => ttl))).toEqual(new Set([4500]));
  });

  test("A62-002 A62-100 M13 two hosts that say the very same of one name are in no conflict", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const nas = { name: "nas.local", type: "A", data: { kind: "A", address: "10.0.0.77" } } as const;
    const conflicts: string[] = [];
    const options = { onConflict: ({ name }: { name: string }) => void conflicts.push(name) };
    await lan.until(Promise.all([printer.mdns.respond([nas], options), laptop.mdns.respond([nas], options)]));
    lan.advance(60_000);
    expect(conflicts).toEqual([]);
  });

  test("A62-116 M-16 M-34 what comes from off the link is not used", async () => {
    const { lan, laptop } = printerAndLaptop();
    const looking = laptop.find(IPP, { timeoutMs: 3000 });
    lan.advance(500);
    for (const address of ["172.31.0.7", "8.8.8.8"])
      lan.inject({ from: { address, port: 5353 }, to: GROUP, bytes: serviceSaid("Stranger", address) });
    lan.inject({
      from: { address: "10.0.200.7", port: 5353 },
      to: GROUP,
      bytes: serviceSaid("Neighbour", "10.0.200.7"),
    });
    expect((await lan.until(looking)).map(({ name }) => name)).toEqual(["Neighbour"]);
  });

  test("M24 who never answers, and only announces, is found and stays", async () => {
    const { lan, laptop } = printerAndLaptop();
    const browser = laptop.browse(IPP);
    lan.advance(60_000);
    const bytes = serviceSaid("Mute", "10.0.200.7");
    lan.inject({ from: { address: "10.0.200.7", port: 5353 }, to: GROUP, bytes });
    lan.advance(1000);
    expect(only(browser.services.values()).name).toBe("Mute");
    for (let hour = 0; hour < 4; hour++) {
      lan.advance(3_600_000);
      lan.inject({ from: { address: "10.0.200.7", port: 5353 }, to: GROUP, bytes });
    }
    lan.advance(10_000);
    expect(only(browser.services.values()).name).toBe("Mute");
    await lan.until(browser.close());
  });

  test("M36 what is no DNS on the port is dropped, and the next message heard", async () => {
    const { lan, laptop } = printerAndLaptop();
    const looking = laptop.find(IPP, { timeoutMs: 3000 });
    lan.advance(500);
    for (const bytes of [new Uint8Array(12).fill(255), Uint8Array.of(0, 128, 0, 0), new Uint8Array(9000)])
      lan.inject({ from: { address: "10.0.200.7", port: 5353 }, to: GROUP, bytes });
    lan.inject({
      from: { address: "10.0.200.8", port: 5353 },
      to: GROUP,
      bytes: serviceSaid("Sane", "10.0.200.8"),
    });
    expect((await lan.until(looking)).map(({ name }) => name)).toEqual(["Sane"]);
  });

  test("M-41 our host name tells nothing about us", async () => {
    const lan = new Lan({ seed: 1 });
    await using annas = new Earshot({ network: lan.addHost("Annas-MacBook") });
    using capture = lan.capture();
    const { host } = await lan.until(annas.advertise(office));
    expect(host).toMatch(/^earshot-[0-9a-f]{8}\.local$/);
    const said = capture.datagrams.map(({ bytes }) => new TextDecoder("latin1").decode(bytes)).join("");
    expect(said).not.toMatch(/Anna|MacBook/i);
  });

  test("F-25 no message is larger than the interface takes, save a record that alone is", async () => {
    const lan = new Lan({ seed: 3 });
    const interfaces = [{ name: "eth0", mtu: 576 }] as const;
    await using narrow = new Earshot({ network: lan.addHost("narrow", { interfaces }) });
    await using laptop = new Earshot({ network: lan.addHost("laptop") });
    using capture = lan.capture();
    const txt = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`key${n}`, "x".repeat(30)]));
    await lan.until(narrow.advertise({ ...office, txt, subtypes: ["_universal", "_print"] }));
    await lan.until(laptop.find(IPP));
    const ours = capture.datagrams.filter(({ from }) => from.address === "10.0.0.1");
    expect(ours.length).toBeGreaterThan(4);
    for (const { bytes } of ours) expect(bytes.length).toBeLessThanOrEqual(576 - 28);
  });
});

/** An announcement of a whole printer. */
function serviceSaid(instance: string, address: string): Uint8Array {
  const type = Name.parse(`${IPP}.local`);
  const name = type.prepend(instance);
  const host = Name.of(instance, "local");
  const record = (
    of: Partial<ResourceRecord> & Pick<ResourceRecord, "name" | "type" | "data">,
  ): ResourceRecord => ({
    ...{ class: CLASS.IN, flush: true, ttl: 4500 },
    ...of,
  });
  return encodeMessage({
    kind: "response",
    answers: [
      record({ name: type, type: TYPE.PTR, flush: false, data: { kind: "PTR", target: name } }),
      record({
        name,
        type: TYPE.SRV,
        data: { kind: "SRV", priority: 0, weight: 0, port: 631, target: host },
      }),
      record({ name, type: TYPE.TXT, data: { kind: "TXT", bytes: Uint8Array.of(0) } }),
      record({ name: host, type: TYPE.A, data: { kind: "A", address } }),
    ],
  });
}

function messagesIn(capture: Capture) {
  return capture.datagrams.flatMap(({ bytes }) => {
    const message = decodeMessage(bytes);
    return message.kind === "malformed" ? [] : [message];
  });
}

function questionsIn(capture: Capture): string[] {
  return messagesIn(capture).flatMap(({ questions }) => questions.map(({ name }) => name.toString()));
}

function answersIn(capture: Capture): ResourceRecord[] {
  return messagesIn(capture)
    .filter(({ kind }) => kind === "response")
    .flatMap(({ answers }) => answers);
}
