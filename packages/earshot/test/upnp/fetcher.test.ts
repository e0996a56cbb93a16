import { describe, expect, test } from "vitest";
import { NetworkError, RemoteError } from "../../src/core/errors.ts";
import { link, rig, settled, watch } from "./fetching.ts";

const url = (host: number, path = "d.xml", port = 80) => `http://10.0.0.${host}:${port}/${path}`;

describe("one request", () => {
  test("is a GET with a name, and gives what is made of its response", async () => {
    const { http, get } = rig();
    const got = get(url(1));
    await http.all[0]?.answer();
    expect(got.value).toBe("ok");
    const { request } = http.all[0] ?? expect.unreachable();
    expect(request).toMatchObject({ method: "GET", url: url(1), link, maxBodyBytes: 1 << 20 });
    expect(request.headers).toEqual([["User-Agent", "Test/1 UPnP/1.1 earshot/0"]]);
    expect(request.body).toBeUndefined();
  });

  test.each([301, 302, 303, 307, 308])(
    "H-07 a redirect (%d) is an error, wherever it leads",
    async (status) => {
      const { http, get, pass } = rig();
      const got = get(url(1));
      await http.all[0]?.answer(status, "", { location: url(1, "again") });
      await pass(100_000);
      expect(got.error).toBeInstanceOf(RemoteError);
      expect(got.error).toMatchObject({ code: "HTTP_STATUS" });
      expect(got.error?.message).toContain(`${status}: a redirect, which is not followed`);
      expect(http.all).toHaveLength(1);
    },
  );

  test.each([204, 404, 500])("an answer of %d is none", async (status) => {
    const { http, get } = rig();
    const got = get(url(1));
    await http.all[0]?.answer(status);
    expect(got.error).toMatchObject({ code: "HTTP_STATUS" });
  });

  test("is called off by its signal, while it waits and while it is under way, and the next one begins", async () => {
    const { http, get, fetcher } = rig();
    const [first, second] = [new AbortController(), new AbortController()];
    const one = get(url(1, "a"), undefined, { signal: first.signal });
    const two = get(url(1, "b"), undefined, { signal: second.signal });
    const three = get(url(1, "c"));
    await settled();
    expect(fetcher.load).toEqual({ waiting: 2, underWay: 1 });
    second.abort();
    first.abort();
    await settled();
    expect(http.urls).toEqual([url(1, "a"), url(1, "c")]);
    await http.all[1]?.answer();
    expect([one.value, two.error?.code, three.value]).toEqual([undefined, "ABORTED", "ok"]);
    expect(one.error).toBeDefined();
    const late = get(url(2), undefined, { signal: first.signal });
    await settled();
    expect([late.error?.code, http.all.length]).toEqual(["ABORTED", 2]);
  });

  test("J-21 leaves no listener on a signal that lives on, however it ends", async () => {
    const { http, fetcher, pass } = rig();
    let listeners = 0;
    const signal = {
      aborted: false,
      addEventListener: () => void listeners++,
      removeEventListener: () => void listeners--,
    } as unknown as AbortSignal;
    for (let i = 0; i < 4; i++) {
      const got = watch(
        fetcher.fetch({ url: url(1, `${i}`), from: "10.0.0.1", link }, { signal }, () => "x"),
      );
      await (i % 2 === 0 ? http.all[i]?.answer() : http.all[i]?.fail());
      expect([got.value, got.error?.message]).toContain(i % 2 === 0 ? "x" : "refused");
      await pass(1);
    }
    expect(listeners).toBe(0);
  });

  test("closing calls off everything, and refuses what comes later", async () => {
    const { http, get, fetcher, clock } = rig();
    const all = [get(url(1)), get(url(1, "b")), get(url(2))];
    fetcher.close();
    await settled();
    expect(all.map(({ error }) => error?.message)).toEqual(
      expect.arrayContaining(["aborted", "the request was called off"]),
    );
    const late = get(url(3));
    await settled();
    expect([late.error?.code, http.all.length, http.open.length, clock.armed.length]).toEqual([
      "ABORTED",
      2,
      0,
      0,
    ]);
  });
});

