import { describe, expect, test } from "vitest";
import { type Conditions, Lan } from "../../src/testing/index.ts";
import { Notebook } from "./kit.ts";

function scene(options: Partial<Conditions> & { seed?: number } = {}) {
  const lan = new Lan({ seed: 1, ...options });
  const [a, b, c] = [lan.addHost("a"), lan.addHost("b"), lan.addHost("c")];
  const notes = { a: new Notebook(a), b: new Notebook(b), c: new Notebook(c) };
  lan.advance(0);
  return { lan, a, b, c, notes };
}

function say(notebook: Notebook, count: number): void {
  for (let index = 0; index < count; index++) notebook.say(String(index));
}

describe("loss", () => {
  test("F-07 uniform loss takes its share of each receiver, drawn apart, and never of the sender's own", () => {
    const { lan, notes } = scene({ loss: 0.2, seed: 11 });
    say(notes.a, 5000);
    lan.advance(100);
    const shares = [notes.b, notes.c].map((one) => one.heard.length / 5000);
    for (const share of shares) expect(Math.abs(share - 0.8)).toBeLessThan(0.02);
    const heardByC = new Set(notes.c.texts);
    const both = notes.b.texts.filter((text) => heardByC.has(text)).length / 5000;
    expect(Math.abs(both - 0.64)).toBeLessThan(0.03);
    expect(notes.a.heard).toHaveLength(5000);
    expect(lan.stats.lost).toBe(10_000 - notes.b.heard.length - notes.c.heard.length);
  });

  test("all sockets behind one interface lose the same datagrams", () => {
    const { lan, b, notes } = scene({ loss: 0.5 });
    const twin = new Notebook(b);
    lan.advance(0);
    say(notes.a, 200);
    lan.advance(100);
    expect(twin.texts).toEqual(notes.b.texts);
    expect(twin.heard.length).toBeLessThan(200);
  });

  test("F-07 bursts take their share of the time, and last as long as they should", () => {
    const lan = new Lan({ seed: 5, loss: { rate: 0.2, burstMs: 2000 }, latencyMs: [1, 1] });
    const [a, b] = [new Notebook(lan.addHost("a")), new Notebook(lan.addHost("b"))];
    lan.advance(0);
    const missing: number[] = [];
    for (let index = 0; index < 40_000; index++) {
      const before = b.heard.length;
      a.say("tick");
      lan.advance(100);
      if (b.heard.length === before) missing.push(index);
    }
    expect(Math.abs(missing.length / 40_000 - 0.2)).toBeLessThan(0.03);
    const bursts = missing.filter((tick, index) => missing[index - 1] !== tick - 1).length;
    const meanMs = (missing.length / bursts) * 100;
    expect(meanMs).toBeGreaterThan(1700);
    expect(meanMs).toBeLessThan(2400);
  });

  test("bursts after a silence of months cost nothing and stay as likely", () => {
    const lan = new Lan({ seed: 5, loss: { rate: 0.5, burstMs: 1 } });
    const [a, b] = [new Notebook(lan.addHost("a")), new Notebook(lan.addHost("b"))];
    lan.advance(0);
    for (let index = 0; index < 400; index++) {
      a.say("tick");
      lan.advance(1e9);
    }
    expect(b.heard.length).toBeGreaterThan(150);
    expect(b.heard.length).toBeLessThan(250);
  });

  test("it can change while the LAN runs, on one segment alone", () => {
    const lan = new Lan({ seed: 1 });
    const bridge = new Notebook(
      lan.addHost("both", { interfaces: [{ name: "eth0" }, { name: "wlan0", segment: "wifi" }] }),
    );
    const wired = new Notebook(lan.addHost("wired"));
    const wireless = new Notebook(
      lan.addHost("wireless", { interfaces: [{ name: "wlan0", segment: "wifi" }] }),
    );
    const speak = (): void => {
      for (const link of bridge.links) if (link.family === 4) bridge.say("hello", { link });
      lan.advance(5);
    };
    lan.advance(0);
    lan.weather.change({ loss: 1 }, "wifi");
    speak();
    expect([wired.heard.length, wireless.heard.length]).toEqual([1, 0]);
    lan.weather.change({ loss: 1 });
    speak();
    expect([wired.heard.length, wireless.heard.length]).toEqual([1, 0]);
    lan.weather.change({ loss: 0 });
    speak();
    expect([wired.heard.length, wireless.heard.length]).toEqual([2, 1]);
  });

  test.each([
    { loss: 1.1 },
    { loss: Number.NaN },
    { loss: { rate: 0.1, burstMs: 0 } },
    { duplicate: -1 },
    { reorder: 2 },
    { latencyMs: [5, 1] as const },
    { reorderMs: [-1, 1] as const },
  ])("%j is refused", (conditions) => {
    expect(() => new Lan({ seed: 1, ...conditions })).toThrowError(
      expect.objectContaining({ code: "INVALID_CONDITIONS" }),
    );
  });
});

describe("doubling and reordering", () => {
  test("F-08 every datagram can come twice, to others", () => {
    const { lan, notes } = scene({ duplicate: 1 });
    notes.a.say("hello");
    lan.advance(5);
    expect([notes.a.texts, notes.b.texts]).toEqual([["hello"], ["hello", "hello"]]);
    expect(lan.stats.duplicated).toBe(2);
  });

  test("F-09 with reordering later ones overtake, nothing is lost, and receivers differ", () => {
    const { lan, notes } = scene({ reorder: 0.5, reorderMs: [0, 500] });
    say(notes.a, 100);
    lan.advance(600);
    const sent = Array.from({ length: 100 }, (_, index) => String(index));
    for (const one of [notes.b, notes.c]) {
      expect(one.texts).not.toEqual(sent);
      expect([...one.texts].sort()).toEqual([...sent].sort());
    }
    expect(notes.b.texts).not.toEqual(notes.c.texts);
    expect(notes.a.texts).toEqual(sent);
  });
});
