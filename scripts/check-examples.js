/**
 * Runs every example as a reader would, against one another, and checks what they print.
 * To be run where nobody else is heard: scripts/on-a-quiet-link.sh node scripts/check-examples.js
 */
import { strict as assert } from "node:assert";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Child } from "./child.js";

const folder = fileURLToPath(new URL("../examples/", import.meta.url));
const type = "urn:schemas-example-org:device:Example:1";
const udn = "uuid:6c1e3a52-6f0b-4d9c-9b1e-3c7c5a0e2f11";
const started = new Set();
process.setMaxListeners(32); // Each child has one on the exit.

const simulated = start("simulated-lan");
await simulated.prints(/^found, and gone after its goodbye$/m, 20_000);
assert.equal(await simulated.ends(5000), 0);

const browser = start("browse", type);
const browserOfAll = start("browse");
const advertiser = start("advertise", "Office & home");
await advertiser.prints(/^Office & home is announced, and described$/m, 20_000);
for (const each of [browser, browserOfAll])
  await each.prints(new RegExp(`^found ssdp \\S+ ${type} `, "m"), 20_000);

const found = start("find", type);
await says(found, /http:\/\/\S+:\d+\/description\.xml/);
const [location] = /http:\/\/[\d.]+:\d+\/description\.xml/.exec(found.printed) ?? [];
assert.match(await (await fetch(location)).text(), /<friendlyName>Office &amp; home</);

const served = start("advertise-beside-a-server");
await served.prints(/^announced, with its description on port \d+$/m, 20_000);

await Promise.all([
  says(start("find", "upnp:rootdevice"), /http:\/\/\S+:\d+\/description\.xml/),
  says(start("find-one", type), /^\S+ \S+ \d+$/m),
  says(start("describe"), /^Office & home: \S.* \S/m),
  says(start("search", "ssdp:all"), new RegExp(` ${udn} ${udn} `)),
  says(start("monitor", "4"), /^in \S+ search$/m),
  says(start("diagnose"), /^ok \S+\/4 what is sent to the group \S+ is heard$/m),
]);
const unanswered = start("find-one", "urn:schemas-example-org:device:Nothing:1");
assert.equal(await unanswered.ends(20_000), 1);
assert.match(unanswered.printed, /^no urn:schemas-example-org:device:Nothing:1 answered$/m);

const site = start("publish", "A site", "8080");
await site.prints(/^A site is announced, on earshot-[0-9a-f]{8}\.local$/m, 20_000);
await Promise.all([
  says(start("find", "_http._tcp"), /^dns-sd A site _http\._tcp \S+.* earshot-[0-9a-f]{8}\.local:8080$/m),
  says(start("find-one", "_http._tcp"), /^A site \S+.* 8080$/m),
  says(start("resolve"), /^added _http\._tcp$/m),
  says(start("resolve", "_http._tcp"), /^added A site$/m),
  says(start("resolve", "_http._tcp", "A site"), /^earshot-\S+ 8080 \S+.*\n {2}path \/\n {2}version 1$/m),
  says(
    start("mdns-query", "_http._tcp.local", "PTR"),
    /^A site\._http\._tcp\.local 4500 s from \S+ on \S+$/m,
  ),
]);
site.interrupt();
await site.prints(/^goodbye is said$/m, 10_000);
assert.equal(await site.ends(5000), 0);

const [peer, other] = [start("peers", "4000"), start("peers", "4001")];
await peer.prints(/^found \S+ 4001$/m, 20_000);
await other.prints(/^found \S+ 4000$/m, 20_000);
other.interrupt();
assert.equal(await other.ends(5000), 0);
await peer.prints(/^left \S+ 4001$/m, 10_000);
peer.interrupt();
assert.equal(await peer.ends(5000), 0);

advertiser.interrupt();
await advertiser.prints(/^goodbye is said$/m, 10_000);
assert.equal(await advertiser.ends(5000), 0);
served.interrupt();
assert.equal(await served.ends(5000), 0);
for (const each of [browser, browserOfAll]) {
  await each.prints(/^lost ssdp .*\(goodbye\)$/m, 10_000);
  each.interrupt();
  assert.equal(await each.ends(5000), 0);
}

const all = readdirSync(folder).flatMap((name) => (name.endsWith(".ts") ? [name.slice(0, -3)] : []));
assert.deepEqual([...started].sort(), all.sort(), "every example is run");
console.log(`${all.length} examples do what they say: ${all.join(", ")}`);

function start(name, ...args) {
  started.add(name);
  return new Child(process.execPath, [`${folder}dist/${name}.js`, ...args]);
}

async function says(child, pattern) {
  assert.equal(await child.ends(30_000), 0, child.printed);
  assert.match(child.printed, pattern);
}
