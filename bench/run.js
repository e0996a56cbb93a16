/**
 * Benchmarks beside other libraries. Usage: npm run bench [-- --short] [-- --write]
 * `--short` only shows that they run; `--write` keeps what was measured in results.md.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { machine } from "./harness.js";
import { ssdpCodec } from "./ssdp-codec.js";

const { values } = parseArgs({ options: { short: { type: "boolean" }, write: { type: "boolean" } } });
const effort = values.short ? { rounds: 3, roundMs: 5 } : { rounds: 15, roundMs: 60 };

const sections = [ssdpCodec]
  .map((bench) => bench(effort))
  .map(({ title, text }) => `## ${title}\n\n${text}\n`);
const note = `Medians of ${effort.rounds} rounds, taken in turn. Compare ratios, not figures. ${machine()}.`;
const report = `# Benchmarks\n\n${note}\n\n${sections.join("\n")}`;

console.log(report);
if (values.write) writeFileSync(new URL("results.md", import.meta.url), report);
