import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Lan, LanError } from "../../src/testing/index.ts";
import { bytesOf, GROUP, Notebook, SSDP } from "./kit.ts";

describe("addressing", () => {
  test("hosts are dual stack and get their addresses by the order of joining", () => {
    const lan = new Lan({ seed: 1 });
    const [first, second] = [lan.addHost("a"), lan.addHost("b")];
    expect(first.links.map((link) => [link.id, link.address, link.prefixLength])).toEqual([
      ["eth0/4", "10.0.0.1", 16],
      ["eth0/6", "fe80::1", 64],
    ]);
    expect(second.links.map((link) => link.address)).toEqual(["10.0.0.2", "fe80::2"]);
  });

  test("the IPv6 link speaks from the link-local address and knows the others", () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a", { addresses: ["2001:DB8::0010/64", "fe80::10/64"] });
    expect(host.links).toEqual([
      {
        id: "eth0/6",
        interfaceName: "eth0",
        family: 6,
        address: "fe80::10",
        prefixLength: 64,
        addresses: [
          { address: "fe80::10", prefixLength: 64 },
          { address: "2001:db8::10", prefixLength: 64 },
        ],
      },
    ]);
  });

  test("the 256th host and the one behind are told apart", () => {
    const lan = new Lan({ seed: 1 });
    const hosts = Array.from({ length: 300 }, (_, index) => lan.addHost(`h${index}`));
    expect(hosts[255]?.links[0]?.address).toBe("10.0.1.0");
    expect(new Set(hosts.flatMap((host) => host.links.map((link) => link.address))).size).toBe(600);
  });

  test.each(["10.0.0.1", "10.0.0.1/33", "10.0.0.256/8", "fe80::1/129", "printer/24", "10.0.0.1/x"])(
    "%s is refused as the address of a host",
    (address) => {
      expect(() => new Lan({ seed: 1 }).addHost("a", { addresses: [address] })).toThrowError(
        expect.objectContaining({ code: "INVALID_ADDRESS" }),
      );
    },
  );

  test("two hosts cannot have one name, nor addresses be given twice", () => {
    const lan = new Lan({ seed: 1 });
    lan.addHost("a");
    expect(() => lan.addHost("a")).toThrowError(expect.objectContaining({ code: "DUPLICATE_HOST" }));
    expect(() =>
      lan.addHost("b", { addresses: ["10.0.0.9/16"], interfaces: [{ name: "eth0" }] }),
    ).toThrowError(expect.objectContaining({ code: "ADDRESSES_TWICE" }));
  });

  test("F-18 a host may have the same fe80 address on two segments, and hears which is which", () => {
    const lan = new Lan({ seed: 1 });
    const both = new Notebook(
      lan.addHost("both", {
        interfaces: [
          { name: "eth0", segment: "left", addresses: ["fe80::1/64"] },
          { name: "eth1", segment: "right", addresses: ["fe80::1/64"] },
        ],
      }),
    );
    const speakers = ["left", "right"].map(
      (segment) =>
        new Notebook(
          lan.addHost(segment, { interfaces: [{ name: "eth0", segment, addresses: ["fe80::10/64"] }] }),
        ),
    );
    lan.advance(0);
    speakers[0]?.say("from the left", { link: speakers[0].link(6) });
    speakers[1]?.say("from the right", { link: speakers[1].link(6) });
    lan.advance(5);
    expect(both.heard.map(({ from, link }) => [from.address, link.id]).sort()).toEqual([
      ["fe80::10", "eth0/6"],
      ["fe80::10", "eth1/6"],
    ]);
    both.say("to the right", { to: { address: "fe80::10", port: 1900 }, link: both.link(6, "eth1") });
    lan.advance(5);
    expect(speakers.map((speaker) => speaker.texts.filter((text) => text.startsWith("to")))).toEqual([
      [],
      ["to the right"],
    ]);
  });

  test("F-14 a host with two interfaces on one segment hears a multicast on both", () => {
    const lan = new Lan({ seed: 1 });
    const both = new Notebook(lan.addHost("both", { interfaces: [{ name: "eth0" }, { name: "wlan0" }] }));
    const other = new Notebook(lan.addHost("other"));
    lan.advance(0);
    other.say("hello");
    lan.advance(5);
    expect(both.heard.map((datagram) => datagram.link.id).sort()).toEqual(["eth0/4", "wlan0/4"]);
  });
});

