/**
 * One group of checks against one device, in the network namespace that this process was started in.
 * Usage: node session.js '{"device":"earshot","family":4,"group":"probing","check":"wins","isQuick":false}'
 * It prints a line of JSON: the findings, and how long the machine held this process up at most, in ms.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { GROUPS } from "./checks/groups.js";
import { monitor } from "./checks/monitors.js";
import { Lab } from "./lab/lab.js";

/** How often is asked, and how long is listened. */
const EFFORTS = {
  whole: { simple: 20, shared: 120, several: 60, aloneMs: 180_000 },
  quick: { simple: 10, shared: 36, several: 20, aloneMs: 40_000 },
};

const { device, family, group, check, isQuick } = JSON.parse(process.argv[2]);
const lab = await Lab.open(device, family);
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
lab.effort = EFFORTS[isQuick ? "quick" : "whole"];
try {
  await GROUPS[group][check](lab);
  await lab.timeline.mark();
  monitor(lab, group);
} finally {
  await lab.close();
}
console.log(JSON.stringify({ findings: lab.findings, heldUpMs: delay.max / 1e6 }));
process.exit();
