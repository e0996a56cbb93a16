import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alive, hearSet, PEER, Rig, ROOT, UDN } from "./rig.ts";

const boot = (value: string | undefined): Record<string, string> =>
  value === undefined ? {} : { "BOOTID.UPNP.ORG": value };

const update = (current: string | undefined, next: string) =>
  alive({ NTS: "ssdp:update", ...boot(current), "NEXTBOOTID.UPNP.ORG": next });

/** Whether an alive with this BOOTID, after what happened, is news: a reboot. */
function isReboot(rig: Rig, value: string): boolean {
  rig.forget();
  rig.hear(alive(boot(value)));
  return rig.told.includes(`updated ${ROOT}`);
}

describe("S-35 numbers of a life that are abused", () => {
  test.each(["2147483648", "4294967296", "0x10", "-1", "1e3", "5.0", " ", "", "5 5", "٥"])(
    "a BOOTID of %j is as if there were none: nothing is told, and the one known stays",
    (value) => {
      const rig = new Rig();
      rig.hear(alive(boot("5")));
      rig.forget();
      rig.hear(alive(boot(value)));
      expect(rig.record(ROOT)?.bootId).toBe(5);
      expect(isReboot(rig, "5")).toBe(false);
      expect(isReboot(rig, "6")).toBe(true);
    },
  );

  test("2147483647 is the largest, and leading zeros do not count", () => {
    const rig = new Rig();
    rig.hear(alive(boot("2147483647")));
    expect(rig.record(ROOT)?.bootId).toBe(2_147_483_647);
    expect(isReboot(rig, "0002147483647")).toBe(false);
  });

  test("UD-037 one that goes back is a reboot like any other, told once", () => {
    const rig = new Rig();
    rig.hear(alive(boot("100")));
    expect(isReboot(rig, "7")).toBe(true);
    expect(isReboot(rig, "7")).toBe(false);
  });

  test.each([
    ["equal to the present one", "5", "5"],
    ["lower", "5", "4"],
    ["above what we know but not above what the same message says", "90", "80"],
    ["of 32 bits", "5", "2147483648"],
    ["in hexadecimal", "5", "0x99"],
  ])("UD-035 a NEXTBOOTID that is %s changes nothing", (_, current, next) => {
    const rig = new Rig();
    rig.hear(alive(boot("5")));
    rig.hear(update(current, next));
    rig.hear(alive({ NTS: "ssdp:byebye", ...boot("5") }));
    expect([...rig.engine.records], "a goodbye of the present life is still believed").toEqual([]);
  });

  test("UD-035 a NEXTBOOTID that is higher is the one to come: a goodbye of the life before it is stale", () => {
    const rig = new Rig();
    rig.hear(alive(boot("5")));
    rig.hear(update("5", "6"));
    rig.hear(alive({ NTS: "ssdp:byebye", ...boot("5") }));
    expect(rig.told).toContain("dropped stale-byebye");
    expect(rig.record(ROOT)).toBeDefined();
  });

  test("an endless change of BOOTID is told five times, then every 30 seconds, and asks for nothing", () => {
    const rig = new Rig();
    hearSet(rig, boot("1"));
    rig.forget();
    for (let i = 0; i < 3000; i++) {
      rig.hear(alive(boot(String((i * 7919) % 2 ** 31))));
      rig.advance(100);
    }
    const told = rig.told.filter((line) => line === `updated ${ROOT}`).length;
    expect(told).toBeLessThanOrEqual(5 + 10 + 1);
    expect(told).toBeGreaterThanOrEqual(10);
    expect(rig.sent).toEqual([]);
  });

  test("an update from who was never heard is counted, and believed by nobody", () => {
    const rig = new Rig();
    rig.hear(alive(boot("5")));
    rig.hear(update("5", "9"), { address: "192.168.1.66" });
    expect(rig.told).toContain("dropped update-of-unknown");
    rig.hear(alive({ NTS: "ssdp:byebye", ...boot("5") }), { address: PEER });
    expect([...rig.engine.records]).toEqual([]);
  });

  test("whatever is written in them, nothing throws, and what is known has 31 bits", () => {
    const values = fc.oneof(
      fc.string(),
      fc.bigInt().map(String),
      fc.constantFrom("2147483647", "2147483648", "0"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(values, values), { maxLength: 10 }), (pairs) => {
        const rig = new Rig();
        for (const [current, next] of pairs) {
          const clean = (text: string) => text.replace(/[\r\n]/g, "");
          rig.hear(alive({ NT: UDN, USN: UDN, ...boot(clean(current)) }));
          rig.hear(update(clean(current), clean(next)));
        }
        for (const { bootId = 0 } of rig.engine.records) {
          expect(Number.isInteger(bootId) && bootId >= 0 && bootId < 2 ** 31).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
