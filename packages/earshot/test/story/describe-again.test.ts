import { describe, expect, test } from "vitest";
import { scene } from "./describing.ts";

describe("finding with descriptions, again and again", () => {
  test("H-19 five finds in a row connect to no more ports of a host than one find may", async () => {
    const { lan, site, laptop, spy, pass } = await scene();
    for (let round = 0; round < 5; round++) {
      const finding = laptop.find({ describe: true, timeoutMs: 3000 });
      await pass(100);
      for (let at = 0; at < 40; at++) {
        const id = `uuid:r${at}`;
        const LOCATION = `http://${site.address}:${10_000 + 100 * round + at}/d.xml`;
        site.notify({ USN: id, NT: id, "BOOTID.UPNP.ORG": `${round + 1}`, LOCATION });
      }
      expect(await lan.until(finding)).toHaveLength(40);
    }
    const ports = new Set(spy.urls.map((url) => new URL(url).port));
    expect(ports.size).toBeGreaterThan(8);
    expect(ports.size).toBeLessThanOrEqual(16 + 1); // And in the place of the oldest one more within 30 s.
  });

  test("H-19 what failed in one find is not asked for by the next before its rest is over, and then it is", async () => {
    let isUp = false;
    const { lan, site, laptop, pass } = await scene(() => ({ status: isUp ? 200 : 503 }));
    const find = async (timeoutMs: number) => {
      const finding = laptop.find("ssdp:all", { describe: true, timeoutMs });
      await pass(100);
      site.notify({});
      return lan.until(finding);
    };
    await find(5000);
    expect(site.asked).toHaveLength(2); // It is tried again after a second, and would be after five more.
    isUp = true;
    expect((await find(1200))[0]?.undescribed).toContain("503");
    expect(site.asked).toHaveLength(2);
    await pass(5000);
    await find(3000);
    expect(site.asked.length).toBeGreaterThan(2);
  });
});
