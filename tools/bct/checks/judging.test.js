import { describe, expect, test } from "vitest";
import {
  judgeAnnouncements,
  judgeCompletion,
  judgeDenials,
  judgeDistance,
  judgeRate,
  judgeTieBreaks,
} from "./judging.js";
import { chiSquare, parts } from "./statistics.js";

const named = (key) => ({ key, equals: (other) => other.key === key, toString: () => key });
const event = (what, time, key = "a") => ({ what, time, name: named(key) });
const probes = (times, key) => times.map((time) => event("probe", time, key));

describe("a name is completed", () => {
  const good = [...probes([0, 250, 500]), event("announcement", 750), event("announcement", 1750)];

  test("with three probes and an announcement at their distance", () => {
    expect(judgeCompletion(good).verdict).toBe("pass");
  });

  test("after a tie-break, by the probes since", () => {
    expect(judgeCompletion([event("probe", -1300), event("rival", -1299), ...good]).verdict).toBe("pass");
  });

  test.each([
    ["fail", "too few probes", [...probes([0, 250]), event("announcement", 500)]],
    ["fail", "another name than was probed for", [...probes([0, 250, 500]), event("announcement", 750, "b")]],
    ["fail", "no announcement", probes([0, 250, 500])],
    ["fail", "an announcement before its probes", [event("announcement", 0), ...probes([10, 260, 510])]],
    ["fail", "two probes at once", [...probes([0, 1, 250]), event("announcement", 500)]],
    ["warn", "four probes", [...probes([0, 250, 500, 750]), event("announcement", 1000)]],
    ["warn", "a long pause", [...probes([0, 250, 700]), event("announcement", 950)]],
  ])("%s: %s", (verdict, _, events) => {
    expect(judgeCompletion(events).verdict).toBe(verdict);
  });
});

test.each([
  ["pass", event("probe", 1005)],
  ["fail", event("probe", 900)],
  ["fail", event("probe", 1005, "b")],
  ["fail", event("announcement", 1005)],
  ["warn", event("probe", 4000)],
])("a lost tie-break: %s", (verdict, next) => {
  expect(judgeTieBreaks([event("probe", -5), event("rival", 0), next]).verdict).toBe(verdict);
});

test("no tie-break, and no answer to one, are failures", () => {
  expect(judgeTieBreaks([event("probe", 0)]).verdict).toBe("fail");
  expect(judgeTieBreaks([event("probe", 0), event("rival", 1)]).verdict).toBe("fail");
});

describe("denials", () => {
  const denied = (...keys) =>
    keys.flatMap((key, index) => [event("probe", index * 10, key), event("deny", index * 10 + 1, key)]);

  test.each([
    ["pass", [...denied("a", "b", "c"), event("probe", 90, "d")]],
    ["warn", [...denied("a", "a", "b", "c"), event("probe", 90, "d")]],
    ["fail", [...denied("a", "a", "a", "b", "c"), event("probe", 90, "d")]],
    ["fail", [...denied("a", "b", "c"), event("probe", 90, "a")]],
    ["fail", denied("a", "b", "c")],
    ["fail", [...denied("a", "b"), event("probe", 90, "c")]],
  ])("are judged: %s", (verdict, events) => {
    expect(judgeDenials(events, 3).verdict).toBe(verdict);
  });

  const stormed = (pause, gap = 100) => {
    const events = [];
    for (let index = 0, time = 0; index < 17; index++, time += index < 15 ? gap : pause)
      events.push(event("probe", time, `${index}`), event("deny", time + 1, `${index}`));
    return events;
  };

  test.each([
    ["pass", stormed(5010)],
    ["warn", stormed(2000)],
    ["fail", stormed(100)],
    ["pass", stormed(1000, 1000)],
  ])("slow the device down: %s", (verdict, events) => {
    expect(judgeRate(events).verdict).toBe(verdict);
  });
});

test("probes for one name keep their distance; those for two need not", () => {
  expect(judgeDistance([...probes([0, 250]), ...probes([300, 550], "b")]).verdict).toBe("pass");
  expect(judgeDistance(probes([0, 250, 260])).verdict).toBe("warn");
  expect(judgeDistance([event("probe", 0)]).verdict).toBe("fail");
});

test.each([
  ["pass", [0, 1000]],
  ["pass", [0, 1000, 3000]],
  ["warn", [0, 700]],
  ["warn", [0, 4000]],
  ["fail", [0]],
  ["fail", [0, 100, 1100]],
])("announcements: %s for %j", (verdict, times) => {
  const packets = times.map((time) => ({
    ...{ time, isOurs: false, isMulticast: true },
    message: { kind: "response", answers: [{ ttl: 120 }] },
  }));
  expect(judgeAnnouncements(packets, "it", () => true).verdict).toBe(verdict);
});

test("delays that are spread evenly are told from those that are not", () => {
  const even = Array.from({ length: 100 }, (_, index) => 20 + index);
  const early = even.map((time) => (time < 70 ? 20 + (time - 20) / 2 : time));
  expect(parts(even, 4)).toEqual([27, 26, 26, 21]);
  expect(chiSquare(even)).toBeLessThan(1);
  expect(chiSquare(early)).toBeGreaterThan(21.11);
});
