// Browses and announces on a LAN that is not there, for ../mdns-idle.js: node idle-simulated.js services|names|nothing HOURS. It
// prints { hours }: of each hour, from the start on, how many packets and bytes were sent, by anybody, and what they were.
import { Earshot } from "earshot";
import { decodeMessage } from "earshot/mdns";
import { Lan } from "earshot/testing";

const [what, count] = process.argv.slice(2);
const HOUR = 3_600_000;
const hours = [];
const lan = new Lan({ seed: 1 });
const offer = { type: "_http._tcp", name: "Idle", port: 8080, txt: { path: "/" } };
const publisher = new Earshot({ network: lan.addHost("publisher"), protocols: ["dns-sd"] });
const browser = new Earshot({ network: lan.addHost("browser"), protocols: ["dns-sd"] });

let capture = lan.capture();
let isAnnounced = false;
publisher.advertise(offer).then(() => {
  isAnnounced = true;
});
const size = { services: browse, names: browseNames, nothing: () => () => 1 }[what]();
for (let hour = 0; hour < Number(count); hour++) {
  await lan.until(new Promise((resolve) => setImmediate(resolve)));
  lan.advance(HOUR);
  hours.push(summed(capture.datagrams));
  capture.stop();
  capture = lan.capture();
}
if (!isAnnounced || size() !== 1) throw new Error("what is announced was not found");
console.log(JSON.stringify({ hours }));
process.exit();

/** Every service resolved, and kept fresh. */
function browse() {
  const { services } = browser.browse("_http._tcp");
  return () => services.size;
}

/** Their names alone. */
function browseNames() {
  const names = new Set();
  void follow(browser.dnsSd.browseInstances("_http._tcp"), names);
  return () => names.size;
}

async function follow(feed, names) {
  for await (const { kind, name } of feed) {
    if (kind === "added") names.add(name);
    else names.delete(name);
  }
}

function summed(datagrams) {
  const messages = datagrams.map(({ bytes }) => decodeMessage(bytes));
  return {
    packets: datagrams.length,
    bytes: datagrams.reduce((sum, { bytes }) => sum + bytes.length, 0),
    queries: messages.filter(({ kind }) => kind === "query").length,
    responses: messages.filter(({ kind }) => kind === "response").length,
  };
}
