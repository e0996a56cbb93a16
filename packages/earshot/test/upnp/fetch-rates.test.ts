import { describe, expect, test } from "vitest";
import { rig, settled } from "./fetching.ts";

const url = (host: number, path = "d.xml", port = 80) => `http://10.0.0.${host}:${port}/${path}`;

describe("how much it asks", () => {
  test("H-08 G-25 D24 S-11 one request at a time to each host", async () => {
    const { http, get } = rig();
    for (const path of ["a", "b", "c"]) get(url(1, path));
    await settled();
    expect(http.urls).toEqual([url(1, "a")]);
    await http.open[0]?.answer();
    expect(http.urls).toEqual([url(1, "a"), url(1, "b")]);
    await http.open[0]?.fail();
    expect(http.urls).toEqual([url(1, "a"), url(1, "b"), url(1, "c")]);
  });

  /** When each of so many requests began, as they are answered within a second each. */
  async function timesOf(count: number, path: (index: number) => string, status: number) {
    const { http, get, pass, clock } = rig();
    for (let i = 0; i < count; i++) get(url(1, path(i)));
    for (let at = 0; at < 400; at++) {
      for (const pending of http.open) await pending.answer(status);
      await pass(1000);
    }
    expect(clock.armed).toEqual([]);
    return http.all.map(({ at }) => at);
  }

  function expectAtMost(most: number, times: readonly number[]) {
    for (const [index, at] of times.entries()) {
      const before = times[index - most];
      if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(60_000);
    }
  }

  test("S-11 G-25 never more than ten requests for one document in any minute", async () => {
    const times = await timesOf(30, () => "d.xml", 200);
    expect(times).toHaveLength(30);
    expectAtMost(10, times);
  });

  test("S-11 G-25 never more than ten requests in vain to a host in any minute", async () => {
    const times = await timesOf(30, (index) => `${index}`, 404);
    expect(times).toHaveLength(30);
    expectAtMost(10, times);
  });

  test("S-11 never more than thirty requests to a host in any minute, all of them answered", async () => {
    const times = await timesOf(48, (index) => `${index}`, 200);
    expect(times).toHaveLength(48);
    expectAtMost(30, times);
    expect(Math.max(...times)).toBeLessThan(120_000);
  });

  test("H-08 G-25 twelve under way in all and forty-eight waiting, of hosts that never delivered", async () => {
    const { http, get, fetcher } = rig();
    const all = Array.from({ length: 90 }, (_, index) => get(url(index + 1)));
    await settled();
    expect(fetcher.load).toEqual({ waiting: 48, underWay: 12 });
    expect(all.filter(({ error }) => error?.code === "TOO_MANY_WAITING")).toHaveLength(30);
    while (http.open.length > 0) await http.open[0]?.fail();
    expect([http.most, http.all.length]).toEqual([12, 60]);
    expect(fetcher.load).toEqual({ waiting: 0, underWay: 0 });
  });

  /** A fetcher to which hosts 1 to `count` have delivered. */
  async function acquainted(count: number) {
    const set = rig();
    for (let host = 1; host <= count; host++) {
      set.get(url(host, "before"));
      await settled();
      await set.http.open[0]?.answer();
    }
    return set;
  }

  test("H-08 G-25 sixteen under way in all and sixty-four waiting, of hosts that delivered before", async () => {
    const { http, get, fetcher } = await acquainted(90);
    const all = Array.from({ length: 90 }, (_, index) => get(url(index + 1)));
    await settled();
    expect(fetcher.load).toEqual({ waiting: 64, underWay: 16 });
    expect(all.filter(({ error }) => error?.code === "TOO_MANY_WAITING")).toHaveLength(10);
    while (http.open.length > 0) await http.open[0]?.answer();
    expect([http.most, http.all.length]).toEqual([16, 170]);
  });

  test("H-08 strangers that take every place they can get keep nobody waiting who delivered before", async () => {
    const { http, get, fetcher } = await acquainted(3);
    const strangers = Array.from({ length: 200 }, (_, index) => get(url(index + 10)));
    const known = [1, 2, 3].map((host) => get(url(host)));
    await settled();
    expect(fetcher.load).toEqual({ waiting: 48, underWay: 15 });
    expect(http.urls.slice(-3)).toEqual([url(1), url(2), url(3)]);
    for (const pending of http.open.slice(-3)) await pending.answer();
    expect(known.map(({ value }) => value)).toEqual(["ok", "ok", "ok"]);
    expect(strangers.filter(({ value }) => value)).toEqual([]);
  });

  test("H-08 of many hosts that each wait with one request it is not always the newcomer that gives way", async () => {
    const { get } = rig();
    const before = Array.from({ length: 60 }, (_, index) => get(url(index + 1)));
    await settled();
    const after = Array.from({ length: 100 }, (_, index) => get(url(index + 100)));
    await settled();
    const dropped = (all: typeof before) => all.filter(({ error }) => error !== undefined).length;
    expect(dropped(before) + dropped(after)).toBe(100);
    expect(dropped(before)).toBeGreaterThan(20);
    expect(dropped(after)).toBeGreaterThan(40);
  });

  test("H-08 when all places are taken, the host that waits for most makes room, and the quiet one is served", async () => {
    const { http, get } = rig();
    const flood = Array.from({ length: 100 }, (_, index) => get(url(1, `${index}`)));
    const quiet = get(url(2));
    await settled();
    expect(http.urls).toEqual([url(1, "0"), url(2)]);
    await http.open[1]?.answer();
    expect(quiet.value).toBe("ok");
    expect(flood.filter(({ error }) => error?.code === "TOO_MANY_WAITING")).toHaveLength(51);
    expect(flood[0]?.error).toBeUndefined();
  });

  test("H-19 the ports of a host take turns at random: whoever makes up many is not always first", async () => {
    let last = 0;
    for (let host = 1; host <= 40; host++) {
      const { http, get } = rig(host);
      for (let port = 1; port <= 12; port++) get(url(host, "d.xml", port));
      await settled();
      while (http.open.length > 0) await http.open[0]?.fail();
      expect(http.all).toHaveLength(12);
      if (http.urls.at(-1)?.includes(":12/")) last++;
    }
    expect(last).toBeLessThan(12);
  });

  test("H-08 hosts take turns: who was asked least lately comes first", async () => {
    const { http, get } = rig();
    const busy = Array.from({ length: 12 }, (_, index) => index + 1);
    for (const host of busy) get(url(host));
    get(url(1, "more"));
    get(url(99));
    await settled();
    await http.open[0]?.fail();
    expect(http.urls.at(-1)).toBe(url(99));
  });

  test("S-11 what nobody asked for begins at random within a second; what was asked for at once", async () => {
    const { http, get, pass } = rig();
    get(url(200), undefined, {});
    for (let host = 1; host <= 11; host++) get(url(host), undefined, { unsolicited: true });
    await settled();
    expect(http.urls).toEqual([url(200)]);
    await pass(1000);
    const times = http.all.slice(1).map(({ at }) => at);
    expect(times).toHaveLength(11);
    expect(new Set(times).size).toBe(11);
    expect(Math.max(...times)).toBeLessThan(1000);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(300);
  });
});
