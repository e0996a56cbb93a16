// Searches, for ../ssdp-found.js: node find.js WHO COUNT. It prints READY; at a message with { ms } it searches for so
// long, and answers with when each of the devices (of whom COUNT are expected) was first told, in ms of the real-time clock.
const who = process.argv[2];
const TARGET = "ssdp:all";

const contenders = {
  earshot: () => earshot({}),
  "earshot, one copy": () => earshot({ searchCopies: 1 }),
  "node-ssdp": nodeSsdp,
  "peer-ssdp": peerSsdp,
  "@achingbrain/ssdp": achingbrain,
};
const search = await contenders[who]();
const found = new Map();

process.once("message", async ({ ms }) => {
  await search(ms);
  process.send({ found: [...found.values()] });
});
process.once("disconnect", () => process.exit());
console.log("READY");

function tell(usn) {
  if (usn?.startsWith("uuid:62656e63-") && !found.has(usn))
    found.set(usn, performance.timeOrigin + performance.now());
}

async function earshot(ssdp) {
  const { Earshot } = await import("earshot");
  const earshot = new Earshot({ ssdp });
  const where = ({ usn }) => {
    tell(usn);
    return true;
  };
  return (ms) => earshot.find({ timeoutMs: ms, where });
}

async function nodeSsdp() {
  const { default: ssdp } = await import("node-ssdp");
  const client = new ssdp.Client();
  client.on("response", ({ USN }) => tell(USN));
  await client.start();
  return (ms) => {
    client.search(TARGET);
    return wait(ms);
  };
}

async function peerSsdp() {
  const { default: ssdp } = await import("peer-ssdp");
  const peer = ssdp.createPeer();
  peer.on("found", ({ USN }) => tell(USN));
  peer.start();
  await new Promise((resolve) => peer.on("ready", resolve));
  return (ms) => {
    peer.search({ ST: TARGET });
    return wait(ms);
  };
}

/** It tells of a device when it has fetched its description. */
async function achingbrain() {
  const { default: ssdp } = await import("@achingbrain/ssdp");
  const bus = await ssdp();
  bus.on("error", () => {});
  bus.on("service:discover", ({ uniqueServiceName }) => tell(uniqueServiceName));
  return (ms) => {
    void bus.discover().next();
    return wait(ms);
  };
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
