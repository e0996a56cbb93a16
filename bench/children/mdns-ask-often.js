// Asks as well-behaved programs do, for ../mdns-flood.js: node mdns-ask-often.js ADDRESS HOST SECONDS. Every 100 ms one question
// goes to HOST alone and one to the group, each from the next of 32 addresses and from a port of its own, so that it is answered
// by unicast; and every 1.5 s one from port 5353, which is answered to the group. It writes { unicast, legacy, multicast }: of
// each, how many were asked, and answered within a second.
import { createSocket } from "node:dgram";
import { setTimeout as wait } from "node:timers/promises";

const [interfaceAddress, host, seconds] = process.argv.slice(2);
const NAME = "own._bench._tcp.local";
const GROUP = "224.0.0.251";
const PORT = 5353;
const SOCKETS = 32;
const GAP_MS = 100;
const SPEAKS_EVERY = 15;
const IN_TIME_MS = 1000;
const [IN, SRV] = [1, 33];

const counts = Object.fromEntries(
  ["unicast", "legacy", "multicast"].map((kind) => [kind, { asked: 0, answered: 0 }]),
);
const owner = nameBytes(NAME);
const question = Buffer.concat([
  Buffer.from([0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  owner,
  Buffer.from([0, SRV, 0, IN]),
]);
const group = await open(undefined, PORT);
const sockets = await Promise.all(
  Array.from({ length: SOCKETS }, (_, index) => open(`10.255.0.${index + 1}`, 0)),
);
const start = performance.now();
for (let round = 0; round * GAP_MS < Number(seconds) * 1000; round++) {
  await wait(Math.max(0, start + round * GAP_MS - performance.now()));
  ask(sockets[(round * 2) % SOCKETS], "unicast");
  ask(sockets[(round * 2 + 1) % SOCKETS], "legacy");
  if (round % SPEAKS_EVERY === 0) ask(group, "multicast");
}
await wait(IN_TIME_MS);
console.log(JSON.stringify(counts));
process.exit();

async function open(address, port) {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  const one = { socket, asked: undefined, kind: undefined };
  socket.on("message", (bytes) => hear(one, bytes));
  await new Promise((resolve) => socket.bind({ port, address }, resolve));
  socket.setMulticastInterface(interfaceAddress);
  socket.setMulticastTTL(255);
  if (port === PORT) {
    socket.addMembership(GROUP, interfaceAddress);
    socket.setRecvBufferSize(1 << 20);
  }
  return one;
}

function ask(one, kind) {
  Object.assign(one, { asked: performance.now(), kind });
  counts[kind].asked++;
  one.socket.send(question, PORT, kind === "unicast" ? host : GROUP);
}

function hear(one, bytes) {
  if (one.asked === undefined || bytes.length < 12 || bytes[2] < 0x80 || bytes.readUInt16BE(6) === 0) return;
  if (!bytes.includes(owner.subarray(0, 5))) return;
  if (performance.now() - one.asked <= IN_TIME_MS) counts[one.kind].answered++;
  one.asked = undefined;
}

function nameBytes(name) {
  const labels = name.split(".").map((label) => Buffer.from(label));
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), label]),
    Buffer.from([0]),
  ]);
}
