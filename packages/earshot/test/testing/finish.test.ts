import { describe, expect, test } from "vitest";
import { Lan } from "../../src/testing/index.ts";

const never = () => new Promise<void>(() => {});
const stuck = (code: string) => expect.objectContaining({ code });

describe("what a program waits for before it ends", () => {
  test("that it waits for what never happens is told: nothing left to happen, or too late", async () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a");
    await expect(host.finish(never())).rejects.toThrow(stuck("DEADLOCK"));
    host.clock.at(1_000_000, () => {});
    await expect(host.finish(never())).rejects.toThrow(stuck("TOO_LATE"));
  });

  test("on a host that sleeps or crashed it is given up quietly", async () => {
    const lan = new Lan({ seed: 1 });
    const [sleeper, dead] = [lan.addHost("sleeper"), lan.addHost("dead")];
    lan.weather.sleep(sleeper, 3_600_000);
    await sleeper.finish(never());
    lan.weather.crash(dead);
    await dead.finish(never());
  });

  test("its own error is its own", async () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a");
    lan.weather.crash(host);
    await expect(host.finish(Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  });
});
