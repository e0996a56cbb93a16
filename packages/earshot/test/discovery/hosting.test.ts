import { describe, expect, test } from "vitest";
import type { BoundLink } from "../../src/core/engine.ts";
import { NetworkError } from "../../src/core/errors.ts";
import { Hosting } from "../../src/discovery/hosting.ts";
import type { Fault } from "../../src/network/network.ts";
import { FakeClock } from "../network/fake-network.ts";
import { V4, V6 } from "../ssdp/rig.ts";

/** Enough microtasks for everything that waits for nothing else. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** A network that serves at numbered ports, as long as it is let. */
function scene(links: readonly BoundLink[]) {
  const clock = new FakeClock();
  const open = new Map<number, string>();
  const faults: Fault[] = [];
  const served: string[] = [];
  const refused = new Set<string>();
  const state = { links, ports: 0, attempts: 0 };
  const ground = {
    network: {
      clock,
      listen: (_handler: unknown, link: { id: string; address: string }) => {
        state.attempts++;
        if (refused.has(link.address))
          return Promise.reject(new NetworkError("ADDRESS_UNAVAILABLE", `${link.address} cannot be bound`));
        const port = ++state.ports;
        open.set(port, `${link.id} ${link.address}`);
        return Promise.resolve({ port, close: async () => void open.delete(port) });
      },
    },
    links: () => state.links,
    fault: (fault: Fault) => void faults.push(fault),
  };
  const hosting = new Hosting(
    ground,
    () => ({ status: 200 }),
    (places) => {
      const told = [...places].map(
        ([id, all]) => `${id} ${all.map(({ address, port }) => `${address}:${port}`).join(" ")}`,
      );
      served.push(told.join(", "));
    },
  );
  return { hosting, clock, open, faults, served, refused, state };
}

const other = (address: string): BoundLink => ({
  ...V4,
  address,
  addresses: [{ address, prefixLength: 24 }],
});

describe("hosting", () => {
  test("F18 UD-079 serves at each address of each link, at ports of their own, and tells of all of them at once", async () => {
    const { hosting, open, served } = scene([V4, V6]);
    await hosting.opened();
    await settle();
    expect(served).toEqual(["eth0/4 192.168.1.10:1, eth0/6 fe80::10:2 fd00::10:3"]);
    expect([...open.values()]).toEqual(["eth0/4 192.168.1.10", "eth0/6 fe80::10", "eth0/6 fd00::10"]);
  });

  test("closing ends every server, also one that opens meanwhile, and tells nobody; twice is once", async () => {
    for (const turns of [0, 1, 2, 20]) {
      const { hosting, open, served } = scene([V4, V6]);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const before = served.length;
      const closing = hosting.close();
      expect(hosting.close()).toBe(closing);
      await closing;
      await settle();
      expect([open.size, served.length]).toEqual([0, before]);
    }
  });

  test("F-02 F19 a link that comes is served, one that goes is not, a changed address is served anew", async () => {
    const { hosting, open, served, state } = scene([V4]);
    await settle();
    state.links = [other("192.168.1.77"), V6];
    hosting.relink();
    await settle();
    expect(served.at(-1)).toBe("eth0/4 192.168.1.77:2, eth0/6 fe80::10:3 fd00::10:4");
    expect([...open.keys()]).toEqual([2, 3, 4]);
    state.links = [];
    hosting.relink();
    await settle();
    expect([served.at(-1), open.size]).toEqual(["", 0]);
  });

  test("F19 without a link it waits for one", async () => {
    const { hosting, served, state } = scene([]);
    await hosting.opened();
    expect(served).toEqual([""]);
    state.links = [V4];
    hosting.relink();
    await settle();
    expect(served.at(-1)).toBe("eth0/4 192.168.1.10:1");
  });

  test("links that are as they were keep their servers, and an address that came within their networks changes none", async () => {
    const { hosting, served, state } = scene([V6]);
    await settle();
    hosting.relink();
    state.links = [{ ...V6, addresses: [...V6.addresses, { address: "fd00::77", prefixLength: 64 }] }];
    hosting.relink();
    await settle();
    expect(served.at(-1)).toBe("eth0/6 fe80::10:1 fd00::10:2 fd00::77:3");
    expect(state.ports).toBe(3);
  });

  test("an address in a network that its servers let nobody in from has them made anew", async () => {
    const { hosting, open, state } = scene([V4]);
    await settle();
    const second = { address: "10.0.0.1", prefixLength: 8 };
    state.links = [{ ...V4, addresses: [...V4.addresses, second] }];
    hosting.relink();
    await settle();
    expect([...open.values()]).toEqual(["eth0/4 192.168.1.10", "eth0/4 10.0.0.1"]);
    expect([...open.keys()]).toEqual([2, 3]);
  });

  test("a link that cannot be served is a fault, told once; the others are served", async () => {
    const { hosting, faults, served, refused, clock } = scene([V4, V6]);
    refused.add("192.168.1.10");
    await hosting.opened();
    await settle();
    expect(served.at(-1)).toBe("eth0/6 fe80::10:1 fd00::10:2");
    for (let round = 0; round < 5; round++) {
      clock.advance(clock.time + 20_000);
      await settle();
    }
    expect(faults.map(({ link, error }) => [link, error.code])).toEqual([["eth0/4", "ADDRESS_UNAVAILABLE"]]);
  });

  test("F19 an address that cannot be bound yet is tried again, ever more rarely, and is served when it can be", async () => {
    const { hosting, served, refused, clock, state } = scene([V4]);
    refused.add("192.168.1.10");
    await expect(hosting.opened()).rejects.toThrow(expect.objectContaining({ code: "ADDRESS_UNAVAILABLE" }));
    const gaps: number[] = [];
    for (let last = 0; gaps.length < 9; last = clock.time) {
      const [at] = clock.armed;
      clock.advance(at as number);
      await settle();
      gaps.push(clock.time - last);
    }
    expect(gaps).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect([state.attempts, served.at(-1)]).toEqual([10, ""]);
    refused.clear();
    clock.advance(clock.time + 60_000);
    await settle();
    expect([served.at(-1), clock.armed]).toEqual(["eth0/4 192.168.1.10:1", []]);
  });

  test("what is closed is tried no more", async () => {
    const { hosting, refused, clock, state } = scene([V4]);
    refused.add("192.168.1.10");
    await settle();
    await hosting.close();
    expect([clock.armed, state.attempts]).toEqual([[], 1]);
  });

  test("a link with very many addresses is served at eight of them", async () => {
    const addresses = Array.from({ length: 100 }, (_, n) => ({ address: `fd00::${n}`, prefixLength: 64 }));
    const { open } = scene([{ ...V6, address: "fd00::0", addresses }]);
    await settle();
    expect(open.size).toBe(8);
  });
});