describe("whom it asks", () => {
  const self = "192.168.1.5";

  test.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0/",
    "http://[::1]/",
    "http://[::ffff:7f00:1]/",
    "http://169.254.169.254/latest/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://①②⑦.0.0.1/",
    "http://192.168.1.5@203.0.113.9/",
    "http://203.0.113.9\\@192.168.1.5/",
    "file:///etc/passwd",
    "//203.0.113.9/x",
    "http://router.lan/",
    "http://239.255.255.250/",
    "http://255.255.255.255/",
    "https://192.168.1.5/",
    "",
    "http://localhost/",
    "http://192.168.1.9/",
    "http://192.168.1.5:0/",
    "http://user:secret@192.168.1.5/",
  ])("V-66 S-12 S-15 J-01 %s, announced by another host, is not fetched", async (target) => {
    const { http, fetcher } = rig();
    const got = watch(fetcher.fetch({ url: target, from: self, link }, {}, () => "x"));
    await settled();
    expect(got.error).toBeInstanceOf(NetworkError);
    expect(got.error?.code).toBe("FORBIDDEN_URL");
    expect(http.all).toEqual([]);
  });

  test.each(["http://router.lan/", "http://localhost/", "http://192.168.1.5.example/"])(
    "H-18 %s is a name: it is not looked up, so that it cannot be another address later",
    async (url) => {
      const { http, fetcher } = rig();
      const got = watch(fetcher.fetch({ url, from: self, link }, {}, () => "x"));
      await settled();
      expect([got.error?.code, http.all]).toEqual(["FORBIDDEN_URL", []]);
    },
  );

  test("S-54 a URL on another host of the same link is not fetched; on the host that spoke it is", async () => {
    const { http, get } = rig();
    expect(get(url(1), "10.0.0.2").value).toBeUndefined();
    get(url(2), "10.0.0.2");
    await settled();
    expect(http.urls).toEqual([url(2)]);
  });

  test("S-12 a host that is not on the link it spoke on is not asked", async () => {
    const { http, get } = rig();
    const got = get("http://203.0.113.9/d.xml");
    await settled();
    expect([got.error?.code, http.all.length]).toEqual(["FORBIDDEN_URL", 0]);
  });

  test("quirk S18 port 1900 is as good as any", async () => {
    const { http, get } = rig();
    get(url(1, "d.xml", 1900));
    await settled();
    expect(http.urls).toEqual([url(1, "d.xml", 1900)]);
  });

  test("H-19 a host is connected to on four ports in ten minutes and no more", async () => {
    const { http, get, pass } = rig();
    const ask = async (port: number) => {
      const got = get(url(1, `${port}`, port));
      await settled();
      await http.open[0]?.answer();
      await pass(10_000);
      return got.error?.code ?? got.value;
    };
    for (const port of [80, 81, 82, 83]) expect(await ask(port)).toBe("ok");
    for (const port of [84, 85, 86]) expect(await ask(port)).toBe("TOO_MANY_PORTS");
    expect(await ask(81)).toBe("ok");
    await pass(600_000);
    expect(await ask(84)).toBe("ok");
    expect(http.all.map(({ request }) => new URL(request.url).port)).toEqual([
      "",
      "81",
      "82",
      "83",
      "81",
      "84",
    ]);
  });
});

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

  test("S-11 G-25 never more than ten requests to a host in any minute", async () => {
    const { http, get, pass, clock } = rig();
    for (let i = 0; i < 30; i++) get(url(1, `${i}`));
    for (let at = 0; at < 240; at++) {
      for (const pending of http.open) await pending.answer();
      await pass(1000);
    }
    const times = http.all.map(({ at }) => at);
    expect(times).toHaveLength(30);
    for (const [index, at] of times.entries()) {
      const tenth = times[index - 10];
      if (tenth !== undefined) expect(at - tenth).toBeGreaterThanOrEqual(60_000);
    }
    expect(clock.armed).toEqual([]);
  });

  test("H-08 G-25 sixteen under way in all, and sixty-four waiting", async () => {
    const { http, get, fetcher } = rig();
    const all = Array.from({ length: 90 }, (_, index) => get(url(index + 1)));
    await settled();
    expect(fetcher.load).toEqual({ waiting: 64, underWay: 16 });
    expect(all.filter(({ error }) => error?.code === "TOO_MANY_WAITING")).toHaveLength(10);
    while (http.open.length > 0) await http.open[0]?.answer();
    expect([http.most, http.all.length]).toEqual([16, 80]);
    expect(fetcher.load).toEqual({ waiting: 0, underWay: 0 });
  });

  test("H-08 when all places are taken, the host that waits for most makes room, and the quiet one is served", async () => {
    const { http, get } = rig();
    const flood = Array.from({ length: 100 }, (_, index) => get(url(1, `${index}`)));
    const quiet = get(url(2));
    await settled();
    expect(http.urls).toEqual([url(1, "0"), url(2)]);
    await http.open[1]?.answer();
    expect(quiet.value).toBe("ok");
    expect(flood.filter(({ error }) => error?.code === "TOO_MANY_WAITING")).toHaveLength(35);
    expect(flood[0]?.error).toBeUndefined();
  });

  test("H-08 hosts take turns: who was asked least lately comes first", async () => {
    const { http, get } = rig();
    const busy = Array.from({ length: 16 }, (_, index) => index + 1);
    for (const host of busy) get(url(host));
    get(url(1, "more"));
    get(url(99));
    await settled();
    await http.open[0]?.answer();
    expect(http.urls.at(-1)).toBe(url(99));
  });

  test("S-11 what nobody asked for begins at random within a second; what was asked for at once", async () => {
    const { http, get, pass } = rig();
    get(url(200), undefined, {});
    for (let host = 1; host <= 12; host++) get(url(host), undefined, { unsolicited: true });
    await settled();
    expect(http.urls).toEqual([url(200)]);
    await pass(1000);
    const times = http.all.slice(1).map(({ at }) => at);
    expect(times).toHaveLength(12);
    expect(new Set(times).size).toBe(12);
    expect(Math.max(...times)).toBeLessThan(1000);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(300);
  });
});

