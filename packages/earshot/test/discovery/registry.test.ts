import { expect, test } from "vitest";
import type { Observation } from "../../src/discovery/protocol.ts";
import { Registry } from "../../src/discovery/registry.ts";
import type { Service } from "../../src/discovery/service.ts";
import type { Reader } from "../../src/discovery/service-source.ts";

const service = (id: string): Service => ({ protocol: "ssdp", id }) as Service;
const lost = (id: string): Observation => ({ kind: "lost", service: service(id), reason: "goodbye" });

function reader(log: string[], name = ""): Reader {
  return {
    change: (change) => void log.push(`${name}${change.kind} ${change.service.id}`),
    refresh: ({ id }) => void log.push(`${name}refreshed ${id}`),
  };
}

test("only what was found is kept and told of: anything else of a service that is not known leaves no trace", () => {
  const registry = new Registry();
  const log: string[] = [];
  registry.read(reader(log));
  registry.observe({ kind: "updated", service: service("a") });
  registry.observe({ kind: "refreshed", service: service("a") });
  registry.observe(lost("a"));
  expect([log, [...registry.services]]).toEqual([[], []]);
  registry.observe({ kind: "found", service: service("a") });
  registry.observe({ kind: "updated", service: service("a") });
  registry.observe({ kind: "refreshed", service: service("a") });
  registry.observe(lost("a"));
  registry.observe(lost("a"));
  expect(log).toEqual(["found a", "updated a", "refreshed a", "lost a"]);
});

test("a reader that another reader takes out is told nothing more, not even of the same change", () => {
  const registry = new Registry();
  const log: string[] = [];
  registry.read({ ...reader(log), change: () => forget() });
  const forget = registry.read(reader(log, "second "));
  registry.observe({ kind: "found", service: service("a") });
  expect(log).toEqual([]);
});
