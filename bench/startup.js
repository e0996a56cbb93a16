import { createSocket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { avahi, startAvahi } from "./contenders/avahi.js";
import { installed, libupnp } from "./contenders/native.js";
import { table } from "./harness.js";
import { near } from "./lab/network.js";
import { Running } from "./lab/running.js";
import { inTurns } from "./lab/turns.js";

const SECONDS = 20;
const MOST_MORE_MS = 30;
/** RFC 6762 section 5.2: a first question waits at random for 20 to 120 ms, so that not all ask at once. */
const MDNS_WAIT_MS = 70;
const SSDP = { group: "239.255.255.250", port: 1900 };
const MDNS = { group: "224.0.0.251", port: 5353 };
const command = fileURLToPath(new URL("../packages/earshot/bin/earshot.js", import.meta.url));
const child = fileURLToPath(new URL("children/start.js", import.meta.url));
const importer = fileURLToPath(new URL("children/import.js", import.meta.url));

/** How long the measurements of all contenders take at most. */
const AVAHI_SECONDS = 300;

/** From the start of a process to its first packet, and what importing the library takes of that. */
export async function startup({ startRounds }) {
  const ears = [await listen(SSDP), await listen(MDNS)];
  const daemon = avahi.missing ? undefined : await startAvahi(near.name, AVAHI_SECONDS);
  const { results, skipped } = await inTurns(
    [...contenders(ears, daemon), ...imports()],
    startRounds,
    async (one) => ({
      ms: await one.measure(),
    }),
  );
  daemon?.stop();
  for (const { socket } of ears) socket.close();
  return {
    title: "From the start of a process to its first packet",
    how:
      "From before the process is made until its first packet to the group is heard on this very host; for the bare Node, " +
      "until it has ended. An import is timed inside a Node that has begun. avahi-browse has its daemon ask, which runs already.",
    text: tableOf(results),
    goals: goals(results),
    skipped,
  };
}

function contenders([ssdp, mdns], daemon) {
  const gssdp = installed("gssdp-discover", "-i", near.name, "-t", "ssdp:all");
  const controlPoint = libupnp("libupnp-control-point", near.name, "ssdp:all");
  const script = (name, ear) => ({
    name,
    measure: () => untilPacket([process.execPath, child, name], ear),
  });
  return [
    { name: "node -e 0", measure: () => untilEnd([process.execPath, "-e", "0"]) },
    {
      name: "earshot find ssdp:all --first",
      isOurs: true,
      measure: () => untilPacket([process.execPath, command, "find", "ssdp:all", "--first"], ssdp),
    },
    {
      name: "earshot find _http._tcp --first",
      isOurs: true,
      measure: () => untilPacket([process.execPath, command, "find", "_http._tcp", "--first"], mdns),
    },
    { ...script("earshot", ssdp), name: "earshot, the library's find", isOurs: true },
    { ...script("earshot-dns-sd", mdns), name: "earshot, the library's find of DNS-SD", isOurs: true },
    script("node-ssdp", ssdp),
    script("peer-ssdp", ssdp),
    script("@achingbrain/ssdp", ssdp),
    script("multicast-dns", mdns),
    script("bonjour-service", mdns),
    { name: "avahi-browse", ...avahi, measure: () => untilPacket(avahiBrowse(daemon), mdns) },
    { name: "gssdp-discover", ...gssdp, measure: () => untilPacket(gssdp.command, ssdp) },
    { name: "libupnp", ...controlPoint, measure: () => untilPacket(controlPoint.command, ssdp) },
  ];
}

/** Of a type of its own each time, for the daemon does not ask again what it asked a moment ago. */
function avahiBrowse({ environment }) {
  avahiTypes++;
  return ["env", ...environment, "avahi-browse", "-t", `_bench${avahiTypes}._tcp`];
}

let avahiTypes = 0;

function imports() {
  return ["earshot", "earshot/ssdp", "earshot/mdns", "earshot/dns-sd", "earshot/testing"].map((name) => ({
    name: `import "${name}"`,
    isImport: true,
    isOurs: true,
    measure: async () => {
      const running = new Running([process.execPath, importer, name], { seconds: SECONDS });
      return (await running.result()).ms;
    },
  }));
}

async function listen({ group, port }) {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.bind(port);
  await once(socket, "listening");
  socket.addMembership(group, near.address);
  return { socket };
}

async function untilPacket(words, { socket }) {
  const stale = socket.listenerCount("message");
  if (stale > 0) throw new Error("somebody listens already");
  const heard = once(socket, "message").then(() => performance.now());
  const start = performance.now();
  const running = new Running(words, { seconds: SECONDS });
  const ended = running.ended.then(() => Promise.reject(new Error(`${words.join(" ")} sent nothing`)));
  const at = await Promise.race([heard, ended]);
  await running.stop();
  return at - start;
}

async function untilEnd(words) {
  const start = performance.now();
  await new Running(words, { seconds: SECONDS }).ended;
  return performance.now() - start;
}

function tableOf(results) {
  const [bare] = results;
  const head = ["", "median, ms", "least, ms", "more than the bare Node"];
  const rows = results.map(({ name, ms, samples, isImport }) => [
    name,
    ms.toFixed(1),
    Math.min(...samples.map((sample) => sample.ms)).toFixed(1),
    isImport || name === bare.name ? "" : (ms - bare.ms).toFixed(1),
  ]);
  return table([head, ...rows]);
}

function goals([bare, ...others]) {
  const [ssdp, mdns] = others.map(({ ms }) => ms - bare.ms);
  return [
    {
      goal: `SSDP: first packet within ${MOST_MORE_MS} ms of a bare Node`,
      met: ssdp <= MOST_MORE_MS,
      figure: `${ssdp.toFixed(1)} ms`,
    },
    {
      goal: `mDNS: within ${MOST_MORE_MS} ms and the ${MDNS_WAIT_MS} ms that its first question has to wait in the mean`,
      met: mdns <= MOST_MORE_MS + MDNS_WAIT_MS,
      figure: `${mdns.toFixed(1)} ms`,
    },
  ];
}
