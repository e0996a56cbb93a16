/**
 * Plays Apple's Bonjour Conformance Test against devices, prints the scorecard, and writes docs/conformance/bonjour.md
 * when every row was tried against every device.
 * Usage: node main.js [earshot|avahi|ciao ...] [--rows B-11,B-12] [--families 4,6] [--quick] [--json] [--at-once N]
 */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CHECKS } from "./checks/groups.js";
import { DEVICES } from "./lab/device.js";
import { ROWS } from "./rows.js";
import { document, printed, scorecard } from "./scorecard.js";

const session = fileURLToPath(new URL("session.js", import.meta.url));
const target = new URL("../../docs/conformance/bonjour.md", import.meta.url);
const SESSION_MS = 500_000;
/** What is only late is tried so often, where the machine held up the tester itself for longer than this. */
const TRIES = 3;
const BUSY_MS = 40;
/** These rows hold for all packets; any check tells about them. */
const MONITORED = ["B-37", "B-38", "B-39", "B-40", "B-41", "B-42", "B-53", "B-54", "B-55"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string" },
    families: { type: "string", default: "4,6" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    "at-once": { type: "string", default: "6" },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(DEVICES);
for (const name of names)
  if (!Object.hasOwn(DEVICES, name))
    throw new Error(`no device "${name}": ${Object.keys(DEVICES).join(", ")}`);
const rows = values.rows?.split(",") ?? Object.keys(ROWS);
const families = values.families.split(",").map(Number);

const sessions = chosenChecks().flatMap((check) =>
  names.flatMap((device) =>
    DEVICES[device].families
      .filter((family) => families.includes(family))
      .map((family) => ({ device, family, ...check, isQuick: values.quick })),
  ),
);
const findings = await runAll(sessions, Number(values["at-once"]));
const devices = names.map((name) => {
  const own = findings.filter(({ device }) => device === name);
  const cards = scorecard(own).filter(({ row }) => rows.includes(row));
  return {
    name,
    title: DEVICES[name].title,
    version: DEVICES[name].version(),
    families: DEVICES[name].families,
    cards,
  };
});
console.log(values.json ? JSON.stringify(devices) : printed(devices));
const isWhole = !values.quick && values.rows === undefined && names.length === Object.keys(DEVICES).length;
if (isWhole && families.length === 2) {
  mkdirSync(new URL(".", target), { recursive: true });
  writeFileSync(target, document(devices));
}
process.exitCode = devices.some(({ name, cards }) => name === "earshot" && cards.some(isBad)) ? 1 : 0;

function isBad({ verdict }) {
  return verdict !== "pass";
}

function chosenChecks() {
  const isWanted = (row) => rows.includes(row);
  if (rows.some((row) => MONITORED.includes(row))) return CHECKS;
  return CHECKS.filter((check) => check.rows.some(isWanted));
}

/** Runs the sessions, so many at once; those that take longest stand first. */
async function runAll(waiting, atOnce) {
  const found = [];
  const queue = [...waiting];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) found.push(...(await tryOften(next)));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
}

/**
 * A warning from a machine so busy that the tester itself was held up is looked at again: the device was, too. So is a check
 * that broke down, which says nothing about the device.
 */
async function tryOften(order) {
  for (let tries = 1; ; tries++) {
    const { findings, heldUpMs, isBroken } = await run(order);
    const isDoubtful = isBroken || (findings.some(isWarning) && heldUpMs > BUSY_MS);
    if (!isDoubtful || tries === TRIES)
      return findings.map((finding) => ({ ...finding, device: order.device, family: order.family }));
  }
}

function isWarning({ verdict }) {
  return verdict === "warn";
}

/** One session in a namespace of its own. What breaks down is a failure of every row that it is for. */
function run(order) {
  const { device, family, group, check } = order;
  const apart = process.getuid?.() === 0 ? ["--net"] : ["--map-root-user", "--net", "--mount"];
  const words = [...apart, process.execPath, session, JSON.stringify(order)];
  return new Promise((resolve) => {
    const started = Date.now();
    execFile("unshare", words, { timeout: SESSION_MS, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      const line = stdout.split("\n").find((each) => each.startsWith("{"));
      const took = ((Date.now() - started) / 1000).toFixed(0);
      console.error(`${device} IPv${family} ${group} ${check}: ${line ? "done" : "broke down"} in ${took} s`);
      if (stderr) console.error(stderr);
      const said = `the check broke down: ${error?.message.split("\n")[0]}`;
      const findings = order.rows.map((row) => ({ row, verdict: "fail", said }));
      resolve(line ? JSON.parse(line) : { findings, heldUpMs: 0, isBroken: true });
    });
  });
}
