import { expect, test } from "vitest";
import { heapUsed } from "../fuzz/heap.ts";
import { alive, msearch, Rig, ROOT, response, SERVICE } from "../ssdp/rig.ts";

const SECONDS = 60;
const PER_SECOND = 50_000;
/** Legal queries in a second, each from another of the neighbours, MX 1. */
const QUERIES = 10;
const QUERY_EVERY = PER_SECOND / QUERIES;
const MEGABYTE = 1024 * 1024;
const FRIEND = "192.168.1.2";
const LATECOMER = "192.168.1.3";
const OWN = "uuid:own";

/** Every announcement is of a device of its own. */
const DIGITS = "0000000000";
const hostile = new TextEncoder().encode(
  `${alive({ NT: "upnp:rootdevice", USN: `uuid:${DIGITS}::upnp:rootdevice`, "BOOTID.UPNP.ORG": "1" }).join("\r\n")}\r\n\r\n`,
);
const digitsAt = new TextDecoder().decode(hostile).indexOf(DIGITS);

test.each([1, 200])(
  "T-31 50,000 hostile announcements a second for a minute, from %i addresses, neither fill us nor silence us",
  (sources) => {
    const rig = new Rig();
    rig.search({ everyMs: 300_000 });
    rig.offer({ bare: { target: SERVICE, usn: `${OWN}::${SERVICE}` } });
    rig.advance(5000);
    hearFriend(rig);
    const before = heapUsed();
    const asked = new Map<string, number>();
    let answered = 0;
    let grown = 0;
    for (let second = 0; second < SECONDS; second++) {
      for (let i = 0; i < PER_SECOND; i++) {
        const number = second * PER_SECOND + i;
        rig.hear([], { bytes: announcement(number), address: `192.168.1.${20 + (number % sources)}` });
        if (i % QUERY_EVERY === 0) ask(rig, number / QUERY_EVERY, asked);
        if (i % 50 !== 49) continue;
        rig.advance(1);
        answered += takeAnswers(rig, asked);
        if (losesFriend(rig)) expect.fail(`the friend is pushed out in second ${second}`);
        rig.forget();
      }
      if (second % 30 === 10) hearFriend(rig);
      if (second % 10 === 9) grown = Math.max(grown, heapUsed() - before);
    }
    rig.advance(1000);
    answered += takeAnswers(rig, asked);
    const queries = SECONDS * QUERIES;
    console.log(
      `flood from ${sources}: ${SECONDS * PER_SECOND} announcements, heap at most ${(grown / MEGABYTE).toFixed(1)} MB more, ` +
        `${answered} of ${queries} queries answered within MX, ${rig.engine.counts.known} known`,
    );
    expect(grown).toBeLessThan(50 * MEGABYTE);
    expect(answered).toBeGreaterThanOrEqual(0.95 * queries);

    rig.hear(alive({ USN: "uuid:late::upnp:rootdevice" }), { address: LATECOMER });
    expect(rig.record("uuid:late::upnp:rootdevice")).toBeDefined();
    expect(rig.record(ROOT)).toBeDefined();
  },
);

function hearFriend(rig: Rig): void {
  rig.hear(alive({ LOCATION: `http://${FRIEND}/d.xml`, "CACHE-CONTROL": "max-age=1800" }), {
    address: FRIEND,
  });
  rig.hear(response({ LOCATION: `http://${FRIEND}/d.xml` }), { address: FRIEND, socket: "own", to: "host" });
}

function losesFriend(rig: Rig): boolean {
  return rig.events.some((event) => event.kind === "lost" && event.record.usn === ROOT);
}

function announcement(number: number): Uint8Array {
  const bytes = hostile.slice();
  for (let at = digitsAt + DIGITS.length - 1, rest = number; rest > 0; at--, rest = Math.floor(rest / 10))
    bytes[at] = 0x30 + (rest % 10);
  return bytes;
}

function ask(rig: Rig, query: number, asked: Map<string, number>): void {
  const port = 10_000 + query;
  const address = `192.168.1.${230 + (query % 20)}`;
  asked.set(`${address} ${port}`, rig.now);
  rig.hear(msearch({ ST: SERVICE, MX: "1" }), { address, port });
}

/** How many queries were answered since the last look, within a second each. */
function takeAnswers(rig: Rig, asked: Map<string, number>): number {
  let count = 0;
  for (const { at, to, message } of rig.sent) {
    if (to === "group" || message.headers.get("USN") !== `${OWN}::${SERVICE}`) continue;
    const since = asked.get(`${to.address} ${to.port}`);
    asked.delete(`${to.address} ${to.port}`);
    if (since !== undefined && at - since <= 1000) count++;
  }
  return count;
}
