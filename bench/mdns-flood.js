import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { load } from "./contenders/native.js";
import { number, percent, table } from "./harness.js";
import { far, lostInBuffers, near } from "./lab/network.js";
import { Running, residentBytes } from "./lab/running.js";

const RECORDS_PER_SECOND = 50_000;
const MOST_SINK_SECONDS = 5;
const MOST_GROWTH = 50e6;
const LEAST_ANSWERED = 0.95;
const child = fileURLToPath(new URL("children/mdns-resist.js", import.meta.url));
const sink = fileURLToPath(new URL("children/mdns-listen.js", import.meta.url));
const asker = fileURLToPath(new URL("children/mdns-ask-often.js", import.meta.url));

/** The records of one datagram, by how the flood comes. */
const floods = [
  { variant: "hostile", records: 4, what: "whole announcements" },
  { variant: "hostile-pointers", records: 1, what: "single records" },
];

/** T-31: a flood of announcements of services that are none, while others ask as ever. Limits are the default ones. */
export async function mdnsFlood({ floodSeconds }, { onFarHost }) {
  const results = [];
  for (const flood of floods) results.push(await measure(flood, floodSeconds, onFarHost));
  return {
    title: "Under a flood: 50,000 hostile records of mDNS a second",
    how:
      `${floodSeconds} s of announcements of the type that is browsed, no two alike, each from the next of eight million ` +
      "addresses, to one browser and one service with default limits: PTR, SRV, TXT and A in one datagram, or a PTR alone in " +
      "each. Meanwhile a question every 100 ms by unicast and one by multicast, each from one of 32 addresses and a port of its " +
      "own, and every 1.5 s one that is answered by multicast. Answered: within 1 s. The heap is taken after collection, at its " +
      "highest. Beside it, a program that only counts the same flood.",
    text: table([
      ["", ...results.map(({ what }) => what)],
      ["datagrams/s", ...results.map(({ said }) => number(said.sent / said.seconds))],
      ...both(results, "lost in the socket's buffer", (one) => percent(one.lost)),
      ...both(results, "CPU of a core", (one) => percent(one.share)),
      ["heap growth, MB", ...results.map(({ growth }) => (growth / 1e6).toFixed(1))],
      ["resident growth, MB", ...results.map(({ resident }) => (resident / 1e6).toFixed(1))],
      ["records kept", ...results.map(({ known }) => number(known))],
      ...["unicast", "legacy", "multicast"].map((kind) => [
        `${asked[kind]} answered`,
        ...results.map(({ calm, flooded }) => `${share(calm[kind])} before, ${share(flooded[kind])} during`),
      ]),
    ]),
    goals: results.flatMap(goals),
  };
}

const asked = {
  unicast: "asked by unicast,",
  legacy: "asked by multicast,",
  multicast: "asked by multicast, to all,",
};

async function measure({ variant, records, what }, seconds, onFarHost) {
  const rate = RECORDS_PER_SECOND / records;
  const running = new Running([process.execPath, "--expose-gc", child], {
    seconds: seconds * 3 + 30,
    ipc: true,
  });
  await running.line("READY");
  await wait(2000); // The first announcements are over.
  const calm = await answered(2, onFarHost);
  const before = await running.ask("state");
  const residentBefore = residentBytes(running.pid);
  const lostBefore = lostInBuffers();
  const cpuBefore = running.cpu();
  const flood = flooding(variant, rate, seconds, onFarHost);
  const flooded = await answered(seconds - 0.5, onFarHost);
  const said = await flood.result();
  const cpu = running.cpu() - cpuBefore;
  const after = await running.ask("state");
  const resident = residentBytes(running.pid) - residentBefore;
  const lost = lostInBuffers() - lostBefore;
  running.kill();
  const bare = await measureSink(variant, rate, Math.min(seconds, MOST_SINK_SECONDS), onFarHost);
  const growth = Math.max(after.most, after.heap) - before.heap;
  const own = { lost: lost / said.sent, share: cpu / said.seconds };
  return { what, said, own, bare, growth, resident, known: after.known, calm, flooded };
}

function flooding(variant, rate, seconds, onFarHost) {
  const { command } = load("mdns-say", far.name, variant, 0, rate, rate * seconds);
  return new Running([...onFarHost, ...command], { seconds: seconds * 3 + 10 });
}

/** What a program that only takes what comes makes of the same flood. */
async function measureSink(variant, rate, seconds, onFarHost) {
  const running = new Running([process.execPath, "--expose-gc", sink, "sink"], {
    seconds: seconds * 3 + 20,
    ipc: true,
  });
  await running.line("READY");
  const lostBefore = lostInBuffers();
  const cpuBefore = running.cpu();
  const said = await flooding(variant, rate, seconds, onFarHost).result();
  const cpu = running.cpu() - cpuBefore;
  const lost = lostInBuffers() - lostBefore;
  running.kill();
  return { lost: lost / said.sent, share: cpu / said.seconds };
}

async function answered(seconds, onFarHost) {
  const command = [...onFarHost, process.execPath, asker, far.address, near.address, `${seconds}`];
  return new Running(command, { seconds: seconds + 20 }).result();
}

function both(results, what, figure) {
  return [
    [what, ...results.map(({ own }) => figure(own))],
    [`${what}, a bare node:dgram sink`, ...results.map(({ bare }) => figure(bare))],
  ];
}

function goals({ what, growth, flooded }) {
  const kinds = Object.values(flooded);
  return [
    {
      goal: `${what}: heap growth under 50 MB`,
      met: growth < MOST_GROWTH,
      figure: `${(growth / 1e6).toFixed(1)} MB`,
    },
    {
      goal: `${what}: own answers to at least 95 % of the questions of each kind`,
      met: kinds.every((one) => one.answered >= one.asked * LEAST_ANSWERED),
      figure: kinds.map(share).join("; "),
    },
  ];
}

function share({ asked: count, answered: given }) {
  return `${given} of ${count}, ${percent(given / count)}`;
}
