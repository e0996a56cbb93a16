/** Who asks what somebody asks already, at intervals that have grown long. */
import { expect, test } from "vitest";
import { TYPE } from "../../src/mdns/record.ts";
import { a, host, LINK, LINK6, ptr, QuerierRig } from "./querier-rig.ts";

const HOUR = 3_600_000;

function longAsked(links = [LINK]): QuerierRig {
  const rig = new QuerierRig({ links });
  rig.ask();
  rig.advance(8 * HOUR + 600_000);
  rig.sent.length = 0;
  return rig;
}

test("A62-008 his question is asked at once, with what is known, and the intervals stay as long as they were", () => {
  const rig = longAsked();
  rig.say([ptr("Office")]);
  const since = rig.now;
  rig.ask();
  rig.advance(120);
  expect(rig.sent).toHaveLength(1);
  expect(rig.sent[0]?.message.answers).toHaveLength(1);
  rig.advance(HOUR - 130);
  const [first = 0, ...others] = rig.askedAt(since);
  expect(first).toBeGreaterThanOrEqual(20);
  expect(others).toEqual([]);
});

test("A62-008 A62-011 however many join, it is asked every three seconds at the most", () => {
  const rig = longAsked();
  for (let i = 0; i < 100; i++) {
    rig.ask();
    rig.advance(100);
  }
  const instants = rig.askedAt();
  expect(instants.length).toBeGreaterThanOrEqual(3);
  expect(instants.length).toBeLessThanOrEqual(4);
  const gaps = instants.slice(1).map((at, index) => at - (instants[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3000);
});

test("who joins while it is asked often changes nothing of when it is", () => {
  const alone = new QuerierRig();
  alone.ask();
  alone.advance(3000);
  const joined = new QuerierRig();
  joined.ask();
  joined.advance(1500);
  joined.ask();
  joined.advance(1500);
  expect(joined.askedAt()).toEqual(alone.askedAt());
});

test("who only listens has nothing asked, nor who asks what is known to be all", () => {
  const rig = longAsked();
  rig.ask({ mode: "passive" }).asking.repeat({
    now: rig.now + 1_000_000,
    date: () => new Date(0),
    send: () => {},
    emit: () => {},
  });
  rig.ask({ name: host("box"), type: TYPE.A });
  rig.advance(10_000);
  rig.say([a("box", "192.168.1.30")]);
  rig.sent.length = 0;
  rig.ask({ name: host("box"), type: TYPE.A });
  rig.advance(10_000);
  expect(rig.sent).toEqual([]);
});

test("it may be asked again without another who asks; on his link alone, and not once he has ended", () => {
  const rig = longAsked([LINK, LINK6]);
  const { asking } = rig.ask({ link: LINK6.id });
  rig.advance(10_000);
  rig.sent.length = 0;
  const repeat = (): void => rig.turn((turn) => asking.repeat(turn));
  repeat();
  rig.advance(200);
  expect(rig.sent.map(({ link }) => link)).toEqual([LINK6.id]);
  asking.end();
  rig.advance(10_000);
  rig.sent.length = 0;
  repeat();
  rig.advance(10_000);
  expect(rig.sent).toEqual([]);
});
