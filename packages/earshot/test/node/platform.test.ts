import { describe, expect, test } from "vitest";
import { type EarPlan, planEars, withZone } from "../../src/node/ear-plan.ts";
import { MAX_INTERFACES } from "../../src/node/links.ts";
import { platformOf } from "../../src/node/platform.ts";
import { binding, link6At, linkAt } from "./support.ts";

const links = [linkAt("eth0", "192.168.1.5"), linkAt("eth1", "10.0.0.5"), link6At("eth0", "fe80::5", 2)];

function places(plans: readonly EarPlan[]): string[] {
  return plans.map(
    ({ bindAddress, groups, links, muted }) =>
      `${bindAddress} hears ${groups.join("+")} on ${links.map(({ id }) => id).join("+")}` +
      (muted.length > 0 ? `, not on ${muted.map(({ id }) => id).join("+")}` : ""),
  );
}

describe("F-38 what differs between operating systems", () => {
  test("on Linux each ear is bound to its group, and deaf to what other ears joined", () => {
    expect(places(planEars(binding(), links, platformOf("linux")))).toEqual([
      "239.255.255.250 hears 239.255.255.250 on eth0/4, not on eth1/4",
      "239.255.255.250 hears 239.255.255.250 on eth1/4, not on eth0/4",
      "ff02::c%eth0 hears ff02::c on eth0/6",
      "ff05::c hears ff05::c on eth0/6",
    ]);
  });

  test("on macOS ears hear only what they joined themselves", () => {
    expect(places(planEars(binding(), links, platformOf("darwin")))).toEqual([
      "239.255.255.250 hears 239.255.255.250 on eth0/4",
      "239.255.255.250 hears 239.255.255.250 on eth1/4",
      "ff02::c%eth0 hears ff02::c on eth0/6",
      "ff05::c hears ff05::c on eth0/6",
    ]);
  });

  test("P1 on Windows no socket can be bound to a group: one ear for each family hears all groups on all links", () => {
    expect(places(planEars(binding(), links, platformOf("win32")))).toEqual([
      "0.0.0.0 hears 239.255.255.250 on eth0/4+eth1/4",
      ":: hears ff02::c+ff05::c on eth0/6",
    ]);
  });

  test("broadcast is heard only by a socket bound to the wildcard", () => {
    const broadcasting = binding({ broadcast: true });
    expect(places(planEars(broadcasting, links.slice(0, 2), platformOf("linux")))).toEqual([
      "0.0.0.0 hears 239.255.255.250 on eth0/4+eth1/4",
    ]);
  });

  test("P7 with as many interfaces as are used no socket has more than the 20 memberships that Linux grants", () => {
    const many = Array.from({ length: MAX_INTERFACES }, (_, i) => [
      linkAt(`eth${i}`, `10.${i}.0.1`, { id: `eth${i}/4` }),
      link6At(`eth${i}`, `fe80::${i + 1}`, i),
    ]).flat();
    for (const changes of [{}, { broadcast: true }]) {
      const plans = planEars(binding(changes), many, platformOf("linux"));
      expect(plans.reduce((sum, { groups, links }) => sum + groups.length * links.length, 0)).toBe(3 * 16);
      for (const { groups, links } of plans) expect(groups.length * links.length).toBeLessThanOrEqual(20);
    }
  });

  test("without groups there is no ear, and without links there is none", () => {
    const silent = binding({ groups: { 4: [], 6: [] } });
    for (const name of ["linux", "darwin", "win32"]) {
      expect(planEars(silent, links, platformOf(name))).toEqual([]);
      expect(planEars(binding(), [], platformOf(name))).toEqual([]);
    }
  });

  test("J-08 P8 a zone is a name, on Windows a number", () => {
    expect(platformOf("linux").zone("eth0", 2)).toBe("eth0");
    expect(platformOf("darwin").zone("en0", 4)).toBe("en0");
    expect(platformOf("freebsd").zone("em0", 4)).toBe("em0");
    expect(platformOf("win32").zone("Wi-Fi", 12)).toBe("12");
    expect(platformOf("win32").zone("Wi-Fi", undefined)).toBe("Wi-Fi");
  });

  test("only link-local addresses and groups get the zone", () => {
    const link = link6At("eth0", "fe80::5", 2);
    expect(withZone("fe80::1", link)).toBe("fe80::1%eth0");
    expect(withZone("ff02::c", link)).toBe("ff02::c%eth0");
    expect(withZone("ff05::c", link)).toBe("ff05::c");
    expect(withZone("fd00::1", link)).toBe("fd00::1");
    expect(withZone("239.255.255.250", link)).toBe("239.255.255.250");
  });

  test("the plan of an ear is another one when an interface was made anew under its old name", () => {
    const before = planEars(binding(), [linkAt("eth0", "192.168.1.5", { index: 2 })], platformOf("linux"));
    const after = planEars(binding(), [linkAt("eth0", "192.168.1.5", { index: 9 })], platformOf("linux"));
    expect(after[0]?.key).not.toBe(before[0]?.key);
  });
});
