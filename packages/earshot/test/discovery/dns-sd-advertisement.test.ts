import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import {
  DnsSdAdvertisement,
  type DnsSdPost,
  type OfferNews,
} from "../../src/discovery/dns-sd-advertisement.ts";
import type { DnsSdOffer } from "../../src/discovery/offer.ts";

/** A protocol that does what it is told, and says when. */
class Post implements DnsSdPost {
  readonly log: string[] = [];
  hear: (news: OfferNews) => void = () => {};
  said: () => void = () => {};
  refuses = false;

  publish(offer: { name: string; port: number }, hear: (news: OfferNews) => void): number {
    this.log.push(`publish ${offer.name}:${offer.port}`);
    this.hear = hear;
    return 7;
  }

  change(id: number, offer: { name: string; port: number }): void {
    if (this.refuses) throw new UsageError("INVALID_OFFER", "no");
    this.log.push(`change ${id} ${offer.name}:${offer.port}`);
  }

  announce(id: number): void {
    this.log.push(`announce ${id}`);
  }

  withdraw(id: number): Promise<void> {
    this.log.push(`withdraw ${id}`);
    return new Promise((resolve) => {
      this.said = resolve;
    });
  }

  published(name = "Office", host = "h.local"): void {
    this.hear({ kind: "published", offer: 7, name, host });
  }

  renamed(what: "instance" | "host", from: string, to: string): void {
    this.hear({ kind: "renamed", offer: 7, what, from, to });
  }
}

function setUp(changes: Partial<DnsSdOffer> = {}) {
  const post = new Post();
  let closed = 0;
  const offer: DnsSdOffer = { type: "_ipp._tcp", name: "Office", port: 631, ...changes };
  const standing = new DnsSdAdvertisement(post, offer, () => closed++);
  return { post, standing, closed: () => closed };
}

async function settled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const note = (): void => {
    isSettled = true;
  };
  promise.then(note, note);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return isSettled;
}

describe("an offer that is announced", () => {
  test("A63-003 has a name that can be chosen, and a usable one where none was", () => {
    expect(setUp().post.log).toEqual(["publish Office:631"]);
    const { port, type } = { port: 80, type: "_http._tcp" };
    const post = new Post();
    expect(new DnsSdAdvertisement(post, { type, port }, () => {}).name).toBe("earshot");
  });

  test("is published once that is told, with the names that it got", async () => {
    const { post, standing } = setUp();
    const published = standing.published();
    expect(await settled(published)).toBe(false);
    post.published("Office (2)", "h-2.local");
    expect(await settled(published)).toBe(true);
    expect(standing).toMatchObject({ name: "Office (2)", host: "h-2.local" });
  });

  test("A62-099 tells of each name that had to give way, and goes by the new one", () => {
    const told: unknown[] = [];
    const { post, standing } = setUp({ onRename: (change) => told.push(change) });
    post.renamed("instance", "Office", "Office (2)");
    expect(standing.name).toBe("Office (2)");
    post.published("Office (2)");
    post.renamed("host", "h.local", "h-2.local");
    expect(standing.host).toBe("h-2.local");
    expect(told).toEqual([
      { what: "instance", from: "Office", to: "Office (2)" },
      { what: "host", from: "h.local", to: "h-2.local" },
    ]);
  });

  test.each(["location", "usn", "ports"])("has no %s: what is misspelt is told, not left out", (field) => {
    const offer = { type: "_ipp._tcp", port: 631, [field]: "x" };
    expect(() => new DnsSdAdvertisement(new Post(), offer, () => {})).toThrow(
      expect.objectContaining({ code: "INVALID_OFFER" }),
    );
  });
});

describe("updates", () => {
  test("happen one after the other, each from what those before it made of the offer", async () => {
    const { post, standing } = setUp();
    post.published();
    await Promise.all([standing.update({ port: 632 }), standing.update({ txt: { a: 1 } })]);
    expect(post.log).toEqual(["publish Office:631", "change 7 Office:632", "change 7 Office:632"]);
  });

  test("one that fails changes nothing for those behind it", async () => {
    const { post, standing } = setUp();
    post.published();
    post.refuses = true;
    await expect(standing.update({ port: 70_000 })).rejects.toMatchObject({ code: "INVALID_OFFER" });
    post.refuses = false;
    await standing.update({ weight: 1 });
    expect(post.log.at(-1)).toBe("change 7 Office:631");
  });

  test.each([
    ["another type", { type: "_http._tcp" }],
    ["a field of another protocol", { location: "http://192.0.2.1/" }],
  ])("%s is the caller's mistake", async (_, changes) => {
    const { standing, post } = setUp();
    await expect(standing.update(changes)).rejects.toMatchObject({ code: "INVALID_OFFER" });
    expect(post.log).toHaveLength(1);
  });

  test("the same type again is none", async () => {
    const { standing, post } = setUp();
    post.published();
    await standing.update({ type: "_IPP._tcp.local,_color", port: 1 });
    expect(post.log.at(-1)).toBe("change 7 Office:1");
  });
});

describe("the end", () => {
  test("waits for the goodbye, happens once, and nothing is announced or told any more", async () => {
    const told: unknown[] = [];
    const { post, standing, closed } = setUp({ onRename: (change) => told.push(change) });
    post.published();
    const ends = [standing.close(), standing.close(), standing[Symbol.asyncDispose]()];
    expect(await settled(Promise.all(ends))).toBe(false);
    expect(closed()).toBe(0);
    post.said();
    await Promise.all(ends);
    expect(closed()).toBe(1);
    standing.notify();
    post.renamed("instance", "Office", "Office (2)");
    expect(post.log).toEqual(["publish Office:631", "withdraw 7"]);
    expect(told).toEqual([]);
    await expect(standing.update({ port: 1 })).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("comes at once while it probes: nobody waits for a name that is not wanted any more", async () => {
    const { post, standing } = setUp();
    const published = standing.published();
    const end = standing.close();
    expect(post.log).toEqual(["publish Office:631", "withdraw 7"]);
    await published;
    post.said();
    await end;
    expect(standing.isClosed).toBe(true);
  });

  test("an update to another name is over when that is announced; to the one it has already, at once", async () => {
    const { post, standing } = setUp({ host: "h" });
    post.published("Office (2)");
    await standing.update({ name: "Office (2)", host: "h.local" });
    expect(post.log.at(-1)).toBe("change 7 Office:631");
    const renaming = standing.update({ name: "Lobby" });
    expect(await settled(renaming)).toBe(false);
    post.published("Lobby");
    await renaming;
    const moving = standing.update({ host: "other" });
    expect(await settled(moving)).toBe(false);
    post.published("Lobby", "other.local");
    await moving;
    expect(standing).toMatchObject({ name: "Lobby", host: "other.local" });
  });

  test("does not wait for an update that probes, and what waits behind it does not happen", async () => {
    const { post, standing } = setUp();
    const updates = [standing.update({ name: "Lobby" }), standing.update({ port: 1 })];
    const end = standing.close();
    post.said();
    await Promise.all([end, ...updates]);
    expect(post.log).toEqual(["publish Office:631", "change 7 Lobby:631", "withdraw 7"]);
  });
});
