import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { avahi, startAvahi } from "./contenders/avahi.js";
import { load, zeroconf } from "./contenders/native.js";
import { percent, table } from "./harness.js";
import { far, lostInBuffers, near } from "./lab/network.js";
import { Running } from "./lab/running.js";
import { inTurns } from "./lab/turns.js";

const SERVICES = 1000;
/** How long it is looked for them. */
const WINDOW_MS = 2500;
const MOST_LATE_MS = 15;
/** Everything ends within this time. */
const MOST_SECONDS = 30;
const child = fileURLToPath(new URL("children/mdns-find.js", import.meta.url));

/** A thousand services, each of a host of its own, browsed and resolved: answered within mDNS's window, and all at once. */
export async function mdnsFound({ netRounds }, { onFarHost }) {
  const spread = await inTurns(contenders(), netRounds, (one) => measure(one, "spread", onFarHost));
  const burst = await inTurns(contenders(), netRounds, (one) => measure(one, "burst", onFarHost));
  return {
    title: "Finding 1,000 services by mDNS",
    how:
      "1,000 services on the other host, each at an address of its own, answer a question for their type with PTR, SRV, TXT, A " +
      "and that there is no AAAA in one message each. Times are from the moment the first question arrives; late: of the last one found, after the last " +
      "answer to that question left. multicast-dns does not resolve what it finds. Processor time is that of the whole process, " +
      `and of avahi's daemon, from its start until ${WINDOW_MS / 1000} s after the search began; beside it, what of that came ` +
      "after it was ready to search. Lost: datagrams that found its socket's buffer full.",
    text:
      `Answers at random within 20 to 120 ms:\n\n${tableOf(spread.results)}\n\n` +
      `Answers all at once:\n\n${tableOf(burst.results)}`,
    goals: [...goals("spread", spread.results), ...goals("burst", burst.results)],
    skipped: [...new Set([...spread.skipped, ...burst.skipped])],
  };
}

function contenders() {
  const python = zeroconf("zeroconf-find", near.address, "resolve");
  return [
    ...["earshot", "multicast-dns", "bonjour-service"].map((name) => ({
      name,
      isOurs: name === "earshot",
      search: (crowd) => searchChild(name, crowd),
    })),
    { name: "python-zeroconf", ...python, search: (crowd) => searchPython(python.command, crowd) },
    { name: "avahi", ...avahi, search: searchAvahi },
  ];
}

async function measure({ search }, mode, onFarHost) {
  const { command } = load("mdns-crowd", far.name, SERVICES, mode, MOST_SECONDS);
  const crowd = new Running([...onFarHost, ...command], { seconds: MOST_SECONDS + 1 });
  await crowd.line("READY");
  const lostBefore = lostInBuffers();
  const { times, cpu, readyCpu } = await search(crowd);
  const lost = lostInBuffers() - lostBefore;
  crowd.endInput();
  const { sent, queries, last } = await crowd.result();
  const start = await askedAt(crowd);
  const after = times.map((time) => time - start).sort((a, b) => a - b);
  const at = (share) => after[Math.ceil(SERVICES * share) - 1] ?? Number.POSITIVE_INFINITY;
  return {
    ...{ found: after.length, sent, queries, lost, cpu, readyCpu },
    ...{ half: at(0.5), most: at(0.95), all: at(1), late: at(1) - (last - start) },
  };
}

async function searchChild(name, crowd) {
  const running = new Running([process.execPath, child, name, near.address], {
    seconds: MOST_SECONDS,
    ipc: true,
  });
  await running.line("READY");
  const readyCpu = running.cpu();
  const { found } = await running.ask({ ms: WINDOW_MS });
  await askedAt(crowd);
  const cpu = running.cpu();
  await running.stop();
  return { times: found, cpu, readyCpu };
}

/** It searches as soon as it can; its lines are read as they come. */
async function searchPython(command, crowd) {
  const running = new Running(command, { seconds: MOST_SECONDS });
  await running.line("READY");
  const readyCpu = running.cpu();
  await askedAt(crowd);
  await wait(WINDOW_MS);
  const cpu = running.cpu();
  await running.stop();
  return { times: firstTimes(running, /^FOUND (bench-\w+)/), cpu, readyCpu };
}

async function searchAvahi(crowd) {
  const { daemon, environment, stop } = await startAvahi(near.name, MOST_SECONDS);
  try {
    const before = daemon.cpu();
    const words = ["env", ...environment, "stdbuf", "-oL", "avahi-browse", "-p", "-r", "-k", "_bench._tcp"];
    const browse = new Running(words, { seconds: MOST_SECONDS });
    await askedAt(crowd);
    await wait(WINDOW_MS);
    const cpu = daemon.cpu() + browse.cpu();
    await browse.stop();
    return { times: firstTimes(browse, /^=;[^;]*;[^;]*;(bench-\w+)/), cpu, readyCpu: before };
  } finally {
    stop();
  }
}

/** When each was first told. */
function firstTimes({ lines }, pattern) {
  const found = new Map();
  for (const { line, at } of lines) {
    const [, name] = pattern.exec(line) ?? [];
    if (name && !found.has(name)) found.set(name, at);
  }
  return [...found.values()];
}

/** When the first question for the type came, in ms of the real-time clock. */
async function askedAt(crowd) {
  const { line } = await crowd.line("ASKED");
  return Number(line.split(" ")[1]);
}

function tableOf(results) {
  const head = [
    "",
    "found",
    "answers sent",
    "lost",
    "50 / 95 / 100 %, ms",
    "late, ms",
    "CPU s",
    "of it searching",
  ];
  const rows = results.map((one) => [
    one.name,
    `${one.found}`,
    `${one.sent}`,
    `${one.lost} (${percent(one.lost / one.sent)})`,
    [one.half, one.most, one.all].map(milliseconds).join(" / "),
    milliseconds(one.late),
    one.cpu.toFixed(3),
    (one.cpu - one.readyCpu).toFixed(3),
  ]);
  return table([head, ...rows]);
}

function milliseconds(time) {
  return Number.isFinite(time) ? `${Math.round(time)}` : "-";
}

function goals(mode, results) {
  const earshot = results.find(({ name }) => name === "earshot");
  const peer = results.find(({ name }) => name === "python-zeroconf");
  const leastFound = Math.min(...earshot.samples.map(({ found }) => found));
  const mostLost = Math.max(...earshot.samples.map(({ lost }) => lost));
  const cpuGoal = {
    goal: `${mode}: less processor time than python-zeroconf`,
    met: earshot.cpu < peer?.cpu,
    figure:
      `${earshot.cpu.toFixed(3)} s, ${(earshot.cpu - earshot.readyCpu).toFixed(3)} s of it searching; python-zeroconf ` +
      `${peer?.cpu.toFixed(3)} s, ${(peer?.cpu - peer?.readyCpu).toFixed(3)} s of it searching`,
  };
  return [
    {
      goal: `${mode}: all found, none lost, in every round`,
      met: leastFound === SERVICES && mostLost === 0,
      figure: `${leastFound} found, ${mostLost} lost`,
    },
    {
      goal: `${mode}: the last one within ${MOST_LATE_MS} ms of the last answer`,
      met: earshot.late <= MOST_LATE_MS,
      figure: `${milliseconds(earshot.late)} ms`,
    },
    ...(peer ? [cpuGoal] : []),
  ];
}
