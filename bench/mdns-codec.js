import { spawnSync } from "node:child_process";
import { zeroconf } from "./contenders/native.js";
import { race, table } from "./harness.js";
import { codecs } from "./mdns-codecs.js";
import { messages } from "./mdns-messages.js";

const PEER = "dns-packet";

/** Reading and writing mDNS messages, beside other libraries: nanoseconds for one message, and how many times the first's. */
export function mdnsCodec(effort) {
  const theirs = runZeroconf(effort);
  const reading = messages.map((message, index) => raced("reads", message, effort, theirs.reads?.[index]));
  const writing = messages.map((message, index) => raced("writes", message, effort, theirs.writes?.[index]));
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
    skipped: theirs.missing ? [theirs.missing] : [],
  };
}

function raced(job, { bytes }, effort, nanoseconds) {
  const contenders = codecs.map((codec) => ({ name: codec.name, run: codec[job](bytes) }));
  const counts = contenders.map(({ run }) => run());
  if (job === "reads" && new Set(counts).size > 1) throw new Error(`of one message they read ${counts}`);
  const results = race(contenders, effort);
  return nanoseconds === undefined ? results : [...results, { name: "python-zeroconf", nanoseconds }];
}

/** What python-zeroconf takes for the same messages, in nanoseconds; or why that is not known. */
function runZeroconf({ rounds, roundMs }) {
  const input = JSON.stringify({
    rounds,
    roundMs,
    messages: messages.map(({ bytes }) => bytes.toString("hex")),
  });
  const { command, missing } = zeroconf("zeroconf-codec");
  if (missing) return { missing };
  const [program, ...words] = command;
  const { status, stdout, stderr } = spawnSync(program, words, { input, encoding: "utf8" });
  return status === 0 ? JSON.parse(stdout) : { missing: `python-zeroconf: ${stderr?.trim()}` };
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
