import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { avahi, startAvahi } from "./contenders/avahi.js";
import { load, zeroconf } from "./contenders/native.js";
import { number, percent, table, times } from "./harness.js";
import { far, lostInBuffers, near } from "./lab/network.js";
import { Running, residentBytes } from "./lab/running.js";
import { inTurns } from "./lab/turns.js";

const INSTANCES = 10_000;
const PER_SECOND = 10_000;
/** At first, so that nobody loses anything, and how often that is tried. */
const FILL_PER_SECOND = 2500;
const MOST_FILLS = 4;
const MOST_SECONDS = 90;
const MOST_CPU = 2.5;
const MOST_BYTES = 2048;
const child = fileURLToPath(new URL("children/mdns-listen.js", import.meta.url));

const variants = { pointers: "their PTR records alone", full: "PTR, SRV, TXT and A in each" };

/** Ten thousand services kept, while each of them is announced every second. */
export async function mdnsCache({ cacheRounds, cacheSeconds, withPeers }, { onFarHost }) {
  const measured = {};
  for (const variant of Object.keys(variants)) {
    const all = contenders(variant);
    const chosen = withPeers ? all : all.slice(0, 2);
    measured[variant] = await inTurns(chosen, cacheRounds, (one) =>
      measure(one, variant, cacheSeconds, onFarHost),
    );
  }
  return {
    title: "Keeping 10,000 services, 10,000 announcements of mDNS a second",
    how:
      "2,000 addresses announce five services each, in turn and at an even pace. When all were heard once, at a slower pace, " +
      `${cacheSeconds} s are measured. Lost: datagrams that found the socket's buffer full. Memory: growth from nothing kept ` +
      "to all kept, per service; of a Node's heap and buffers after collection, and of the whole process. Of PTR records alone " +
      "earshot is asked for the names of the instances; of whole announcements for the services, resolved and followed.",
    text: Object.entries(variants)
      .map(([variant, what]) => `Announced: ${what}.\n\n${tableOf(measured[variant].results)}`)
      .join("\n\n"),
    goals: Object.keys(variants).flatMap((variant) => goals(variant, measured[variant].results)),
    skipped: [...new Set(Object.values(measured).flatMap(({ skipped }) => skipped))],
  };
}

function contenders(variant) {
  const python = zeroconf("zeroconf-find", near.address, variant === "full" ? "resolve" : "browse");
  const nodes = [
    { id: "sink", name: "bare node:dgram sink" },
    { id: "earshot", name: "earshot, every one kept", isOurs: true },
    { id: "multicast-dns", name: "multicast-dns, nothing kept" },
    ...(variant === "full" ? [{ id: "bonjour-service", name: "bonjour-service" }] : []),
  ];
  return [
    ...nodes.map((one) => ({ ...one, start: () => startChild(one.id, variant) })),
    { name: "python-zeroconf", ...python, start: () => startPython(python.command) },
    { name: "avahi", ...avahi, start: () => startAvahiBrowser(variant) },
  ];
}

async function startChild(id, variant) {
  const command = [process.execPath, "--expose-gc", child, id, `${INSTANCES * 2}`, variant];
  const running = new Running(command, { seconds: MOST_SECONDS, ipc: true });
  await running.line("READY");
  return { running, stop: () => running.kill() };
}

async function startPython(command) {
  const running = new Running(command, { seconds: MOST_SECONDS });
  await running.line("READY");
  return { running, stop: () => running.kill() };
}

/** What is measured is the daemon. */
async function startAvahiBrowser(variant) {
  const { daemon, environment, stop } = await startAvahi(near.name, MOST_SECONDS);
  const words = ["avahi-browse", "-p", "-k", ...(variant === "full" ? ["-r"] : []), "_bench._tcp"];
  const browse = new Running(["env", ...environment, ...words], { seconds: MOST_SECONDS });
  return {
    running: daemon,
    stop: () => {
      browse.kill();
      stop();
    },
  };
}

async function measure({ id, start }, variant, seconds, onFarHost) {
  const { running, stop } = await start();
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
      heap: (end.heap - empty.heap) / INSTANCES,
      resident: (end.resident - empty.resident) / INSTANCES,
      late: sender.late / sender.seconds,
    };
  } finally {
    stop();
  }
}

/** Announces everything once, slowly; again to who lost some of it. What keeps fewer all the same is measured so. */
async function fill(running, id, variant, onFarHost) {
  for (let tries = 1; ; tries++) {
    await say(variant, FILL_PER_SECOND, INSTANCES / FILL_PER_SECOND, onFarHost);
    const full = await state(running, id);
    if (full.kept === undefined || full.kept === INSTANCES) return full;
    if (id === "earshot" && tries === MOST_FILLS) throw new Error(`${id} keeps ${full.kept} of ${INSTANCES}`);
    if (id !== "earshot") return full;
  }
}

/** Announces for some seconds, and gives who heard it a moment to catch up. */
async function say(variant, rate, seconds, onFarHost) {
  const { command } = load("mdns-say", far.name, variant, INSTANCES, rate, rate * seconds);
  const said = await new Running([...onFarHost, ...command], { seconds: seconds * 3 + 5 }).result();
  await wait(500);
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
    one.id === "earshot" || one.id === "bonjour-service" ? known(one.heap) : "",
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
      met: mostLost === 0 && leastKept === INSTANCES,
      figure: `${percent(mostLost)} lost, ${leastKept} kept`,
    },
    {
      goal: `${variant}: at most ${MOST_CPU} times the sink's processor time`,
      met: ratio <= MOST_CPU,
      figure: times(ratio),
    },
    {
      goal: `${variant}: at most 2 KB of heap for each`,
      met: earshot.heap <= MOST_BYTES,
      figure: `${number(earshot.heap)} B`,
    },
  ];
}
