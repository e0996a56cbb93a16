// Answers searches, for ../ssdp-answers.js: node answer.js WHO TYPE LOCATION. It prints READY, and runs until it is killed.
const [who, type, location] = process.argv.slice(2);

const contenders = {
  earshot,
  echo,
  "node-ssdp": nodeSsdp,
  "peer-ssdp": peerSsdp,
  "@achingbrain/ssdp": achingbrain,
};

await contenders[who]();
console.log("READY");

async function earshot() {
  const { Earshot } = await import("earshot");
  const limits = {
    answersPerSecondPerSource: Number.POSITIVE_INFINITY,
    answerBurstPerSource: Number.POSITIVE_INFINITY,
    answersPerSecond: Number.POSITIVE_INFINITY,
    pendingAnswers: Number.POSITIVE_INFINITY,
  };
  await new Earshot({ ssdp: { limits } }).advertise({ type, location });
}

/** Gives back what it got: what no program on Node that answers can do with less. */
async function echo() {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", (bytes, { port, address }) => socket.send(bytes, port, address));
  await new Promise((resolve) => socket.bind(1900, resolve));
}

async function nodeSsdp() {
  const { default: ssdp } = await import("node-ssdp");
  const server = new ssdp.Server({ location });
  server.addUSN(type);
  await server.start();
}

async function peerSsdp() {
  const { default: ssdp } = await import("peer-ssdp");
  const peer = ssdp.createPeer();
  peer.on("search", ({ ST }, address) => {
    if (ST !== type) return;
    const headers = { ST, USN: `uuid:f40c2981-7329-40b7-8b04-27f187aecfb5::${type}`, LOCATION: location };
    peer.reply({ ...headers, SERVER: "Linux/6.1 UPnP/1.1 bench/1.0" }, address);
  });
  peer.start();
  await new Promise((resolve) => peer.on("ready", resolve));
}

async function achingbrain() {
  const { default: ssdp } = await import("@achingbrain/ssdp");
  const bus = await ssdp();
  bus.on("error", () => {});
  await bus.advertise({ usn: type, location: { udp4: location } });
}
