import { describe, expect, test } from "vitest";
import { Agenda } from "../../src/core/agenda.ts";
import type { Turn } from "../../src/core/engine.ts";
import type { DnsSdEvent } from "../../src/dns-sd/events.ts";
import { Line, type Waiting } from "../../src/dns-sd/line.ts";

/** A line in virtual time, and a diary of who went and who had to pause. */
function lineOf(limit: number) {
  const agenda = new Agenda<DnsSdEvent>();
  const line = new Line(agenda, limit);
  const diary: string[] = [];
  let now = 0;
  const turn = (): Turn<DnsSdEvent> => ({ now, date: () => new Date(0), send: () => {}, emit: () => {} });
  const one = (owner: string, name: string): Waiting => ({
    owner,
    go: () => void diary.push(`${name} goes`),
    pause: () => void diary.push(`${name} pauses`),
  });
  const pass = (ms: number): void => {
    now += ms;
    agenda.runDue(turn());
  };
  return { agenda, line, diary, turn, one, pass };
}

describe("the line", () => {
  test("M-28 so many ask at once, and the next one goes when one leaves", () => {
    const { line, diary, turn, one } = lineOf(2);
    const [a, b, c] = [one("x", "a"), one("x", "b"), one("x", "c")];
    for (const each of [a, b, c, a]) line.join(each, turn());
    expect([diary, line.asking, line.waiting]).toEqual([["a goes", "b goes"], 2, 1]);
    line.leave(a, turn());
    line.leave(a, turn());
    expect([diary.at(-1), line.asking, line.waiting]).toEqual(["c goes", 2, 0]);
    expect([a, b, c].map((each) => line.has(each))).toEqual([false, true, true]);
  });

  test("owners take turns, however many one of them has in line", () => {
    const { line, diary, turn, one } = lineOf(1);
    const flood = Array.from({ length: 100 }, (_, index) => one("flood", `f${index}`));
    for (const each of flood) line.join(each, turn());
    const honest = [one("a", "a"), one("b", "b")];
    for (const each of honest) line.join(each, turn());
    for (const each of [...flood.slice(0, 1), ...honest]) {
      line.leave(flood[1] ?? each, turn());
      line.leave(each, turn());
    }
    expect(diary.indexOf("a goes")).toBeLessThan(4);
    expect(diary.indexOf("b goes")).toBeLessThan(6);
  });

  test("who asks in vain for five seconds pauses while others wait, and goes again after them", () => {
    const { line, diary, turn, one, pass } = lineOf(1);
    line.join(one("x", "a"), turn());
    line.join(one("x", "b"), turn());
    pass(4999);
    expect(diary).toEqual(["a goes"]);
    pass(1);
    expect(diary).toEqual(["a goes", "a pauses", "b goes"]);
    pass(5000);
    expect(diary.slice(3)).toEqual(["b pauses", "a goes"]);
  });

  test("who asks in vain goes on where nobody else waits", () => {
    const { line, diary, turn, one, pass } = lineOf(1);
    const a = one("x", "a");
    line.join(a, turn());
    pass(60_000);
    expect(diary).toEqual(["a goes"]);
    line.join(one("y", "b"), turn());
    pass(5000);
    expect(diary).toEqual(["a goes", "a pauses", "b goes"]);
    line.leave(a, turn());
    expect([line.waiting, line.asking]).toEqual([0, 1]);
  });
});
