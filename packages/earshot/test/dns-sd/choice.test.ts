import { describe, expect, test } from "vitest";
import type { BoundLink } from "../../src/core/engine.ts";
import { chooseService, chooseText, latest } from "../../src/dns-sd/choice.ts";
import { Txt } from "../../src/dns-sd/txt.ts";
import type { Answer } from "../../src/mdns/asking.ts";
import type { ResourceRecord } from "../../src/mdns/record.ts";
import { address, PEER, srv, txt, V4, V6, WLAN } from "./rig.ts";

const NAME = "Web._http._tcp.local";

function heard(record: ResourceRecord, heardAt: number, link: BoundLink = V4): Answer {
  return { record, link, from: PEER, heardAt, expiresAt: heardAt + 120_000 };
}

function port(...answers: readonly Answer[]): number | undefined {
  return chooseService(answers)?.data.port;
}

describe("which SRV record is used", () => {
  const plain = { flush: false };

  test("A63-010 the lowest priority, and there the highest weight, whatever was said last", () => {
    const answers = [
      heard(srv(NAME, "a.local", 1, { ...plain, priority: 2, weight: 9 }), 9),
      heard(srv(NAME, "a.local", 2, { ...plain, priority: 1, weight: 5 }), 3),
      heard(srv(NAME, "b.local", 3, { ...plain, priority: 1, weight: 7 }), 1),
    ];
    expect(port(...answers)).toBe(3);
    expect(port(...answers.toReversed())).toBe(3);
  });

  test("of equal ones the last one said", () => {
    const answers = [heard(srv(NAME, "a.local", 1, plain), 5), heard(srv(NAME, "a.local", 2, plain), 6)];
    expect(port(...answers)).toBe(2);
    expect(port(...answers.toReversed())).toBe(2);
  });

  test("what a later record with the cache-flush bit put an end to counts no more on that link", () => {
    const old = heard(srv(NAME, "a.local", 1, { priority: 0 }), 5);
    expect(port(old, heard(srv(NAME, "a.local", 2, { priority: 3 }), 1006))).toBe(2);
    expect(port(old, heard(srv(NAME, "a.local", 2, { priority: 3 }), 1006, V6))).toBe(1);
    expect(port(old, heard(srv(NAME, "a.local", 2, { priority: 3, flush: false }), 1006))).toBe(1);
  });

  test("a set that came in several messages within a second is whole", () => {
    const first = heard(srv(NAME, "a.local", 1, { priority: 0 }), 5);
    expect(port(first, heard(srv(NAME, "a.local", 2, { priority: 3 }), 1005))).toBe(1);
  });

  test("M-22 interfaces on which the name is said to be elsewhere are told apart", () => {
    const chosen = chooseService([
      heard(srv(NAME, "a.local", 1, { weight: 5 }), 5),
      heard(srv(NAME, "evil.local", 1), 6, WLAN),
      heard(srv(NAME, "a.local", 1, { weight: 5 }), 6, V6),
    ]);
    expect([...(chosen?.strangers ?? [])]).toEqual(["wlan0"]);
    expect(chosen?.answers.map(({ link }) => link.id)).toEqual(["eth0/4", "eth0/6"]);
  });

  test("without an SRV record there is no choice", () => {
    expect(chooseService([])).toBeUndefined();
    expect(chooseService([heard(txt(NAME), 1)])).toBeUndefined();
  });
});

describe("which records are left", () => {
  test("a record puts no end to those of another type, or of another link", () => {
    const all = [
      heard(address("a.local", "192.168.1.20"), 5),
      heard(address("a.local", "fe80::20"), 9005),
      heard(address("a.local", "192.168.1.21"), 9005, V6),
    ];
    expect(latest(all)).toEqual(all);
    const newer = heard(address("a.local", "192.168.1.22"), 9005);
    expect(latest([...all, newer])).toEqual([...all.slice(1), newer]);
  });
});

describe("which text is used", () => {
  const service = chooseService([
    heard(srv(NAME, "a.local", 1), 5),
    heard(srv(NAME, "b.local", 9, { priority: 1 }), 5, WLAN),
  ]);

  function path(...answers: readonly Answer[]): string | undefined {
    const bytes = service && chooseText(answers, service);
    return bytes && Txt.read(bytes).text("path");
  }

  test("the last one said, on an interface where the service was said", () => {
    expect(path(heard(txt(NAME, { path: "old" }), 1), heard(txt(NAME, { path: "new" }), 2))).toBe("new");
    expect(path(heard(txt(NAME, { path: "here" }), 1), heard(txt(NAME, { path: "there" }), 2, WLAN))).toBe(
      "here",
    );
    expect(path(heard(txt(NAME, { path: "v6" }), 2, V6), heard(txt(NAME, { path: "v4" }), 1))).toBe("v6");
    expect(path(heard(txt(NAME, { path: "there" }), 2, WLAN))).toBeUndefined();
  });
});
