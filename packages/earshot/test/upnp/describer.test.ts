import { describe, expect, test } from "vitest";
import { loadDescriptionReader } from "../../src/upnp/describer.ts";
import { setUp, sourceOf, xml } from "./describing.ts";
import { settled } from "./fetching.ts";

describe("a document", () => {
  test("is read once for all who follow it, and told to each", async () => {
    const { follow, answer, http, describer } = setUp();
    const [one, two] = [follow(sourceOf()), follow(sourceOf())];
    await settled();
    expect(one.following.outcome).toBeUndefined();
    await answer(xml("Lamp"));
    expect([one.lines, two.lines, http.all.length, describer.size]).toEqual([["Lamp"], ["Lamp"], 1, 1]);
    const three = follow(sourceOf());
    expect(three.following.outcome?.description?.device.friendlyName).toBe("Lamp");
    expect([three.lines, http.all.length]).toEqual([[], 1]);
  });

  test("H-08 of several that come at once one is read in each turn of the event loop", async () => {
    const { clock, follow, http } = setUp();
    const all = [1, 2, 3].map((host) => follow(sourceOf("d.xml", {}, `10.0.0.${host}`)));
    await settled();
    for (const pending of http.open) await pending.answer(200, xml("Lamp"));
    await loadDescriptionReader();
    await settled();
    for (let turn = 0; turn <= 3; turn++) {
      expect(all.filter(({ lines }) => lines.length > 0)).toHaveLength(turn);
      clock.fireEarly(clock.time);
      await settled();
    }
  });

  test("is not read any further when nobody follows it, and forgotten", async () => {
    const { follow, http, describer, clock } = setUp();
    const [one, two] = [follow(sourceOf()), follow(sourceOf())];
    await settled();
    one.following.stop();
    expect(http.open).toHaveLength(1);
    two.following.stop();
    await settled();
    expect([http.open.length, describer.size, clock.armed.length]).toEqual([0, 0, 0]);
    expect([one.lines, two.lines]).toEqual([[], []]);
  });

  test("is kept for a little while for who comes back, and read anew for who comes later", async () => {
    const { follow, answer, http, pass } = setUp();
    const one = follow(sourceOf());
    await answer(xml("Lamp"));
    one.following.stop();
    await pass(29_000);
    const two = follow(sourceOf());
    expect(two.following.outcome?.description?.device.friendlyName).toBe("Lamp");
    two.following.stop();
    await pass(2000);
    const three = follow(sourceOf());
    await answer(xml("Lantern"));
    expect([three.lines, http.all.length]).toEqual([["Lantern"], 2]);
  });

  test("D6 that is none is told as such: an empty one, a web page, a word", async () => {
    for (const text of ["", "status=ok", "<!DOCTYPE html><html><body>Log in</body></html>"]) {
      const { follow, answer } = setUp();
      const { lines } = follow(sourceOf());
      await answer(text);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^not: /);
    }
  });
});

describe("what could not be read", () => {
  test("quirk S20 is tried three times more, after 1, 5 and 30 s; told at the first failure, and when it succeeds", async () => {
    const { follow, answer, http, pass } = setUp();
    const { lines } = follow(sourceOf());
    for (const wait of [1000, 5000, 30_000]) {
      await http.open[0]?.fail();
      await pass(wait - 1);
      expect(http.open).toEqual([]);
      await pass(1);
      expect(http.open).toHaveLength(1);
    }
    await answer(xml("Slow"));
    expect(lines).toEqual(["not: refused", "Slow"]);
    expect(http.all.map(({ at }) => at)).toEqual([0, 1000, 6000, 36_000]);
  });

  test("quirk S20 is given up after that", async () => {
    const { follow, http, pass, clock } = setUp();
    const { lines } = follow(sourceOf());
    for (let i = 0; i < 10; i++) {
      await http.open[0]?.fail();
      await pass(60_000);
    }
    expect([lines, http.all.length, clock.armed.length]).toEqual([["not: refused"], 4, 0]);
  });

  test("F-33 quirk S20 one slow device delays no other", async () => {
    const { follow, answer, http } = setUp();
    follow(sourceOf("slow"));
    const { lines } = follow(sourceOf("d.xml", {}, "10.0.0.2"));
    await settled();
    await answer(xml("Quick"), http.all[1]);
    expect([lines, http.open.length]).toEqual([["Quick"], 1]);
  });

  test("quirk S16 a guess is tried once", async () => {
    const { follow, http, pass } = setUp();
    const { lines } = follow(sourceOf("d.xml", { isGuess: true }));
    await http.open[0]?.fail();
    await pass(100_000);
    expect([lines, http.all.length]).toEqual([["not: refused"], 1]);
  });

  test("is tried anew after a reboot, but not before its rest is over", async () => {
    const { follow, answer, http, pass } = setUp();
    const { lines, following } = follow(sourceOf());
    for (let i = 0; i < 4; i++) {
      await http.open[0]?.fail();
      await pass([1000, 5000, 30_000, 0][i] ?? 0);
    }
    following.hear({ bootId: 2, configId: undefined }, false);
    await pass(59_999);
    expect(http.all).toHaveLength(4);
    await pass(1);
    await answer(xml("Back"));
    expect([lines, http.all.length]).toEqual([["not: refused", "Back"], 5]);
  });
});