describe("time", () => {
  test("advance runs what is due in order, and only that", () => {
    const lan = new Lan({ seed: 1 });
    const { clock } = lan.addHost("a");
    const ran: string[] = [];
    clock.at(20, () => ran.push(`second at ${clock.now()}`));
    clock.at(10, () => ran.push(`first at ${clock.now()}`));
    clock.at(20, () => ran.push("third, set later"));
    clock.at(30.5, () => ran.push("too late"));
    lan.advance(30);
    expect(ran).toEqual(["first at 10", "second at 20", "third, set later"]);
    expect(lan.now).toBe(30);
  });

  test("a timer for the past runs at once, but not inside the call that sets it", () => {
    const lan = new Lan({ seed: 1 });
    const { clock } = lan.addHost("a");
    let ran = false;
    lan.advance(100);
    clock.at(5, () => {
      ran = true;
    });
    expect(ran).toBe(false);
    lan.advance(0);
    expect(ran).toBe(true);
  });

  test("a timer called off does not run, and calling it off twice is no fault", () => {
    const lan = new Lan({ seed: 1 });
    const { clock } = lan.addHost("a");
    const cancel = clock.at(5, () => expect.unreachable());
    cancel();
    cancel();
    lan.advance(10);
  });

  test("J-03 timers beyond 2^31 ms run when they are due", () => {
    const lan = new Lan({ seed: 1 });
    const { clock } = lan.addHost("a");
    const ran: number[] = [];
    for (const at of [2 ** 31 + 1, 2 ** 33, 2 ** 45]) clock.at(at, () => ran.push(clock.now()));
    lan.advance(2 ** 31);
    expect(ran).toEqual([]);
    lan.advance(2 ** 45);
    expect(ran).toEqual([2 ** 31 + 1, 2 ** 33, 2 ** 45]);
  });

  test("whatever timers are set and called off, the others run once and in order", () => {
    const plan = fc.array(fc.record({ at: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 200 });
    fc.assert(
      fc.property(plan, (timers) => {
        const lan = new Lan({ seed: 1 });
        const { clock } = lan.addHost("a");
        const ran: number[] = [];
        const cancels = timers.map(({ at }, index) => clock.at(at, () => ran.push(index)));
        for (const [index, { cancelled }] of timers.entries()) if (cancelled) cancels[index]?.();
        lan.advance(50);
        const expected = [...timers.entries()]
          .filter(([, timer]) => !timer.cancelled)
          .sort(([i, a], [j, b]) => a.at - b.at || i - j)
          .map(([index]) => index);
        expect(ran).toEqual(expected);
      }),
    );
  });

  test("F-06 the calendar jumps without the monotonic clock or a timer noticing", () => {
    const lan = new Lan({ seed: 1, startsAt: new Date("2026-03-29T00:00:00Z") });
    const [jumping, steady] = [lan.addHost("jumping"), lan.addHost("steady")];
    let ranAt = -1;
    jumping.clock.at(1000, () => {
      ranAt = jumping.clock.now();
    });
    lan.advance(500);
    lan.weather.jumpWall(jumping, -10 * 365 * 86_400_000);
    lan.advance(500);
    expect(ranAt).toBe(1000);
    expect(jumping.clock.wall().toISOString()).toBe("2016-03-31T00:00:01.000Z");
    expect(steady.clock.wall().toISOString()).toBe("2026-03-29T00:00:01.000Z");
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])("time cannot pass by %s ms", (ms) => {
    expect(() => new Lan({ seed: 1 }).advance(ms)).toThrowError(
      expect.objectContaining({ code: "INVALID_DURATION" }),
    );
  });

  test("an instant that never ends is a fault, not a test that hangs", () => {
    const lan = new Lan({ seed: 7 });
    const { clock } = lan.addHost("spinner");
    const again = (): void => void clock.at(clock.now(), again);
    again();
    expect(() => lan.advance(1)).toThrowError(expect.objectContaining({ code: "LIVELOCK", seed: 7 }));
  });
});

describe("until", () => {
  test("time passes until the promise settles, and no longer", async () => {
    const lan = new Lan({ seed: 1 });
    const { clock } = lan.addHost("a");
    const promise = new Promise<string>((resolve) => void clock.at(1800_000, () => resolve("done")));
    clock.at(1800_001, () => expect.unreachable());
    await expect(lan.until(promise, { withinMs: 3600_000 })).resolves.toBe("done");
    expect(lan.now).toBe(1800_000);
  });

  test("it rejects as the promise does", async () => {
    const lan = new Lan({ seed: 1 });
    await expect(lan.until(Promise.reject(new RangeError("mine")))).rejects.toThrow(RangeError);
  });

  test("code that waits for promises runs to its end before time goes on", async () => {
    const lan = new Lan({ seed: 1 });
    const { clock } = lan.addHost("a");
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.at(clock.now() + ms, resolve));
    const work = async (): Promise<number> => {
      for (let round = 0; round < 10; round++) {
        await sleep(10);
        for (let step = 0; step < 100; step++) await Promise.resolve();
      }
      return clock.now();
    };
    clock.at(500, () => expect.unreachable());
    await expect(lan.until(work())).resolves.toBe(100);
  });

  test("T-04 a deadlock is a failure at once, and says who waits for what", async () => {
    const lan = new Lan({ seed: 4711 });
    const waiting = new Notebook(lan.addHost("waiting"));
    lan.addHost("unplugged", { interfaces: [] });
    const error = await lan.until(new Promise(() => {})).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LanError);
    expect(error).toMatchObject({ code: "DEADLOCK", seed: 4711 });
    const { message } = error as LanError;
    expect(message).toContain("nothing is left to happen at 0 ms");
    expect(message).toMatch(
      /waiting: a channel on port 1900 of 239\.255\.255\.250, ff02::c over eth0\/4, eth0\/6/,
    );
    expect(message).toContain("unplugged: no link; nothing open; no timer");
    expect(message).toContain("(seed 4711)");
    expect(waiting.links).toHaveLength(2);
  });

  test("what is pending after withinMs is a failure, with the next timer of each host", async () => {
    const lan = new Lan({ seed: 5 });
    const { clock } = lan.addHost("slow");
    clock.at(700_000, () => {});
    const error = await lan.until(new Promise(() => {})).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "TOO_LATE" });
    expect((error as LanError).message).toContain("slow: nothing open; 1 timers, the next at 700000 ms");
    expect(lan.now).toBe(600_000);
  });

  test("a timer for never does not hide a deadlock", async () => {
    const lan = new Lan({ seed: 1 });
    lan.addHost("a").clock.at(Number.POSITIVE_INFINITY, () => {});
    await expect(lan.until(new Promise(() => {}))).rejects.toMatchObject({ code: "DEADLOCK" });
  });

  test("two may wait at once", async () => {
    const lan = new Lan({ seed: 1 });
    const { clock } = lan.addHost("a");
    const at = (ms: number) => new Promise<number>((resolve) => void clock.at(ms, () => resolve(ms)));
    await expect(Promise.all([lan.until(at(10)), lan.until(at(20))])).resolves.toEqual([10, 20]);
  });
});