describe("what failed", () => {
  test("H-08 quirk S20 is left alone for 1, 5, 30 and 60 s, then longer and longer, and refused at once meanwhile", async () => {
    const { http, get, pass, clock, fetcher } = rig();
    const target = { url: url(1), from: "10.0.0.1", link };
    const rests: number[] = [];
    for (let i = 0; i < 9; i++) {
      get(url(1));
      await http.open[0]?.fail();
      const until = fetcher.restsUntil(target) ?? expect.unreachable();
      rests.push(until - clock.now());
      const early = get(url(1));
      await settled();
      expect(early.error?.message).toBe("refused");
      await pass(until - clock.now());
      expect(fetcher.restsUntil(target)).toBeUndefined();
    }
    expect(http.all).toHaveLength(9);
    expect(rests.map((ms) => ms / 1000)).toEqual([1, 5, 30, 60, 120, 240, 480, 480, 480]);
  });

  test("does not count after a success, nor against other documents of the host", async () => {
    const { http, get, pass, fetcher } = rig();
    get(url(1));
    await http.open[0]?.fail();
    get(url(1, "other"));
    await http.open[0]?.answer();
    await pass(1000);
    get(url(1));
    await http.open[0]?.answer();
    get(url(1));
    await http.open[0]?.fail();
    expect(fetcher.restsUntil({ url: url(1), from: "10.0.0.1", link })).toBe(2000);
  });

  test("is also what cannot be read", async () => {
    const { http, fetcher } = rig();
    const target = { url: url(1), from: "10.0.0.1", link };
    const read = () => Promise.reject(new Error("not a description"));
    const got = watch(fetcher.fetch(target, {}, read));
    await http.open[0]?.answer();
    expect(got.error?.message).toBe("not a description");
    expect(fetcher.restsUntil(target)).toBe(1000);
  });

  test("is not what was called off", async () => {
    const { get, fetcher } = rig();
    const controller = new AbortController();
    get(url(1), undefined, { signal: controller.signal });
    controller.abort();
    await settled();
    expect(fetcher.restsUntil({ url: url(1), from: "10.0.0.1", link })).toBeUndefined();
  });
});
