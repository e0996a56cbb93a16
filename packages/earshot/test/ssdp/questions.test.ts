import { describe, expect, test } from "vitest";
import { alive, byebye, Rig, response, V6 } from "./rig.ts";

const ADDRESSES = 100;
const MOST_A_SECOND = 50;

/** Every question to one host that was sent, as instants. */
const questions = (rig: Rig): number[] =>
  rig.sent
    .filter(({ message, to }) => message.kind === "search" && typeof to === "object" && !isGroup(to.address))
    .map(({ at }) => at);

const isGroup = (address: string): boolean => address === "239.255.255.250" || address.startsWith("ff");

/** The most of these instants within any one second. */
function mostInASecond(instants: readonly number[]): number {
  let most = 0;
  let first = 0;
  instants.forEach((at, index) => {
    while (at - (instants[first] ?? at) >= 1000) first++;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

/** A network of `count` devices, whose lifetimes are a minute. */
function crowd(count: number): Rig {
  const rig = new Rig();
  for (let i = 0; i < count; i++) say(rig, i);
  rig.forget();
  return rig;
}

function say(rig: Rig, i: number): void {
  const headers = {
    NT: `uuid:${i}`,
    USN: `uuid:${i}`,
    "CACHE-CONTROL": "max-age=60",
    "BOOTID.UPNP.ORG": "1",
  };
  rig.hear(alive(headers), { address: addressOf(i) });
}

const addressOf = (i: number): string => `192.168.1.${20 + (i % ADDRESSES)}`;

describe("G-24 our own questions are 50 packets a second at most, on all links together", () => {
  test("when two thousand devices fall silent at once, and each of them is asked before it is lost", () => {
    const rig = crowd(2000);
    rig.advance(600_000);
    const asked = questions(rig);
    expect(mostInASecond(asked)).toBeLessThanOrEqual(MOST_A_SECOND);
    expect(asked).toHaveLength(2 * 2000);
    expect([...rig.engine.records]).toEqual([]);
  });

  test("when the machine slept, and those that are still there stay", () => {
    const rig = crowd(500);
    rig.relink([...rig.engine.links], true);
    let answered = 0;
    for (let at = 0; at < 50_000; at += 50) {
      rig.advance(50);
      for (const { message, to } of rig.sent.slice(answered)) {
        const udn = message.headers.get("ST") ?? "";
        const address = typeof to === "object" ? to.address : "";
        rig.hear(response({ ST: udn, USN: udn }), { address, socket: "own", to: "host" });
      }
      answered = rig.sent.length;
    }
    expect(mostInASecond(questions(rig))).toBeLessThanOrEqual(MOST_A_SECOND);
    expect([...rig.engine.records]).toHaveLength(500);
  });

  test("S-34 whatever strangers say: forged goodbyes, goodbyes that are taken back, and silence, all at once", () => {
    const rig = crowd(2000);
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 40; i++) {
        const usn = `uuid:${(40 * round + i) % 2000}`;
        rig.hear(byebye({ NT: usn, USN: usn }), { address: "192.168.1.250" });
        const other = { NT: `uuid:x${i}`, USN: `uuid:x${i}`, "BOOTID.UPNP.ORG": "1" };
        const from = { address: `fe80::${(40 * round + i).toString(16)}`, link: V6 };
        rig.hear(byebye(other), from);
        rig.hear(alive(other), from);
      }
      rig.advance(1000);
    }
    expect(questions(rig).length).toBeGreaterThan(1000);
    expect(mostInASecond(questions(rig))).toBeLessThanOrEqual(MOST_A_SECOND);
  });
});

test("a host that announces itself is known as one again, though thousands of others pushed it out meanwhile", () => {
  const rig = new Rig({ links: [V6] });
  const from = { address: "fe80::20", link: V6 };
  const headers = { "CACHE-CONTROL": "max-age=100" };
  const searches = (): number => rig.sent.filter(({ message }) => message.kind === "search").length;
  rig.search({ everyMs: 300_000, copies: 1 });
  rig.hear(alive(headers), from);
  rig.hear(response(headers), { ...from, socket: "own", to: "host" });
  rig.hear(alive(headers), from);
  for (let i = 0; i < 2100; i++) {
    rig.hear(alive({ NT: "x:y", USN: "uuid:other::x:y" }), {
      address: `fe80:1::${i.toString(16)}`,
      link: V6,
    });
  }
  rig.hear(alive(headers), from);
  rig.forget();
  for (let i = 0; i < 60; i++) {
    rig.advance(10_000);
    rig.hear(alive(headers), from);
    rig.hear(response(headers), { ...from, socket: "own", to: "host" });
  }
  expect(searches()).toBeLessThanOrEqual(3);
});
