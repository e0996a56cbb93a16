import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/index.ts";
import type { Host, Lan } from "../../src/testing/index.ts";
import { diary, FILMS, household, ids, offer } from "./household.ts";

/** As on a real network, time does not pass for whoever waits for a goodbye. */
function patient(host: Host): void {
  Object.defineProperty(host, "finish", { value: undefined });
}

/** A laptop that watches what a server announces and then changes; both as on a real network. */
async function watched() {
  const { lan, server, serverHost, laptop } = household();
  patient(serverHost);
  const browser = laptop.browse("ssdp:all");
  const films = await lan.until(server.advertise(offer));
  lan.advance(3000);
  const seen = () => {
    const service = [...browser.services.values()].find(({ type }) => type === "upnp:rootdevice");
    return service && [service.port, service.headers.get("CACHE-CONTROL")];
  };
  return { lan, server, films, browser, seen };
}

function outcomes(lan: Lan, ...promises: Promise<unknown>[]): Promise<string[]> {
  const settled = Promise.allSettled(promises);
  return lan.until(settled, { withinMs: 10_000 }).then((all) => all.map(({ status }) => status));
}

describe("updates that come together", () => {
  test("F28 each starts from what those before it made of the offer: no change is lost", async () => {
    const { lan, films, seen } = await watched();
    const updates = [films.update({ port: 9000 }), films.update({ maxAgeSeconds: 100 })];
    expect(await outcomes(lan, ...updates)).toEqual(["fulfilled", "fulfilled"]);
    lan.advance(3000);
    expect(seen()).toEqual([9000, "max-age=100"]);
  });

  test("F28 of two changes of one thing the later counts, however many there are", async () => {
    const { lan, films, seen, browser } = await watched();
    const updates = Array.from({ length: 20 }, (_, i) => films.update({ port: 9000 + i }));
    expect(new Set(await outcomes(lan, ...updates))).toEqual(new Set(["fulfilled"]));
    lan.advance(3000);
    expect([seen()?.[0], ids(browser)]).toEqual([9019, FILMS]);
  });

  test("closing waits for the update under way, lets those behind it end quietly, and leaves nothing announced", async () => {
    const { lan, server, films, browser } = await watched();
    const updates = [films.update({ port: 1 }), films.update({ port: 2 }), films.update({ port: 3 })];
    const closing = [films.close(), films.close()];
    expect(closing[0]).toBe(closing[1]);
    const start = lan.now;
    expect(new Set(await outcomes(lan, ...updates, ...closing))).toEqual(new Set(["fulfilled"]));
    expect(lan.now - start).toBeLessThan(1000); // Nobody waited for a goodbye that was said already.
    lan.advance(3000);
    expect([ids(browser), server.users]).toEqual([[], 0]);
    await expect(films.update({ port: 4 })).rejects.toThrow(expect.objectContaining({ code: "CLOSED" }));
    films.notify();
    lan.advance(3000);
    expect(ids(browser)).toEqual([]);
  });

  test("F-30 closing the Earshot amid updates takes them all down, goodbyes said", async () => {
    const { lan, server, films, browser } = await watched();
    const updates = [films.update({ port: 1 }), films.update({ port: 2 })];
    expect(new Set(await outcomes(lan, ...updates, server.close()))).toEqual(new Set(["fulfilled"]));
    lan.advance(3000);
    expect([ids(browser), server.users]).toEqual([[], 0]);
  });

  test("one that cannot be rejects, changes nothing, and hinders no other", async () => {
    const { lan, films, seen } = await watched();
    const bad = films.update({ maxAgeSeconds: -1 });
    const good = films.update({ port: 9000 });
    const alsoBad = films.update({ port: 70_000 });
    expect(await outcomes(lan, bad, good, alsoBad)).toEqual(["rejected", "fulfilled", "rejected"]);
    await expect(bad).rejects.toThrow(UsageError);
    lan.advance(3000);
    expect(seen()).toEqual([9000, "max-age=1800"]);
  });

  test("one may build on those before it, not on those after it", async () => {
    const { lan, server, serverHost } = household();
    patient(serverHost);
    const bare = { type: "urn:x:service:Chat:1", udn: "uuid:chat" };
    const chat = await lan.until(server.advertise(bare));
    const device = { type: "urn:x:device:Chat:1" }; // A device needs a LOCATION, a bare entry does not.
    const updates = [chat.update(device), chat.update({ port: 80 }), chat.update(device)];
    expect(await outcomes(lan, ...updates)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  });

  test("announcing once more amid an update does nothing that it should not", async () => {
    const { lan, films, seen, browser } = await watched();
    const lines = diary(browser);
    const update = films.update({ port: 9000 });
    films.notify();
    lan.advance(20);
    films.notify();
    expect(await outcomes(lan, update)).toEqual(["fulfilled"]);
    lan.advance(3000);
    expect(seen()?.[0]).toBe(9000);
    expect(lines.filter((line) => line.startsWith("found")).sort()).toEqual(FILMS.map((id) => `found ${id}`));
    expect(lines.filter((line) => line.startsWith("lost"))).toHaveLength(FILMS.length);
  });
});
