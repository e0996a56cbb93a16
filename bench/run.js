/**
 * Benchmarks beside other libraries. Usage: npm run bench [-- [--short] [--write] [NAME...]]
 * NAME is one of those below; all by default. `--short` only shows that they run; `--write` keeps what was measured in
 * results.md, which is for a run of all.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { load } from "./contenders/native.js";
import { machine } from "./harness.js";
import { isInside, layLink, runInside } from "./lab/network.js";
import { killAll } from "./lab/running.js";
import { mdnsAnswers } from "./mdns-answers.js";
import { mdnsCache } from "./mdns-cache.js";
import { mdnsCodec } from "./mdns-codec.js";
import { mdnsFlood } from "./mdns-flood.js";
import { mdnsFound } from "./mdns-found.js";
import { mdnsIdle } from "./mdns-idle.js";
import { ssdpAnswers } from "./ssdp-answers.js";
import { ssdpCache } from "./ssdp-cache.js";
import { ssdpCodec } from "./ssdp-codec.js";
import { ssdpFlood } from "./ssdp-flood.js";
import { ssdpFound } from "./ssdp-found.js";
import { ssdpSimulated } from "./ssdp-simulated.js";
import { startup } from "./startup.js";

const benches = {
  "ssdp-codec": { run: ssdpCodec },
  "mdns-codec": { run: mdnsCodec },
  "ssdp-answers": { run: ssdpAnswers, needsLink: true },
  "ssdp-found": { run: ssdpFound, needsLink: true },
  "ssdp-simulated": { run: ssdpSimulated },
  "ssdp-cache": { run: ssdpCache, needsLink: true },
  "ssdp-flood": { run: ssdpFlood, needsLink: true },
  "mdns-answers": { run: mdnsAnswers, needsLink: true },
  "mdns-found": { run: mdnsFound, needsLink: true },
  "mdns-cache": { run: mdnsCache, needsLink: true },
  "mdns-flood": { run: mdnsFlood, needsLink: true },
  "mdns-idle": { run: mdnsIdle },
  startup: { run: startup, needsLink: true },
};

const efforts = {
  short: {
    rounds: 3,
    roundMs: 5,
    netRounds: 1,
    warmUpSeconds: 0.3,
    loadSeconds: 0.7,
    cacheRounds: 1,
    cacheSeconds: 3,
    withPeers: false,
    floodSeconds: 5,
    simulatedDevices: 2000,
    startRounds: 5,
  },
  long: {
    rounds: 15,
    roundMs: 60,
    netRounds: 5,
    warmUpSeconds: 1,
    loadSeconds: 3,
    cacheRounds: 3,
    cacheSeconds: 10,
    withPeers: true,
    floodSeconds: 60,
    simulatedDevices: 10_000,
    startRounds: 25,
  },
};

const { values, positionals } = parseArgs({
  options: { short: { type: "boolean" }, write: { type: "boolean" } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(benches);
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`bench: no ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}
const effort = values.short ? efforts.short : efforts.long;
const needsLink = names.some((name) => benches[name].needsLink);

const inside = needsLink && !isInside ? runInside() : {};
if (inside.code === undefined) await main(inside.missing);
else process.exitCode = inside.code;

async function main(networkMissing) {
  const missing = networkMissing ?? load("ask").missing;
  const link = needsLink && !missing ? await layLink() : undefined;
  const sections = [];
  for (const name of names) {
    console.error(`bench: ${name} ...`);
    sections.push(benches[name].needsLink && missing ? skipped(name, missing) : await sectionOf(name, link));
  }
  link?.close();
  const note = `Medians of several rounds, taken in turn. Compare ratios, not figures. ${machine()}.`;
  const report = `# Benchmarks\n\n${note}\n\n${sections.join("\n")}`;
  console.log(report);
  if (values.write) writeFileSync(new URL("results.md", import.meta.url), report);
}

/** A bench that fails does not keep the others from running, but this program from ending well. */
async function sectionOf(name, link) {
  try {
    return section(await benches[name].run(effort, link));
  } catch (error) {
    killAll();
    console.error(error);
    process.exitCode = 1;
    return `## ${name}\n\nFailed: ${error.message}\n`;
  }
}

function section({ title, how, text, goals = [], skipped: left = [] }) {
  const met = goals.map((one) => `- ${one.met ? "met" : "NOT met"}: ${one.goal} (${one.figure})`);
  const parts = [
    `## ${title}`,
    how,
    text,
    met.length > 0 ? `Goals:\n\n${met.join("\n")}` : undefined,
    left.length > 0 ? `Skipped: ${left.join("; ")}.` : undefined,
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function skipped(name, why) {
  return `## ${name}\n\nSkipped: ${why}.\n`;
}
