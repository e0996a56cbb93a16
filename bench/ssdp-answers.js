import { fileURLToPath } from "node:url";
import { startMinissdpd } from "./contenders/minissdpd.js";
import { gssdp, installed, libupnp, load } from "./contenders/native.js";
import { number, percent, table, times } from "./harness.js";
import { near } from "./lab/network.js";
import { Running } from "./lab/running.js";
import { inTurns } from "./lab/turns.js";

const TYPE = "urn:schemas-upnp-org:device:LabDevice:1";
const LOCATION = `http://${near.address}:8080/device.xml`;
const child = fileURLToPath(new URL("children/answer.js", import.meta.url));
/** Everything ends within this time. */
const SECONDS = 60;

const ATONCE = { outstanding: 64, perMs: 0 };
/** For who waits at random up to MX before each answer: so many under way that it is never without work. */
const WAITING = { outstanding: 4000, perMs: 8 };

/** Searches sent to one host alone, and answered: how many a second, and what each answer costs. */
export async function ssdpAnswers(effort, { onFarHost }) {
  const { results, skipped } = await inTurns(contenders(), effort.netRounds, (one) =>
    measure(one, effort, onFarHost),
  );
  return {
    title: "Answering a search, by unicast",
    how:
      "A generator in C on the other host keeps 64 searches under way (4,000 for GSSDP, which waits up to MX before each " +
      "answer, and cannot be compared by its rate); limits are off; processor time is that of the whole process.",
    text: tableOf(results),
    goals: goals(results),
    skipped,
  };
}

function contenders() {
  const minissdpd = installed("minissdpd");
  const ownDevice = libupnp("libupnp-device", near.name, 1800);
  return [
    ...["echo", "earshot", "node-ssdp", "peer-ssdp", "@achingbrain/ssdp"].map((name) => ({
      name: name === "echo" ? "bare node:dgram echo" : name,
      start: () => ready([process.execPath, child, name, TYPE, LOCATION]),
      isEcho: name === "echo",
      isOurs: name === "earshot",
      pace: ATONCE,
    })),
    {
      name: "minissdpd",
      ...minissdpd,
      start: () =>
        startMinissdpd(near.name, SECONDS, { target: TYPE, usn: `uuid:1::${TYPE}`, location: LOCATION }),
      pace: ATONCE,
    },
    { name: "libupnp", ...ownDevice, start: () => ready(ownDevice.command), pace: ATONCE },
    ...[gssdp("gssdp-device", near.name, TYPE, LOCATION)].map((device) => ({
      name: "gssdp",
      ...device,
      start: () => ready(device.command),
      pace: WAITING,
    })),
  ];
}

async function ready(command) {
  const running = new Running(command, { seconds: SECONDS });
  await running.line("READY");
  return running;
}

async function measure({ name, start, isEcho, pace }, { warmUpSeconds, loadSeconds }, onFarHost) {
  const running = await start();
  try {
    await ask(pace, warmUpSeconds, onFarHost);
    const before = running.cpu();
    const said = await ask(pace, loadSeconds, onFarHost);
    const cpu = running.cpu() - before;
    const count = isEcho ? said.echoed : said.answered;
    if (count === 0 || said.wrong > 0 || count < (said.answered + said.echoed) * 0.99)
      throw new Error(`${name} does not answer as it should: ${JSON.stringify(said)}`);
    return {
      perSecond: count / said.seconds,
      micros: (cpu * 1e6) / count,
      share: cpu / said.seconds,
      lost: said.lost / said.asked,
      generator: said.cpu / said.seconds,
    };
  } finally {
    running.kill();
  }
}

async function ask({ outstanding, perMs }, seconds, onFarHost) {
  const { command } = load("ask", near.address, TYPE, outstanding, seconds, perMs);
  return new Running([...onFarHost, ...command], { seconds: seconds + 10 }).result();
}

function tableOf(results) {
  const [echo] = results;
  const head = [
    "",
    "answers/s",
    "to echo's",
    "CPU µs each",
    "to echo's",
    "CPU of a core",
    "lost",
    "generator's CPU",
  ];
  const rows = results.map((one) => [
    one.name,
    number(one.perSecond),
    times(one.perSecond / echo.perSecond),
    one.micros.toFixed(1),
    times(one.micros / echo.micros),
    percent(one.share),
    percent(one.lost),
    percent(one.generator),
  ]);
  return table([head, ...rows]);
}

function goals(results) {
  const [echo, earshot, ...peers] = results;
  const ratio = earshot.perSecond / echo.perSecond;
  const ahead = peers.filter(({ name, perSecond }) => name !== "minissdpd" && perSecond >= earshot.perSecond);
  return [
    {
      goal: "at least 85 % of a bare echo's answers",
      met: ratio >= 0.85,
      figure: `${percent(ratio)}; by processor time ${percent(echo.micros / earshot.micros)}`,
    },
    {
      goal: "ahead of every npm peer, libupnp and GSSDP",
      met: ahead.length === 0,
      figure: ahead.length === 0 ? "ahead" : `behind ${ahead.map(({ name }) => name).join(", ")}`,
    },
  ];
}