test("UD-038 a reboot with the same CONFIGID is reason enough to try what could not be read", async () => {
  const { follow, answer, http, pass } = setUp();
  const { lines, following } = follow(sourceOf("d.xml", { edition: { bootId: 1, configId: 7 } }));
  for (let i = 0; i < 4; i++) {
    await http.open[0]?.fail();
    await pass(60_000);
  }
  following.hear({ bootId: 2, configId: 7 }, false);
  await pass(60_000);
  await answer(xml("Back"));
  expect(lines).toEqual(["not: refused", "Back"]);
});

describe("a later edition", () => {
  /** A document that was read, a minute ago. */
  async function read(configId?: number) {
    const set = setUp();
    const followed = set.follow(sourceOf("d.xml", { edition: { bootId: 1, configId } }));
    await set.answer(xml("Lamp"));
    await set.pass(60_000);
    return { ...set, ...followed };
  }

  test("UD-037 another BOOTID and no CONFIGID: it is read anew, and told when it says something else", async () => {
    const { following, answer, lines, http } = await read();
    following.hear({ bootId: 2, configId: undefined }, false);
    await answer(xml("Lantern"));
    expect([lines, http.all.length]).toEqual([["Lamp", "Lantern"], 2]);
  });

  test("what says the same as before is not told again, though its date is another", async () => {
    const { following, answer, lines, http, readAll } = await read();
    following.hear({ bootId: 2, configId: undefined }, false);
    await settled();
    await http.open[0]?.answer(200, xml("Lamp"), { date: "today" });
    await readAll();
    expect([lines, http.all.length]).toEqual([["Lamp"], 2]);
    expect(following.outcome?.description?.headers.size).toBe(0);
    await answer("");
  });

  test("UD-038 the same CONFIGID: what was read holds, whatever BOOTID says; another one: it is read anew", async () => {
    const { following, answer, lines, http } = await read(7);
    following.hear({ bootId: 2, configId: 7 }, false);
    following.hear({ bootId: 3, configId: undefined }, false);
    await settled();
    expect(http.all).toHaveLength(1);
    following.hear({ bootId: 3, configId: 8 }, false);
    await answer(xml("Lantern"));
    expect([lines, http.all.length]).toEqual([["Lamp", "Lantern"], 2]);
  });

  test("UD-038 without a CONFIGID and without a reboot nothing is read anew", async () => {
    const { following, http, pass } = await read();
    for (let i = 0; i < 5; i++) following.hear({ bootId: 1, configId: undefined }, false);
    await pass(100_000);
    expect(http.all).toHaveLength(1);
  });

  test("S-35 a device that reboots all the time is read every 30 s at most, and its last state is read", async () => {
    const { following, http, pass, readAll } = await read();
    const start = http.all.length;
    for (let second = 0; second < 120; second++) {
      following.hear({ bootId: second + 2, configId: second }, true);
      await pass(1000);
      await http.open[0]?.answer(200, xml(`${second}`));
      await readAll();
    }
    const times = http.all.slice(start).map(({ at }) => at);
    expect(times.length).toBeLessThanOrEqual(5);
    for (const [index, at] of times.entries())
      if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(30_000);
    const before = http.all.length;
    await pass(31_000);
    expect(http.all.length).toBeLessThanOrEqual(before + 1);
    await http.open[0]?.answer(200, xml("last"));
    await readAll();
    expect(following.outcome?.description?.device.friendlyName).toBe("last");
    await pass(300_000);
    expect(http.open).toEqual([]);
  });

  test("that cannot be read leaves what was known, until all tries are over", async () => {
    const { following, lines, http, pass } = await read();
    following.hear({ bootId: 2, configId: undefined }, false);
    await settled();
    await http.open[0]?.fail();
    expect(following.outcome?.description).toBeDefined();
    for (const wait of [1000, 5000, 30_000]) {
      await pass(wait);
      await http.open[0]?.fail();
    }
    expect(lines).toEqual(["Lamp", "not: refused"]);
  });

  test("heard while the former is being read makes it be read once more, later", async () => {
    const { follow, answer, http, pass } = setUp();
    const { following, lines } = follow(sourceOf());
    await settled();
    following.hear({ bootId: 2, configId: undefined }, false);
    expect(http.all).toHaveLength(1);
    await answer(xml("Old"));
    await pass(30_000);
    await answer(xml("New"));
    expect([lines, http.all.length]).toEqual([["Old", "New"], 2]);
  });
});

