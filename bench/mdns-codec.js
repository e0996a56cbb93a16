import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { race, table } from "./harness.js";
import { codecs } from "./mdns-codecs.js";
import { messages } from "./mdns-messages.js";

const PEER = "dns-packet";
const python = fileURLToPath(new URL("contenders/zeroconf-codec.py", import.meta.url));

/** Reading and writing mDNS messages, beside other libraries: nanoseconds for one message, and how many times the first's. */
export function mdnsCodec(effort) {
  const zeroconf = runZeroconf(effort);
  const reading = messages.map((message, index) => raced("reads", message, effort, zeroconf.reads?.[index]));
  const writing = messages.map((message, index) =>
    raced("writes", message, effort, zeroconf.writes?.[index]),
  );
  const names = reading[0].map(({ name }) => name);
  const head = messages.map(({ name, bytes }) => `${name}, ${bytes.length} B`);
  const rows = (results) => names.map((name, row) => [name, ...results.map((result) => cell(result, row))]);
  return {
    title: "Reading and writing an mDNS message, ns (and times the first's)",
    how:
      "One message again and again. earshot gives names as labels, and knows those again that it has met before; in the " +
      "second row it reads two thousand messages in turn, whose names of hosts and instances are new to it each time, and " +
      "writes messages whose names are made anew from text. dns-packet never compresses what it writes.",
    text: `${table([["reading", ...head], ...rows(reading)])}\n\n${table([["writing", ...head], ...rows(writing)])}`,
    goals: [goal("reads", reading), goal("writes", writing)],
    skipped: zeroconf.missing ? [zeroconf.missing] : [],
  };
}

function raced(job, { bytes }, effort, zeroconf) {
  const contenders = codecs.map((codec) => ({ name: codec.name, run: codec[job](bytes) }));
  const counts = contenders.map(({ run }) => run());
  if (job === "reads" && new Set(counts).size > 1) throw new Error(`of one message they read ${counts}`);
  const results = race(contenders, effort);
  return zeroconf === undefined ? results : [...results, { name: "python-zeroconf", nanoseconds: zeroconf }];
}

/** What python-zeroconf takes for the same messages, in nanoseconds; or why that is not known. */
function runZeroconf({ rounds, roundMs }) {
  const input = JSON.stringify({
    rounds,
    roundMs,
    messages: messages.map(({ bytes }) => bytes.toString("hex")),
  });
  const { status, stdout, stderr } = spawnSync("python3", [python], { input, encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout);
  const why = stderr?.includes("No module named")
    ? "not installed (Debian: python3-zeroconf)"
    : stderr?.trim();
  return { missing: `python-zeroconf: ${why || "no python3"}` };
}

/** How many times faster than the peer, for the message where that is least. */
function goal(job, results) {
  const peer = codecs.findIndex(({ name }) => name === PEER);
  const least = Math.min(...results.map((result) => result[peer].nanoseconds / result[0].nanoseconds));
  return {
    goal: `earshot ${job} at least 3 times faster than ${PEER}`,
    met: least >= 3,
    figure: `${least.toFixed(2)} times`,
  };
}

function cell(result, row) {
  const { nanoseconds } = result[row];
  return `${Math.round(nanoseconds)} (${(nanoseconds / result[0].nanoseconds).toFixed(2)})`;
}