describe("injected datagrams", () => {
  test("G-05 a source that is on no prefix of the link is dropped and counted", () => {
    const lan = new Lan({ seed: 1 });
    const victim = new Notebook(lan.addHost("victim"));
    lan.advance(0);
    const sources = ["8.8.8.8", "10.1.0.1", "192.168.0.7", "127.0.0.1", "239.1.2.3", "10.0.77.7"];
    for (const address of sources)
      lan.inject({
        from: { address, port: 53 },
        to: { address: GROUP, port: 1900 },
        bytes: bytesOf(address),
      });
    lan.inject({
      from: { address: "8.8.8.8", port: 53 },
      to: { address: "10.0.0.1", port: 1900 },
      bytes: bytesOf("unicast"),
    });
    lan.inject({
      from: { address: "2001:db8::1", port: 53 },
      to: { address: "ff02::c", port: 1900 },
      bytes: bytesOf("v6"),
    });
    lan.advance(5);
    expect(victim.texts).toEqual(["10.0.77.7"]);
    expect(lan.stats.offLink).toBe(sources.length - 1 + 2);
    for (const address of ["10.0.0.1", "239.255.255.250"]) {
      lan.inject({
        from: { address: "10.0.77.7", port: 0 },
        to: { address, port: 1900 },
        bytes: bytesOf("0"),
      });
    }
    lan.advance(5);
    expect(victim.texts).toEqual(["10.0.77.7"]);
    expect(lan.stats.fromNoPort).toBe(2);
  });

  test("any source on the link is believed, also one that nobody has", () => {
    const lan = new Lan({ seed: 1 });
    const victim = new Notebook(lan.addHost("victim"));
    lan.advance(0);
    lan.inject({
      from: { address: "10.0.99.1", port: 4 },
      to: { address: "10.0.0.1", port: 1900 },
      bytes: bytesOf("boo"),
    });
    lan.advance(5);
    expect(victim.heard).toMatchObject([{ from: { address: "10.0.99.1", port: 4 }, to: "host" }]);
  });
});

describe("what is thrown on a host", () => {
  test("a timer that throws fails advance, with host, instant and seed", () => {
    const lan = new Lan({ seed: 99 });
    const cause = new TypeError("oops");
    lan.addHost("buggy").clock.at(3, () => {
      throw cause;
    });
    expect(() => lan.advance(10)).toThrowError(
      expect.objectContaining({
        code: "UNCAUGHT",
        cause,
        message: "uncaught on buggy at 3 ms: TypeError: oops (seed 99)",
      }),
    );
    expect(lan.now).toBe(3);
    lan.advance(1);
  });

  test("listeners that throw fail until, and the others are served all the same", async () => {
    const lan = new Lan({ seed: 1 });
    const good = new Notebook(lan.addHost("good"));
    const host = lan.addHost("bad");
    host.open(SSDP, {
      datagram: () => {
        throw new Error("I cannot hear you");
      },
      links: () => {
        throw new Error("no links, please");
      },
      fault: () => {},
    });
    await expect(lan.until(new Promise(() => {}))).rejects.toThrow(/uncaught on bad .*no links, please/);
    const later = new Notebook(lan.addHost("later"));
    lan.advance(0);
    good.say("hello");
    expect(() => lan.advance(5)).toThrow(/I cannot hear you/);
    expect(later.texts).toEqual(["hello"]);
  });

  test("several are told in one error", () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a");
    host.report(new Error("one"));
    host.report("two");
    expect(() => lan.advance(0)).toThrow("uncaught on a at 0 ms, and 1 more: Error: one (seed 1)");
  });
});
