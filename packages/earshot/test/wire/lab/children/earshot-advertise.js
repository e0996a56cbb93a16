// The library's advertise(), for ../earshot.ts: node earshot-advertise.js OFFER OPTIONS (both JSON)
// It prints READY and the name, and RENAMED with what was renamed, in JSON; it withdraws the offer on SIGTERM, and ends
// when nothing is left to do.
import { Earshot } from "earshot";

const [offer, options] = process.argv.slice(2).map((text) => JSON.parse(text));
const earshot = new Earshot(options);
const onRename = (change) => console.log("RENAMED", JSON.stringify(change));
const { name } = await earshot.advertise(offer.type?.startsWith("_") ? { ...offer, onRename } : offer);
process.once("SIGTERM", () => earshot.close()); // Before anybody can know that it is ready.
console.log("READY", name);
