import { describe, expect, test } from "vitest";
import { HOST, setUp, sourceOf, xml } from "./describing.ts";
import { link, settled } from "./fetching.ts";

describe("when there is no room to try", () => {
  /** Hosts that take every place that strangers can have, and do not answer. */
  function crowd(set: ReturnType<typeof setUp>, hosts = 60) {
    return Array.from({ length: hosts }, (_, index) =>
      set.follow(sourceOf("d.xml", {}, `10.0.3.${index + 1}`)),
    );
  }

  test("H-08 what is known of a document stays, and it is read when there is room", async () => {
    const set = setUp();
    const { answer, follow, http, pass, fetcher } = set;
    const lamp = follow(sourceOf());
    await answer(xml("Lamp"));
    await pass(700_000); // It is a stranger again.
    crowd(set);
    const others = Array.from({ length: 200 }, (_, index) =>
      follow(sourceOf("d.xml", {}, `10.0.4.${index + 1}`)),
    );
    await settled();
    expect(fetcher.load).toEqual({ waiting: 48, underWay: 12 });
    lamp.following.hear({ bootId: 2, configId: undefined }, false);
    await pass(60_000);
    expect(lamp.lines).toEqual(["Lamp"]);
    expect(lamp.following.outcome?.description).toBeDefined();
    for (const { following } of [...others, ...crowd(set)]) following.stop();
    for (const pending of http.open.filter(({ request }) => !request.url.includes(`${HOST}/`)))
      await pending.fail();
    for (let i = 0; i < 60 && lamp.lines.length < 2; i++) {
      await pass(1000);
      for (const pending of http.open)
        await (pending.request.url.includes(`${HOST}/`) ? answer(xml("Lantern"), pending) : pending.fail());
    }
    expect(lamp.lines).toEqual(["Lamp", "Lantern"]);
  });

  test("H-08 it is tried after a second or two, then more and more rarely, and told the second time that it could not be", async () => {
    const set = setUp();
    const { follow, pass } = set;
    crowd(set);
    const all = Array.from({ length: 100 }, (_, index) =>
      follow(sourceOf("d.xml", {}, `10.0.4.${index + 1}`)),
    );
    await settled();
    expect(all.flatMap(({ lines }) => lines)).toEqual([]);
    const counts = new Set<number>();
    for (let step = 0; step < 20; step++) {
      await pass(100);
      counts.add(all.filter(({ lines }) => lines.length > 0).length);
    }
    expect(counts.size).toBeGreaterThan(5); // They do not all come back at once.
    const told = all.filter(({ lines }) => lines.length > 0);
    expect(told.length).toBeGreaterThan(20);
    for (const { lines } of told) expect(lines).toEqual(["not: too many requests wait for their turn"]);
    await pass(120_000);
    for (const { lines } of all) expect(lines.length).toBeLessThanOrEqual(1);
  });

  test("H-19 it is read in the end though its host is said to have very many ports", async () => {
    const { follow, http, pass, answer } = setUp();
    for (let port = 1; port <= 40; port++) {
      const url = `http://${HOST}:${port}/`;
      follow(sourceOf("", { key: url, target: { url, from: HOST, link } }));
    }
    const { lines } = follow(sourceOf("d.xml"));
    for (let second = 0; second < 3600 && !lines.includes("Lamp"); second++) {
      await pass(1000);
      for (const pending of http.open)
        await (pending.request.url === `http://${HOST}/d.xml`
          ? answer(xml("Lamp"), pending)
          : pending.fail());
    }
    expect(lines).toContain("Lamp");
  });
});
