/** Every datagram on the group, and what it breaks of the standard. Usage: node dist/monitor.js [SECONDS] */
import { Earshot } from "earshot";

const seconds = Number(process.argv[2] ?? 10);

await using earshot = new Earshot();
const monitor = earshot.monitor({ signal: AbortSignal.timeout(seconds * 1000) });
for await (const { direction, from, message, violations } of monitor) {
  console.log(direction, from.address, message.kind);
  for (const { code, detail = "", says } of violations) console.log("  !", code, detail, says);
}
if (monitor.lost > 0) console.log(monitor.lost, "datagrams came too fast");
