// Sends its first packet as soon as it can, for ../startup.js: node start.js WHO. It runs until it is killed.
const who = process.argv[2];

const contenders = {
  earshot,
  "earshot-dns-sd": earshotDnsSd,
  "node-ssdp": nodeSsdp,
  "peer-ssdp": peerSsdp,
  "@achingbrain/ssdp": achingbrain,
  "multicast-dns": mdns,
  "bonjour-service": bonjour,
};
await contenders[who]();
setInterval(() => {}, 1000);

async function earshot() {
  const { find } = await import("earshot");
  void find();
}

async function earshotDnsSd() {
  const { find } = await import("earshot");
  void find("_http._tcp");
}

async function nodeSsdp() {
  const { default: ssdp } = await import("node-ssdp");
  await new ssdp.Client().search("ssdp:all");
}

async function peerSsdp() {
  const { default: ssdp } = await import("peer-ssdp");
  const peer = ssdp.createPeer();
  peer.on("ready", () => peer.search({ ST: "ssdp:all" }));
  peer.start();
}

async function achingbrain() {
  const { default: ssdp } = await import("@achingbrain/ssdp");
  const bus = await ssdp();
  bus.on("error", () => {});
  void bus.discover().next();
}

async function mdns() {
  const { default: multicastDns } = await import("multicast-dns");
  multicastDns().query("_services._dns-sd._udp.local", "PTR");
}

async function bonjour() {
  const { Bonjour } = await import("bonjour-service");
  new Bonjour().find({ type: "http" });
}
