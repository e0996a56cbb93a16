// Hears announcements, for ../ssdp-cache.js: node --expose-gc listen.js WHO MOST. It prints READY; to every message it
// answers with { heard, kept, heap, resident }: how many announcements it heard, how many services it keeps (where it does),
// and what it takes, in bytes, after everything unused was collected.
const [who, most] = process.argv.slice(2);

let heard = 0;
let kept = () => undefined;
const contenders = { earshot, sink, "node-ssdp": nodeSsdp, "peer-ssdp": peerSsdp };
await contenders[who]();

process.on("message", () => {
  const size = kept();
  gc();
  gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ heard, kept: size, heap: heapUsed + external, resident: rss });
});
process.once("disconnect", () => process.exit());
console.log("READY");

async function earshot() {
  const { Earshot } = await import("earshot");
  const earshot = new Earshot({ ssdp: { limits: { services: Number(most), devices: Number(most) } } });
  const browser = earshot.browse();
  await browser.ready;
  kept = () => {
    heard = earshot.stats.ssdp.heard;
    return browser.services.size;
  };
}

/** Takes what comes and counts it: what no program on Node that hears can do with less. */
async function sink() {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", () => {
    heard++;
  });
  await new Promise((resolve) => socket.bind(1900, resolve));
  socket.addMembership("239.255.255.250");
}

async function nodeSsdp() {
  const { default: ssdp } = await import("node-ssdp");
  const server = new ssdp.Server({ adInterval: 3_600_000, suppressRootDeviceAdvertisements: true });
  server.on("advertise-alive", () => {
    heard++;
  });
  await server.start();
}

async function peerSsdp() {
  const { default: ssdp } = await import("peer-ssdp");
  const peer = ssdp.createPeer();
  peer.on("notify", () => {
    heard++;
  });
  peer.start();
  await new Promise((resolve) => peer.on("ready", resolve));
}
