import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startMinissdpd } from "./contenders/minissdpd.js";
import { installed, libupnp, load } from "./contenders/native.js";
import { number, percent, table, times } from "./harness.js";
import { far, lostInBuffers, near } from "./lab/network.js";
import { Running, residentBytes } from "./lab/running.js";
import { inTurns } from "./lab/turns.js";

const USNS = 10_000;
const PER_SECOND = 10_000;
/** At first, so that nobody loses anything, and how often that is tried. */
const FILL_PER_SECOND = 4000;
const MOST_FILLS = 4;
const MOST_SECONDS = 90;
const child = fileURLToPath(new URL("children/listen.js", import.meta.url));

/** Ten thousand advertisements kept, while each of them is repeated every second. */
export async function ssdpCache(effort, { onFarHost }) {
  const all = contenders();
  const few = all.filter(({ isRepeated }) => isRepeated);
  const { cacheRounds, cacheSeconds } = effort;
  const measured = (variant) => (one) => measure(one, variant, cacheSeconds, onFarHost);
  const same = await inTurns(all, cacheRounds, measured("same"));
  const changing = await inTurns(few, cacheRounds, measured("changing"));
  return {
    title: "Keeping 10,000 advertisements, 10,000 announcements a second",
    how:
      "2,000 addresses announce five USNs each, in turn and at an even pace. When all were heard once, at a slower pace, " +
      `${cacheSeconds} s are measured. Lost: datagrams that found the socket's buffer full. Memory: growth from nothing kept ` +
      "to all kept, per advertisement; of a Node's heap and buffers after collection, and of the whole process.",
    text:
      `Every announcement as its first, byte for byte:\n\n${tableOf(same.results)}\n\n` +
      `Each with a header that changes every time:\n\n${tableOf(changing.results)}`,
    goals: [...goals("same", same.results), ...goals("changing", changing.results)],
    skipped: same.skipped,
  };
}

function contenders() {
  const gssdp = installed("gssdp-discover", "-i", near.name, "-t", "ssdp:all", "-m", "available");
  const controlPoint = libupnp("libupnp-control-point", near.name, "ssdp:all");
  const nodes = [
    { id: "sink", name: "bare node:dgram sink", isRepeated: true },
    { id: "earshot", name: "earshot, every one kept", isRepeated: true, isOurs: true },
    { id: "node-ssdp", name: "node-ssdp, nothing kept" },
    { id: "peer-ssdp", name: "peer-ssdp, nothing kept" },
  ];
  return [
    ...nodes.map((one) => ({ ...one, start: () => startChild(one.id) })),
    {
      name: "minissdpd",
      ...installed("minissdpd"),
      start: () => startMinissdpd(near.name, MOST_SECONDS),
    },
    { name: "libupnp", ...controlPoint, start: () => startNative(controlPoint.command, "READY") },
    { name: "gssdp-discover", ...gssdp, start: () => startNative(gssdp.command, "Showing") },
  ];
}

async function startChild(id) {
  const command = [process.execPath, "--expose-gc", child, id, `${USNS * 2}`];
  const running = new Running(command, { seconds: MOST_SECONDS, ipc: true });
  await running.line("READY");
  return running;
}

async function startNative(command, firstLine) {
  const running = new Running(command, { seconds: MOST_SECONDS });
  await running.line(firstLine);
  return running;
}

async function measure({ id, start }, variant, seconds, onFarHost) {
  const running = await start();
  try {
    const empty = await state(running, id);
    const full = await fill(running, id, variant, onFarHost);
    const lostBefore = lostInBuffers();
    const cpuBefore = running.cpu();
    const sender = await say(variant, PER_SECOND, seconds, onFarHost);
    const cpu = running.cpu() - cpuBefore;
    const lost = lostInBuffers() - lostBefore;
    const end = await state(running, id);
    const heard = end.heard - full.heard;
    if (id && heard + lost < sender.sent)
      throw new Error(`${id} heard ${heard} of ${sender.sent}, ${lost} lost`);
    return {
      share: cpu / sender.seconds,
      lost: lost / sender.sent,
      kept: end.kept ?? Number.NaN,
      heap: (full.heap - empty.heap) / USNS,
      resident: (full.resident - empty.resident) / USNS,
      late: sender.late / sender.seconds,
    };
  } finally {
    running.kill();
  }
}

/** Announces everything once, slowly; again to who lost some of it. */
async function fill(running, id, variant, onFarHost) {
  for (let tries = 1; ; tries++) {
    await say(variant, FILL_PER_SECOND, USNS / FILL_PER_SECOND, onFarHost);
    const full = await state(running, id);
    if (full.kept === undefined || full.kept === USNS) return full;
    if (tries === MOST_FILLS) throw new Error(`${id} keeps ${full.kept} of ${USNS}`);
  }
}

/** Announces for some seconds, and gives who heard it a moment to catch up. */
async function say(variant, rate, seconds, onFarHost) {
  const { command } = load("say", far.name, variant, USNS, rate, rate * seconds);
  const said = await new Running([...onFarHost, ...command], { seconds: seconds * 3 + 5 }).result();
  await wait(200);
  return said;
}

async function state(running, id) {
  if (id) return running.ask("state");
  return { heap: Number.NaN, resident: residentBytes(running.pid) };
}

function tableOf(results) {
  const [sink] = results;
  const head = [
    "",
    "CPU of a core",
    "to the sink's",
    "lost",
    "kept",
    "heap, B each",
    "resident, B each",
    "sender late",
  ];
  const rows = results.map((one) => [
    one.name,
    percent(one.share),
    times(one.share / sink.share),
    percent(one.lost),
    known(one.kept),
    one.id === "earshot" ? known(one.heap) : "",
    one.id === undefined || one.id === "earshot" ? known(one.resident) : "",
    percent(one.late),
  ]);
  return table([head, ...rows]);
}

function known(value) {
  return Number.isFinite(value) ? number(value) : "";
}

function goals(variant, results) {
  const [sink, earshot] = results;
  const ratio = earshot.share / sink.share;
  const mostLost = Math.max(...earshot.samples.map(({ lost }) => lost));
  const leastKept = Math.min(...earshot.samples.map(({ kept }) => kept));
  return [
    {
      goal: `${variant}: none lost and all kept, in every round`,
      met: mostLost === 0 && leastKept === USNS,
      figure: `${percent(mostLost)} lost, ${leastKept} kept`,
    },
    { goal: `${variant}: at most twice the sink's processor time`, met: ratio <= 2, figure: times(ratio) },
    {
      goal: `${variant}: at most 1.5 KB of heap for each`,
      met: earshot.heap <= 1536,
      figure: `${number(earshot.heap)} B`,
    },
  ];
}
