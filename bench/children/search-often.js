// Searches as well-behaved programs do, for ../ssdp-flood.js: node search-often.js INTERFACE_ADDRESS TARGET HOST SECONDS.
// Every 100 ms one search goes to HOST alone and one, with MX 1, to the group, each from the next of 32 addresses, so that
// none asks too often. It writes { unicast, multicast }: of each, how many were asked, and answered within a second.
import { createSocket } from "node:dgram";
import { setTimeout as wait } from "node:timers/promises";

const [interfaceAddress, target, host, seconds] = process.argv.slice(2);
const GROUP = "239.255.255.250";
const PORT = 1900;
const SOCKETS = 32;
const GAP_MS = 100;
const IN_TIME_MS = 1000;

const counts = { unicast: { asked: 0, answered: 0 }, multicast: { asked: 0, answered: 0 } };
const sockets = await Promise.all(
  Array.from({ length: SOCKETS }, (_, index) => open(`10.255.0.${index + 1}`)),
);
const start = performance.now();
for (let round = 0; round * GAP_MS < Number(seconds) * 1000; round++) {
  await wait(Math.max(0, start + round * GAP_MS - performance.now()));
  ask(sockets[(round * 2) % SOCKETS], "unicast");
  ask(sockets[(round * 2 + 1) % SOCKETS], "multicast");
}
await wait(IN_TIME_MS);
console.log(JSON.stringify(counts));
process.exit();

async function open(address) {
  const socket = createSocket("udp4");
  const one = { socket, asked: undefined, kind: undefined };
  socket.on("message", (bytes) => hear(one, bytes));
  await new Promise((resolve) => socket.bind({ port: 0, address }, resolve));
  socket.setMulticastInterface(interfaceAddress);
  return one;
}

function ask(one, kind) {
  const lines = [
    "M-SEARCH * HTTP/1.1",
    `HOST: ${GROUP}:${PORT}`,
    'MAN: "ssdp:discover"',
    ...(kind === "multicast" ? ["MX: 1"] : []),
    `ST: ${target}`,
  ];
  Object.assign(one, { asked: performance.now(), kind });
  counts[kind].asked++;
  one.socket.send(`${lines.join("\r\n")}\r\n\r\n`, PORT, kind === "multicast" ? GROUP : host);
}

function hear(one, bytes) {
  const text = bytes.toString("latin1");
  if (!text.startsWith("HTTP/1.1 200") || !text.includes(target) || one.asked === undefined) return;
  if (performance.now() - one.asked <= IN_TIME_MS) counts[one.kind].answered++;
  one.asked = undefined;
}
