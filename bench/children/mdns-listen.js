// Hears announcements of mDNS, for ../mdns-cache.js: node --expose-gc mdns-listen.js WHO MOST pointers|full. It prints READY; to
// every message it answers with { heard, kept, heap, resident }: how many announcements it heard, how many services it keeps
// (where it does), and what it takes, in bytes, after everything unused was collected.
const [who, most, variant] = process.argv.slice(2);

let heard = 0;
let kept = () => undefined;
const contenders = { earshot, sink, "multicast-dns": multicastDns, "bonjour-service": bonjour };
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
  const limits = { records: Number(most) * 4, recordsPerSource: Number(most), instances: Number(most) };
  const earshot = new Earshot({ protocols: ["dns-sd"], mdns: { limits } });
  const size = await (variant === "full" ? browse(earshot) : browseNames(earshot));
  kept = () => {
    heard = earshot.stats.mdns.heard;
    return size();
  };
}

async function browse(earshot) {
  const browser = earshot.browse("_bench._tcp");
  await browser.ready;
  return () => browser.services.size;
}

async function browseNames(earshot) {
  const names = new Set();
  const feed = earshot.dnsSd.browseInstances("_bench._tcp");
  void follow(feed, names);
  await feed.ready;
  return () => names.size;
}

async function follow(feed, names) {
  for await (const { kind, name } of feed) {
    if (kind === "added") names.add(name);
    else names.delete(name);
  }
}

/** Takes what comes and counts it: what no program on Node that hears can do with less. */
async function sink() {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", () => {
    heard++;
  });
  await new Promise((resolve) => socket.bind(5353, resolve));
  socket.addMembership("224.0.0.251");
}

async function multicastDns() {
  const { default: create } = await import("multicast-dns");
  const mdns = create();
  mdns.on("response", () => {
    heard++;
  });
  await new Promise((resolve) => mdns.on("ready", resolve));
}

async function bonjour() {
  const { Bonjour } = await import("bonjour-service");
  const bonjour = new Bonjour();
  const browser = bonjour.find({ type: "bench" });
  bonjour.server.mdns.on("response", () => {
    heard++;
  });
  kept = () => browser.services.length;
}
