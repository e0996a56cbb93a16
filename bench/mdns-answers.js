import { fileURLToPath } from "node:url";
import { avahi, startAvahi } from "./contenders/avahi.js";
import { load, zeroconf } from "./contenders/native.js";
import { number, percent, table, times } from "./harness.js";
import { far, near } from "./lab/network.js";
import { Running } from "./lab/running.js";
import { inTurns } from "./lab/turns.js";

const NAME = "bench._bench._tcp.local";
const OUTSTANDING = 64;
const LEAST_OF_ECHO = 0.8;
const child = fileURLToPath(new URL("children/mdns-answer.js", import.meta.url));
/** Everything ends within this time. */
const SECONDS = 60;

/** Questions of mDNS sent to one host alone, and answered: how many a second, and what each answer costs. */
export async function mdnsAnswers(effort, { onFarHost }) {
  const { results, skipped } = await inTurns(contenders(), effort.netRounds, (one) =>
    measure(one, effort, onFarHost),
  );
  return {
    title: "Answering a question of mDNS, by unicast",
    how:
      "A generator in C on the other host keeps 64 questions for an SRV record under way, from a port of its own, as resolvers " +
      "of old ask (RFC 6762 section 6.7). Limits are off; processor time is that of the whole process. multicast-dns is told by " +
      "its user what to answer: here two records that stand ready. bonjour-service answers everybody, by multicast.",
    text: tableOf(results),
    goals: goals(results),
    skipped,
  };
}

function contenders() {
  const python = zeroconf("zeroconf-answer", near.address);
  const nodes = ["echo", "earshot", "multicast-dns", "@homebridge/ciao", "bonjour-service"];
  return [
    ...nodes.map((name) => ({
      name: name === "echo" ? "bare node:dgram echo" : name,
      start: () => ready([process.execPath, child, name, near.address]),
      isEcho: name === "echo",
      isOurs: name === "earshot",
    })),
    { name: "avahi", ...avahi, start: startAvahiWithService },
    { name: "python-zeroconf", ...python, start: () => ready(python.command) },
  ];
}

async function ready(command) {
  const running = new Running(command, { seconds: SECONDS });
  await running.line("READY");
  return { running, stop: () => running.kill() };
}

async function startAvahiWithService() {
  const service = { name: "bench", type: "_bench._tcp", port: 8080 };
  const { daemon, stop } = await startAvahi(near.name, SECONDS, service);
  return { running: daemon, stop };
}

async function measure({ name, start, isEcho }, { warmUpSeconds, loadSeconds }, onFarHost) {
  const { running, stop } = await start();
  try {
    await ask(warmUpSeconds, onFarHost);
    const before = running.cpu();
    const said = await ask(loadSeconds, onFarHost);
    const cpu = running.cpu() - before;
    const answered = said.answered + said.multicast;
    const count = isEcho ? said.echoed : answered;
    if (said.lost > said.asked / 2 || said.wrong > 0 || count < (answered + said.echoed) * 0.99)
      throw new Error(`${name} does not answer as it should: ${JSON.stringify(said)}`);
    return {
      perSecond: count / said.seconds,
      micros: (cpu * 1e6) / count,
      share: cpu / said.seconds,
      lost: said.lost / said.asked,
      generator: said.cpu / said.seconds,
    };
  } finally {
    stop();
  }
}

async function ask(seconds, onFarHost) {
  const { command } = load("mdns-ask", far.name, far.address, near.address, NAME, OUTSTANDING, seconds);
  return new Running([...onFarHost, ...command], { seconds: seconds + 10 }).result();
}

function tableOf(results) {
  const [echo] = results;
  const head = ["", "answers/s", "to echo's", "CPU µs each", "CPU of a core", "lost", "generator's CPU"];
  const rows = results.map((one) => [
    one.name,
    number(one.perSecond),
    times(one.perSecond / echo.perSecond),
    one.micros.toFixed(1),
    percent(one.share),
    percent(one.lost),
    percent(one.generator),
  ]);
  return table([head, ...rows]);
}

function goals(results) {
  const [echo, earshot, ...peers] = results;
  const ratio = earshot.perSecond / echo.perSecond;
  const ahead = peers.filter(({ perSecond }) => perSecond >= earshot.perSecond);
  return [
    {
      goal: `at least ${LEAST_OF_ECHO * 100} % of a bare echo's answers`,
      met: ratio >= LEAST_OF_ECHO,
      figure: `${percent(ratio)}; by processor time ${percent(echo.micros / earshot.micros)}`,
    },
    {
      goal: "ahead of every peer",
      met: ahead.length === 0,
      figure: ahead.length === 0 ? "ahead" : `behind ${ahead.map(({ name }) => name).join(", ")}`,
    },
  ];
}