describe("bounds", () => {
  test("of one host 64 documents are kept; who made room is told", async () => {
    const { follow, describer, pass } = setUp();
    const all = Array.from({ length: 65 }, (_, index) => follow(sourceOf(`${index}`)));
    await pass(0);
    expect(describer.size).toBe(64);
    expect(all[0]?.lines).toEqual(["not: there are more descriptions than are kept"]);
    all[0]?.following.hear({ bootId: 9, configId: 9 }, false);
    all[0]?.following.stop();
    expect(describer.size).toBe(64);
  });

  test("of all hosts 512 documents are kept, and the host that holds most makes room", async () => {
    const { follow, describer } = setUp();
    const greedy = Array.from({ length: 64 }, (_, index) => follow(sourceOf(`${index}`)));
    for (let i = 0; i < 512; i++) follow(sourceOf("d.xml", {}, `10.0.${1 + (i >> 7)}.${1 + (i & 127)}`));
    await settled();
    expect(describer.size).toBe(512);
    expect(greedy.filter(({ lines }) => lines.at(-1)?.includes("than are kept")).length).toBeGreaterThan(60);
  });

  test("of one host two megabytes of documents are kept", async () => {
    const { follow, answer, pass } = setUp();
    const large = `${xml("Large")}<!--${" ".repeat(900_000)}-->`;
    const all: string[][] = [];
    for (const path of ["a", "b", "c"]) {
      const { lines } = follow(sourceOf(path, { isGuess: true }));
      await settled();
      await answer(large);
      await pass(10);
      all.push(lines);
    }
    expect(all.slice(0, 2)).toEqual([["Large"], ["Large"]]);
    expect(all[2]?.[0]).toContain("larger together than what is kept");
  });

  test("forgetting stops what is under way and drops all documents", async () => {
    const { follow, describer, http, clock, pass } = setUp();
    const { lines } = follow(sourceOf());
    follow(sourceOf("other"));
    await settled();
    describer.forget();
    await pass(100_000);
    expect([describer.size, http.open.length, http.all.length, clock.armed.length]).toEqual([0, 0, 1, 0]);
    expect(lines).toEqual([]);
  });

  test("H-08 forgetting gives no new budget: what failed rests on, and what reading took delays what is read next", async () => {
    const { follow, describer, http, clock, readAll } = setUp();
    const { now } = clock;
    clock.now = () => (clock.time += 1000); // Whatever is done takes a second, reading too: then it pauses for ten.
    follow(sourceOf("slow", {}, "10.0.0.2"));
    await settled();
    await http.open[0]?.answer(200, xml("Slow"));
    await readAll();
    clock.now = now;
    follow(sourceOf());
    await settled();
    await http.open[0]?.fail();
    describer.forget();
    const [again, next] = [follow(sourceOf()), follow(sourceOf("d.xml", {}, "10.0.0.3"))];
    await settled();
    await http.open[0]?.answer(200, xml("Next"));
    await readAll();
    expect([again.lines, next.lines, http.all.length]).toEqual([["not: refused"], [], 3]);
  });
});
