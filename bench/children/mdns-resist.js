// Browses and announces with the limits as they are, for ../mdns-flood.js: node --expose-gc mdns-resist.js. It prints READY; to
// every message it answers with { heap, heard, known, most }, the heap in bytes after a collection. Meanwhile it takes the heap
// every two seconds, and answers with the most of it as well.
import { Earshot } from "earshot";

const earshot = new Earshot({ protocols: ["dns-sd"] });
const browser = earshot.browse("_bench._tcp");
await browser.ready;
await earshot.advertise({ type: "_bench._tcp", name: "own", port: 8080 });
let most = 0;

setInterval(collected, 2000);
process.on("message", () => {
  const heap = collected();
  const { heard, known } = earshot.stats.mdns;
  process.send({ heap, most, heard, known, services: browser.services.size });
});
process.once("disconnect", () => process.exit());
console.log("READY");

function collected() {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  most = Math.max(most, heapUsed + external);
  return heapUsed + external;
}
