import { fileURLToPath } from "node:url";
import { number, table } from "./harness.js";
import { Running } from "./lab/running.js";

const child = fileURLToPath(new URL("children/find-simulated.js", import.meta.url));
const MOST_SECONDS = 200;

/** Many devices found on the simulated LAN, in virtual time. */
export async function ssdpSimulated({ simulatedDevices }) {
  const results = [];
  for (const answers of ["spread", "burst"]) results.push(await measure(simulatedDevices, answers));
  const head = [
    "answers",
    "found",
    "the last after, ms",
    "datagrams",
    "seconds",
    "CPU s",
    "heap, MB",
    "resident, MB",
  ];
  const rows = results.map(({ answers, found, virtualMs, delivered, seconds, cpu, heap, resident }) => [
    answers === "spread" ? "within MX" : "all at once",
    number(found),
    number(virtualMs),
    number(delivered),
    seconds.toFixed(1),
    cpu.toFixed(1),
    (heap / 1e6).toFixed(0),
    (resident / 1e6).toFixed(0),
  ]);
  return {
    title: `Finding ${number(simulatedDevices)} devices on the simulated LAN`,
    how:
      "Five seconds of virtual time. Each device has an address of both families and announces three services; it answers " +
      "every copy of the search on both. Time and memory are those of the one process that plays everybody. The heap is " +
      "what was added and is kept.",
    text: table([head, ...rows]),
    goals: results.map(({ answers, found }) => ({
      goal: `all found (${answers})`,
      met: found === simulatedDevices,
      figure: number(found),
    })),
  };
}

async function measure(count, answers) {
  const running = new Running([process.execPath, "--expose-gc", child, `${count}`, answers], {
    seconds: MOST_SECONDS,
  });
  return { answers, ...(await running.result()) };
}
