import { describe, expect, test } from "vitest";
import { AnswerSearch, type SearchAnswer } from "../../src/discovery/search.ts";
import type { SsdpAnswer } from "../../src/ssdp/index.ts";

const KIB = 1024;

function answer(usn: string, size = 100): SsdpAnswer {
  const message = { headers: { toMap: () => new Map() }, violations: [] };
  const from = { address: "192.0.2.1", port: 1900 };
  const rest = { target: "x", usn, location: undefined, from, link: { id: "eth0/4" }, message };
  return { ...rest, bytes: new Uint8Array(size) } as unknown as SsdpAnswer;
}

async function read(search: AnswerSearch): Promise<string[]> {
  const usns: string[] = [];
  for await (const { usn } of search) usns.push(usn);
  return usns;
}

describe("answers that nobody reads", () => {
  test("F06 are kept up to 10,000, the newest", async () => {
    const search = new AnswerSearch(Promise.resolve(), () => {});
    for (let i = 0; i < 10_010; i++) search.hear(answer(`${i}`));
    await search.close();
    const usns = await read(search);
    expect([usns.length, usns[0], usns.at(-1)]).toEqual([10_000, "10", "10009"]);
  });

  test("F06 are kept up to 8 MiB of datagrams, the newest, however much was read before", async () => {
    const search = new AnswerSearch(Promise.resolve(), () => {});
    const iterator = search[Symbol.asyncIterator]();
    for (let i = 0; i < 100; i++) {
      search.hear(answer("read", 64 * KIB));
      expect((await iterator.next()).value).toMatchObject({ usn: "read" });
    }
    for (let i = 0; i < 1000; i++) search.hear(answer(`${i}`, 64 * KIB));
    await search.close();
    const usns: string[] = [];
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      usns.push((next.value as SearchAnswer).usn);
    }
    expect([usns.length, usns[0], usns.at(-1)]).toEqual([128, "872", "999"]);
  });
});

test("two loops over one search share its answers: each goes to one of them", async () => {
  const search = new AnswerSearch(Promise.resolve(), () => {});
  const both = Promise.all([read(search), read(search)]);
  for (let i = 0; i < 10; i++) {
    await Promise.resolve();
    search.hear(answer(`${i}`));
  }
  await search.close();
  const [one, two] = await both;
  expect([...one, ...two].sort()).toEqual([..."0123456789"]);
});

test("leaving one loop closes the search, for all", async () => {
  let closed = 0;
  const search = new AnswerSearch(Promise.resolve(), () => closed++);
  const other = read(search);
  search.hear(answer("a"));
  search.hear(answer("b"));
  for await (const _ of search) break;
  await other;
  expect(closed).toBe(1);
});

describe("a search that cannot start", () => {
  test("rejects its loops, those begun later too, and has closed itself once", async () => {
    let closed = 0;
    const search = new AnswerSearch(Promise.reject(new Error("no network")), () => closed++);
    await expect(read(search)).rejects.toThrow("no network");
    await expect(read(search)).rejects.toThrow("no network");
    await expect(search.ready).rejects.toThrow("no network");
    await search.close();
    expect(closed).toBe(1);
  });

  test("is quiet when it was closed before", async () => {
    let fail = (_error: Error): void => {};
    const ready = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const search = new AnswerSearch(ready, () => {});
    const loop = read(search);
    await search.close();
    fail(new Error("closed before it was ready"));
    expect(await loop).toEqual([]);
    await search.ready;
  });
});
