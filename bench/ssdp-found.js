import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { installed, libupnp, load } from "./contenders/native.js";
import { percent, table } from "./harness.js";
import { far, lostInBuffers, near } from "./lab/network.js";
import { Running } from "./lab/running.js";
import { inTurns } from "./lab/turns.js";

const DEVICES = 1000;
/** How long after the end of MX answers are waited for, and how long in all when they come at once. */
const MARGIN_MS = 1000;
const BURST_MS = 2500;
/** Everything ends within this time. */
const MOST_SECONDS = 40;
/** Sends each search once, as those do that answer in the same number of packets. */
const ONE_COPY = "earshot, one copy";
const child = fileURLToPath(new URL("children/find.js", import.meta.url));
const describe = fileURLToPath(new URL("children/describe.js", import.meta.url));

/** A thousand devices, each at an address of its own, that answer one search: within MX, and all at once. */
export async function ssdpFound(effort, { onFarHost }) {
  const { netRounds } = effort;
  const spread = await inTurns(contenders(), netRounds, (one) => measure(one, "spread", onFarHost));
  const burst = await inTurns(contenders(), netRounds, (one) => measure(one, "burst", onFarHost));
  return {
    title: "Finding 1,000 devices",
    how:
      "1,000 devices on the other host, each at an address of its own, answer every copy of a search for ssdp:all. Times " +
      "are from the moment the first copy arrives. Processor time is that of the whole process from its start until a " +
      "second after MX, or 2.5 s after the search; beside it, what of that came after it was ready to search. Lost: " +
      "datagrams that found its socket's buffer full. @achingbrain/ssdp tells of a device when it has fetched its description.",
    text:
      `Answers at random within MX:\n\n${tableOf(spread.results)}\n\n` +
      `Answers all at once:\n\n${tableOf(burst.results)}`,
    goals: [...goals("spread", spread.results), ...goals("burst", burst.results)],
    skipped: [...new Set([...spread.skipped, ...burst.skipped])],
  };
}

function contenders() {
  const gssdp = installed("gssdp-discover", "-i", near.name, "-t", "ssdp:all", "-m", "available");
  const controlPoint = libupnp("libupnp-control-point", near.name, "ssdp:all");
  return [
    { name: "earshot", mx: 2, isOurs: true },
    { name: ONE_COPY, mx: 2, isOurs: true },
    { name: "node-ssdp", mx: 3 },
    { name: "peer-ssdp", mx: 2 },
    { name: "@achingbrain/ssdp", mx: 1, fetches: true },
    { name: "gssdp-discover", ...gssdp, usn: /^ *USN: +(uuid:62656e63-\S+)/ },
    { name: "libupnp", ...controlPoint, usn: /^ANSWER (uuid:62656e63-\S+)/ },
  ];
}

async function measure(contender, mode, onFarHost) {
  const window = (mx) => (mode === "spread" ? mx * 1000 + MARGIN_MS : BURST_MS);
  const seconds = MOST_SECONDS;
  const { command } = load("devices", far.name, DEVICES, mode, seconds);
  const devices = new Running([...onFarHost, ...command], { seconds: seconds + 1 });
  const server = contender.fetches
    ? new Running([...onFarHost, process.execPath, describe], { seconds: seconds + 1 })
    : undefined;
  await Promise.all([devices.line("READY"), server?.line("READY")]);
  const lostBefore = lostInBuffers();
  const search = contender.command ? searchNative : searchChild;
  const { times, cpu, readyCpu } = await search(contender, devices, window);
  const lost = lostInBuffers() - lostBefore;
  devices.endInput();
  server?.endInput();
  const { sent } = await devices.result();
  const start = (await asked(devices)).at;
  const after = times.map((time) => time - start).sort((a, b) => a - b);
  const at = (share) => after[Math.ceil(DEVICES * share) - 1] ?? Number.POSITIVE_INFINITY;
  return { found: after.length, sent, lost, half: at(0.5), most: at(0.95), all: at(1), cpu, readyCpu };
}

async function searchChild({ name, mx }, devices, window) {
  const running = new Running([process.execPath, child, name], { seconds: MOST_SECONDS, ipc: true });
  await running.line("READY");
  const readyCpu = running.cpu();
  const { found } = await running.ask({ ms: window(mx) });
  if (mx !== (await asked(devices)).mx) throw new Error(`${name} does not search with MX ${mx}`);
  const cpu = running.cpu();
  await running.stop();
  return { times: found, cpu, readyCpu };
}

/** It searches as soon as it can; its lines are read as they come. */
async function searchNative({ command, usn }, devices, window) {
  const running = new Running(command, { seconds: MOST_SECONDS });
  const { mx } = await asked(devices);
  const readyCpu = running.cpu();
  await wait(window(mx));
  const cpu = running.cpu();
  await running.stop();
  const found = new Map();
  for (const { line, at } of running.lines) {
    const [, one] = usn.exec(line) ?? [];
    if (one && !found.has(one)) found.set(one, at);
  }
  return { times: [...found.values()], cpu, readyCpu };
}

/** When the first search came, in ms of the real-time clock, and its MX. */
async function asked(devices) {
  const [, at, mx] = (await devices.line("ASKED")).line.split(" ");
  return { at: Number(at), mx: Number(mx) };
}

function tableOf(results) {
  const head = [
    "",
    "found",
    "answers sent",
    "lost",
    "50 / 95 / 100 %, ms",
    "CPU s",
    "of it searching",
    "µs an answer",
  ];
  const rows = results.map((one) => [
    one.name,
    `${one.found}`,
    `${one.sent}`,
    `${one.lost} (${percent(one.lost / one.sent)})`,
    [one.half, one.most, one.all].map(milliseconds).join(" / "),
    one.cpu.toFixed(3),
    (one.cpu - one.readyCpu).toFixed(3),
    (((one.cpu - one.readyCpu) * 1e6) / one.sent).toFixed(0),
  ]);
  return table([head, ...rows]);
}

function milliseconds(time) {
  return Number.isFinite(time) ? `${Math.round(time)}` : "-";
}

function goals(mode, results) {
  const earshot = results.find(({ name }) => name === "earshot");
  const peer = results.find(({ name }) => name === "peer-ssdp");
  const leastFound = Math.min(...earshot.samples.map(({ found }) => found));
  const mostLost = Math.max(...earshot.samples.map(({ lost }) => lost));
  const oneCopy = results.find(({ name }) => name === ONE_COPY);
  const cpuGoal = {
    goal: `${mode}: no more processor time than peer-ssdp`,
    met: earshot.cpu <= peer?.cpu,
    figure:
      `${earshot.cpu.toFixed(3)} s for ${earshot.sent} answers, ${oneCopy.cpu.toFixed(3)} s for ${oneCopy.sent}; ` +
      `peer-ssdp ${peer?.cpu.toFixed(3)} s for ${peer?.sent}, of which it finds ${peer?.found}`,
  };
  return [
    {
      goal: `${mode}: all found, none lost, in every round`,
      met: leastFound === DEVICES && mostLost === 0,
      figure: `${leastFound} found, ${mostLost} lost`,
    },
    cpuGoal,
  ];
}
