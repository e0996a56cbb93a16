import { fileURLToPath } from "node:url";
import { number, table } from "./harness.js";
import { Running } from "./lab/running.js";

const HOURS = 25;
const child = fileURLToPath(new URL("children/idle-simulated.js", import.meta.url));
const MOST_SECONDS = 60;

const contenders = {
  services: "a browser of the services, resolved and kept fresh",
  names: "a browser of their names",
  nothing: "no browser",
};

/** What goes over a network on which nothing happens: one host announces a service, another browses for its type. */
export async function mdnsIdle() {
  const results = [];
  for (const what of Object.keys(contenders)) results.push({ what, ...(await measure(what)) });
  const head = ["", "packets in the first hour", "packets an hour then", "bytes", "questions", "answers"];
  const rows = results.map(({ what, first, then }) => [
    contenders[what],
    number(first.packets),
    ...[then.packets, then.bytes, then.queries, then.responses].map((value) => value.toFixed(1)),
  ]);
  return {
    title: "Idle: a browser and a service on the simulated LAN",
    how:
      "Two hosts with an address of either family, so that everything is said twice; bytes are those of the messages. In the " +
      `first hour the service is probed for, announced, found. Then, in the mean of ${HOURS - 1} hours: who browses asks once an ` +
      "hour, and for what is about to expire (RFC 6762 section 5.2), which is answered; SRV and A live for two minutes.",
    text: table([head, ...rows]),
    goals: results.map(({ what, then }) => ({
      goal: `${contenders[what]}: no packets after the first hour`,
      met: then.packets === 0,
      figure: `${then.packets.toFixed(1)} packets an hour, ${then.bytes.toFixed(0)} bytes`,
    })),
  };
}

async function measure(what) {
  const command = [process.execPath, child, what, `${HOURS}`];
  const { hours } = await new Running(command, { seconds: MOST_SECONDS }).result();
  const [first, ...others] = hours;
  const mean = (of) => others.reduce((sum, hour) => sum + of(hour), 0) / others.length;
  const then = {
    packets: mean(({ packets }) => packets),
    bytes: mean(({ bytes }) => bytes),
    queries: mean(({ queries }) => queries),
    responses: mean(({ responses }) => responses),
  };
  return { first, then };
}
