// Browses and announces with the limits as they are, for ../ssdp-flood.js: node --expose-gc resist.js TYPE LOCATION. It
// prints READY; to every message it answers with { heap, heard, known }, the heap in bytes after a collection. Meanwhile it
// takes the heap every two seconds, and answers with the most of it as well.
import { Earshot } from "earshot";

const [type, location] = process.argv.slice(2);
const earshot = new Earshot();
const browser = earshot.browse();
await browser.ready;
await earshot.advertise({ type, location });
let most = 0;

setInterval(collected, 2000);
process.on("message", () => {
  const heap = collected();
  const { heard, known } = earshot.stats.ssdp;
  process.send({ heap, most, heard, known });
});
process.once("disconnect", () => process.exit());
console.log("READY");

function collected() {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  most = Math.max(most, heapUsed + external);
  return heapUsed + external;
}
