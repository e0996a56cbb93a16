import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { load } from "./contenders/native.js";
import { number, percent, table } from "./harness.js";
import { far, lostInBuffers, near } from "./lab/network.js";
import { Running, residentBytes } from "./lab/running.js";

const TYPE = "urn:schemas-upnp-org:device:LabDevice:1";
const PER_SECOND = 50_000;
const MOST_SINK_SECONDS = 10;
const MOST_GROWTH = 50e6;
const child = fileURLToPath(new URL("children/resist.js", import.meta.url));
const sink = fileURLToPath(new URL("children/listen.js", import.meta.url));
const searcher = fileURLToPath(new URL("children/search-often.js", import.meta.url));

/** T-31: a flood of announcements of devices that are none, while others search as ever. Limits are the default ones. */
export async function ssdpFlood({ floodSeconds }, { onFarHost }) {
  const seconds = floodSeconds * 3 + 30;
  const location = `http://${near.address}:8080/device.xml`;
  const running = new Running([process.execPath, "--expose-gc", child, TYPE, location], {
    seconds,
    ipc: true,
  });
  await running.line("READY");
  await wait(1000); // The first announcements are over.
  const calm = await searched(2, onFarHost);
  const before = await running.ask("state");
  const residentBefore = residentBytes(running.pid);
  const lostBefore = lostInBuffers();
  const cpuBefore = running.cpu();
  const flood = flooding(floodSeconds, onFarHost);
  const flooded = await searched(floodSeconds - 0.5, onFarHost);
  const said = await flood.result();
  const cpu = running.cpu() - cpuBefore;
  const after = await running.ask("state");
  const resident = residentBytes(running.pid) - residentBefore;
  const lost = lostInBuffers() - lostBefore;
  running.kill();
  const bare = await measureSink(Math.min(floodSeconds, MOST_SINK_SECONDS), onFarHost);
  const growth = Math.max(after.most, after.heap) - before.heap;
  return {
    title: "Under a flood: 50,000 hostile announcements a second",
    how:
      `${floodSeconds} s of announcements, no two alike, each from the next of eight million addresses, to one browser and one ` +
      "advertisement with default limits. Meanwhile a search every 100 ms by unicast and one by multicast, each from one of 32 " +
      "addresses. Answered: within 1 s. The heap is taken after collection, at its highest. Beside it, a program that only " +
      "counts the same flood.",
    text: table([
      ["", "before", "during", "a bare node:dgram sink"],
      ["announcements/s", "0", number(said.sent / said.seconds), number(bare.perSecond)],
      ["lost in the socket's buffer", "", percent(lost / said.sent), percent(bare.lost)],
      ["CPU of a core", "", percent(cpu / said.seconds), percent(bare.share)],
      ["heap growth, MB", "", (growth / 1e6).toFixed(1), ""],
      ["resident growth, MB", "", (resident / 1e6).toFixed(1), ""],
      ["advertisements kept", number(before.known), number(after.known), ""],
      ["searches by unicast answered", share(calm.unicast), share(flooded.unicast), ""],
      ["searches by multicast answered", share(calm.multicast), share(flooded.multicast), ""],
    ]),
    goals: [
      {
        goal: "heap growth under 50 MB",
        met: growth < MOST_GROWTH,
        figure: `${(growth / 1e6).toFixed(1)} MB`,
      },
      {
        goal: "own answers still given: at least nine in ten of both kinds",
        met: [flooded.unicast, flooded.multicast].every(({ asked, answered }) => answered >= asked * 0.9),
        figure: `${share(flooded.unicast)} and ${share(flooded.multicast)}`,
      },
    ],
  };
}

function flooding(seconds, onFarHost) {
  const { command } = load("say", far.name, "hostile", 0, PER_SECOND, PER_SECOND * seconds);
  return new Running([...onFarHost, ...command], { seconds: seconds * 3 + 10 });
}

/** What a program that only takes what comes makes of the same flood. */
async function measureSink(seconds, onFarHost) {
  const running = new Running([process.execPath, "--expose-gc", sink, "sink"], {
    seconds: seconds * 3 + 20,
    ipc: true,
  });
  await running.line("READY");
  const lostBefore = lostInBuffers();
  const cpuBefore = running.cpu();
  const said = await flooding(seconds, onFarHost).result();
  const cpu = running.cpu() - cpuBefore;
  const lost = lostInBuffers() - lostBefore;
  running.kill();
  return { perSecond: said.sent / said.seconds, lost: lost / said.sent, share: cpu / said.seconds };
}

async function searched(seconds, onFarHost) {
  const words = [far.address, TYPE, near.address, `${seconds}`];
  const command = [...onFarHost, process.execPath, searcher, ...words];
  return new Running(command, { seconds: seconds + 20 }).result();
}

function share({ asked, answered }) {
  return `${answered} of ${asked}, ${percent(answered / asked)}`;
}
