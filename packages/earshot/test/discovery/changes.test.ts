import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Changes } from "../../src/discovery/changes.ts";
import type { Change, Service } from "../../src/discovery/service.ts";

function service(id: string, server = "1"): Service {
  return { protocol: "ssdp", id, server } as Service;
}

const found = (id: string, server?: string): Change => ({ kind: "found", service: service(id, server) });
const lost = (id: string): Change => ({ kind: "lost", service: service(id), reason: "goodbye" });
const updated = (id: string, server: string, before = "1"): Change => ({
  kind: "updated",
  service: service(id, server),
  previous: service(id, before),
});

async function read(changes: Changes): Promise<Change[]> {
  changes.end();
  const all: Change[] = [];
  for await (const change of changes) all.push(change);
  return all;
}

function queued(...pushed: Change[]): Promise<Change[]> {
  const changes = new Changes([], () => {});
  for (const change of pushed) changes.push(change);
  return read(changes);
}

describe("what was not read yet is merged", () => {
  test("found and updated is found, as it is now", async () => {
    expect(await queued(found("a"), updated("a", "2"))).toEqual([found("a", "2")]);
  });

  test("found and lost is nothing", async () => {
    expect(await queued(found("a"), lost("a"))).toEqual([]);
  });

  test("lost and found is updated, from what it was", async () => {
    expect(await queued(lost("a"), found("a", "2"))).toEqual([updated("a", "2")]);
  });

  test("updated twice is one update, from the first state to the last", async () => {
    expect(await queued(updated("a", "2"), updated("a", "3", "2"))).toEqual([updated("a", "3", "1")]);
  });

  test("updated and lost is lost", async () => {
    expect(await queued(updated("a", "2"), lost("a"))).toEqual([lost("a")]);
  });

  test("a refresh shows in what was not read yet, and tells nothing of its own", async () => {
    const changes = new Changes([], () => {});
    changes.push(found("a"));
    changes.refresh(service("a", "9"));
    changes.refresh(service("b", "9"));
    expect(await read(changes)).toEqual([found("a", "9")]);
  });
});

test("a loop begins with what is known", async () => {
  expect(await read(new Changes([service("a"), service("b")], () => {}))).toEqual([found("a"), found("b")]);
});

test("a waiting loop gets a change at once, and ends quietly", async () => {
  const changes = new Changes([], () => {});
  const iterator = changes[Symbol.asyncIterator]();
  const [first, second] = [iterator.next(), iterator.next()];
  changes.push(found("a"));
  changes.end();
  expect(await first).toEqual({ done: false, value: found("a") });
  expect(await second).toEqual({ done: true, value: undefined });
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test("leaving a loop tells the owner, and what comes after is not kept", async () => {
  let left = 0;
  const changes = new Changes([service("a")], () => left++);
  for await (const _ of changes) break;
  changes.push(found("b"));
  expect([left, changes.size]).toEqual([1, 0]);
});

test("however slowly it reads, a reader ends with the services that are there, and never holds more than one change each", async () => {
  const operation = fc.record({
    id: fc.constantFrom("a", "b", "c", "d"),
    server: fc.constantFrom("1", "2", "3"),
    read: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
      const there = new Map<string, Service>();
      const seen = new Map<string, Service>();
      const changes = new Changes([], () => {});
      const iterator = changes[Symbol.asyncIterator]();
      const take = async (): Promise<void> => {
        const { value } = await iterator.next();
        apply(seen, value as Change);
      };
      for (const { id, server, read } of operations) {
        const change = next(there, id, server);
        apply(there, change);
        changes.push(change);
        expect(changes.size).toBeLessThanOrEqual(4);
        if (read && changes.size > 0) await take();
      }
      while (changes.size > 0) await take();
      expect(seen).toEqual(there);
    }),
  );
});

function next(there: ReadonlyMap<string, Service>, id: string, server: string): Change {
  const known = there.get(service(id).id);
  if (!known) return found(id, server);
  return server === "3"
    ? { kind: "lost", service: known, reason: "goodbye" }
    : { kind: "updated", service: service(id, server), previous: known };
}

/** Applies a change, and insists that it fits what is there. */
function apply(there: Map<string, Service>, change: Change): void {
  const key = change.service.id;
  expect(there.has(key)).toBe(change.kind !== "found");
  if (change.kind === "lost") there.delete(key);
  else there.set(key, change.service);
}
