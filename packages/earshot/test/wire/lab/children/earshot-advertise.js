// The library's advertise(), for ../earshot.ts: node earshot-advertise.js OFFER OPTIONS (both JSON)
// It prints READY, withdraws the offer on SIGTERM, and ends when nothing is left to do.
import { Earshot } from "earshot";

const [offer, options] = process.argv.slice(2).map((text) => JSON.parse(text));
const earshot = new Earshot(options);
await earshot.advertise(offer);
console.log("READY");
process.once("SIGTERM", () => earshot.close());
