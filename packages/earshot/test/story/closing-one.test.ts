import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/earshot.ts";
import { Lan } from "../../src/testing/index.ts";
import { diary, FILMS, household, ids, offer } from "./household.ts";

describe("UD-003 two advertisements of one device", () => {
  test("when one is closed, who browses keeps all that the other tells, for good", async () => {
    const { lan, server, laptop } = household();
    const one = await lan.until(server.advertise(offer));
    await lan.until(server.advertise({ ...offer, maxAgeSeconds: 900 }));
    const browser = laptop.browse();
    const lines = diary(browser);
    lan.advance(6000);
    expect(ids(browser)).toEqual(FILMS);
    await lan.until(one.close());
    for (let minute = 0; minute < 30; minute++) lan.advance(60_000);
    expect(ids(browser)).toEqual(FILMS);
    expect(lines.filter((line) => line.startsWith("lost"))).toEqual([]);
  });

  test("without a UDN, the same offer made twice is one device: it goes with the last of them", async () => {
    const { lan, server, laptop } = household();
    const { udn: _, ...unnamed } = offer;
    const both = [
      await lan.until(server.advertise(unnamed)),
      await lan.until(server.advertise(unnamed)),
    ] as const;
    const browser = laptop.browse();
    lan.advance(6000);
    const before = ids(browser);
    await lan.until(both[0].close());
    lan.advance(60_000);
    expect(ids(browser)).toEqual(before);
    await lan.until(both[1].close());
    lan.advance(1000);
    expect(ids(browser)).toEqual([]);
  });
});

test("F16 a hidden advertisement that is to be announced on demand stays hidden", async () => {
  const { lan, server, laptop } = household();
  const hidden = await lan.until(server.advertise({ ...offer, hidden: true }));
  const browser = laptop.browse({ passive: true });
  hidden.notify();
  lan.advance(6000);
  expect(ids(browser)).toEqual([]);
});

test("S-37 an offer that a search could make too long is refused when it is made, or never fails", async () => {
  const lan = new Lan({ seed: 42 });
  const faults: string[] = [];
  const server = new Earshot({
    network: lan.addHost("server", { addresses: ["10.0.0.1/16"] }),
    onFault: ({ error }) => faults.push(error.code),
  });
  let refused = 0;
  for (const size of [1700, 1800, 1850, 1885, 1900, 1950]) {
    const headers = Object.fromEntries(
      Array.from({ length: 4 }, (_, i) => [`H${i}.EXAMPLE.COM`, "x".repeat(size)]),
    );
    const udn = `uuid:${size}`;
    const made = server.advertise({ ...offer, udn, dialect: "both", headers });
    await lan.until(made.catch(({ code }) => void (code === "MESSAGE_TOO_LONG" && refused++)));
  }
  const search = `M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\nS: ${"s".repeat(256)}\r\n\r\n`;
  lan.inject({
    from: { address: "10.0.0.66", port: 4000 },
    to: { address: "239.255.255.250", port: 1900 },
    bytes: new TextEncoder().encode(search),
  });
  lan.advance(5000);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(6);
  expect(faults).toEqual([]);
});
