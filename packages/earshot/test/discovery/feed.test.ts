import { describe, expect, test } from "vitest";
import { UnreadFeed } from "../../src/discovery/feed.ts";

const ready = Promise.resolve();

async function readAll<T>(feed: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of feed) all.push(item);
  return all;
}

describe("a feed", () => {
  test("hands out everything in order, waits for more, and ends quietly", async () => {
    const feed = new UnreadFeed<number>(ready, () => {});
    feed.push(1);
    const all = readAll(feed);
    feed.push(2);
    await Promise.resolve();
    feed.push(3);
    await feed.close();
    expect(await all).toEqual([1, 2, 3]);
    feed.push(4);
    expect(await readAll(feed)).toEqual([]);
  });

  test("leaving the loop closes it, once", async () => {
    let closes = 0;
    const feed = new UnreadFeed<number>(ready, () => closes++);
    feed.push(1);
    for await (const _ of feed) break;
    await feed.close();
    await feed[Symbol.asyncDispose]();
    expect(closes).toBe(1);
  });

  test("of what nobody reads the newest 10,000 are kept", async () => {
    const feed = new UnreadFeed<number>(ready, () => {});
    for (let i = 0; i < 10_050; i++) feed.push(i);
    const all = readAll(feed);
    await feed.close();
    const kept = await all;
    expect(kept).toHaveLength(10_000);
    expect(kept[0]).toBe(50);
  });

  test("rejects, and is closed, when the network cannot be heard", async () => {
    let closes = 0;
    const feed = new UnreadFeed<number>(Promise.reject(new Error("no network")), () => closes++);
    await expect(feed.ready).rejects.toThrow("no network");
    await expect(readAll(feed)).rejects.toThrow("no network");
    expect(closes).toBe(1);
  });

  test("closed before it is ready it waits for nothing", async () => {
    const feed = new UnreadFeed<number>(new Promise(() => {}), () => {});
    const all = readAll(feed);
    await feed.close();
    expect(await all).toEqual([]);
  });
});
