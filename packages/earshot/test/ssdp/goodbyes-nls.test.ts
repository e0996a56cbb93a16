import { describe, expect, test } from "vitest";
import { alive, byebye, Rig, ROOT } from "./rig.ts";

describe("a device without BOOTID that names its life by 01-NLS", () => {
  const life = (nls: string) => ({ "01-NLS": nls });

  test("is not brought back by an alive that its goodbyes overtook", () => {
    const rig = new Rig();
    rig.hear(alive(life("a")));
    rig.hear(byebye(life("a")));
    rig.hear(byebye(life("a")));
    rig.forget();
    rig.advance(90);
    rig.hear(alive(life("a")));
    expect(rig.told).toEqual(["dropped overtaken-alive"]);
  });

  test("is back with another life at once, and with the same after a second", () => {
    for (const [nls, ms] of [
      ["b", 90],
      ["a", 1100],
    ] as const) {
      const rig = new Rig();
      rig.hear(alive(life("a")));
      rig.hear(byebye(life("a")));
      rig.forget();
      rig.advance(ms);
      rig.hear(alive(life(nls)));
      expect(rig.told).toEqual([`found ${ROOT}`]);
    }
  });
});
