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
    expect(request).toMatchObject({ method: "GET", url: url(1), link, maxBodyBytes: 256 << 10 });
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

  test("calling off all leaves nothing under way or armed, and begins what comes later, but not what failed", async () => {
    const { http, get, fetcher, clock } = rig();
    const failed = get(url(3));
    await http.open[0]?.fail();
    const all = [get(url(1)), get(url(1, "b")), get(url(2))];
    fetcher.callOffAll();
    await settled();
    expect(all.map(({ error }) => error?.message)).toEqual(
      expect.arrayContaining(["aborted", "the request was called off"]),
    );
    expect([http.all.length, http.open.length, clock.armed.length]).toEqual([3, 0, 0]);
    const [late, resting] = [get(url(1)), get(url(3))];
    await settled();
    await http.open[0]?.answer();
    expect([late.value, resting.error, http.all.length]).toEqual(["ok", failed.error, 4]);
    expect(failed.error).toBeDefined();
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

  /** Asks for a document at a port, and has it answered at once; nothing else waits. */
  async function ask({ http, get, pass }: ReturnType<typeof rig>, port: number, status = 404, host = 1) {
    const got = get(`http://${host === 0 ? "127.0.0.1" : `10.0.0.${host}`}:${port}/${port}`);
    await settled();
    await http.open[0]?.answer(status);
    await pass(6001); // Ten in a minute.
    return got.error?.code ?? got.value;
  }

  test("H-19 a host is connected to on sixteen ports that deliver nothing, then on one more every 30 s at most", async () => {
    const set = rig();
    for (let port = 1; port <= 16; port++) expect(await ask(set, port)).toBe("HTTP_STATUS");
    expect(await ask(set, 17)).toBe("HTTP_STATUS"); // In the place of the oldest.
    const start = set.clock.now();
    const before = set.http.all.length;
    const codes = new Set<string | undefined>();
    for (let port = 1000; port < 1100; port++) codes.add(await ask(set, port));
    expect(codes).toEqual(new Set(["TOO_MANY_PORTS", "HTTP_STATUS"]));
    const rounds = (set.clock.now() - start) / 30_000;
    expect(set.http.all.length - before).toBeLessThanOrEqual(rounds + 1);
    expect(await ask(set, 1098, 200, 2)).toBe("ok"); // Other hosts have accounts of their own.
    await set.pass(600_000);
    for (let port = 1; port <= 16; port++) expect(await ask(set, port)).toBe("HTTP_STATUS");
  });

  test("H-19 a port that delivered does not count: all of a host's forty devices are described", async () => {
    const set = rig();
    for (let port = 1; port <= 40; port++) expect(await ask(set, port, 200)).toBe("ok");
    expect(await ask(set, 41)).toBe("HTTP_STATUS");
  });

  test("H-19 loopback, where all programs of a machine are one host, has sixty-four", async () => {
    const clock = rig();
    const lo = { ...link, addresses: [{ address: "127.0.0.1", prefixLength: 8 }] };
    const at = async (port: number) => {
      const url = `http://127.0.0.1:${port}/`;
      const got = watch(clock.fetcher.fetch({ url, from: "127.0.0.1", link: lo }, {}, () => "x"));
      await settled();
      await clock.http.open[0]?.fail();
      await clock.pass(6001);
      return got.error?.message;
    };
    for (let port = 1; port <= 65; port++) expect(await at(port)).toBe("refused");
    expect(await at(66)).toMatch(/too many ports/);
  });

  test("H-19 whoever forges ports for a host that are dead does not blind us to its own", async () => {
    const set = rig();
    const { http, get, pass, clock } = set;
    expect(await ask(set, 80, 200)).toBe("ok");
    const real: number[] = [];
    for (let second = 0; second < 300; second++) {
      for (let i = 0; i < 4; i++) get(url(1, `${second}`, 1 + ((second * 4 + i) % 60_000)));
      if (second % 30 === 0) {
        const start = clock.now();
        const got = get(url(1, "d.xml", 80));
        void Promise.resolve().then(async () => {
          while (!got.value && !got.error)
            await new Promise((resolve) => clock.at(clock.now() + 10, () => resolve(0)));
          if (got.value) real.push(clock.now() - start);
        });
      }
      await settled();
      for (const { request, answer, fail } of http.open)
        await (request.url.includes(":80/") ? answer() : fail());
      await pass(1000);
      for (const { request, answer, fail } of http.open)
        await (request.url.includes(":80/") ? answer() : fail());
    }
    expect(real).toHaveLength(10);
    expect(Math.max(...real)).toBeLessThan(3000);
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
