// Answers questions of mDNS, for ../mdns-answers.js: node mdns-answer.js WHO ADDRESS. The service is `bench` of the type
// _bench._tcp. It prints READY, and runs until it is killed.
const [who, address] = process.argv.slice(2);
const PORT = 8080;

const contenders = {
  earshot,
  echo,
  "multicast-dns": multicastDns,
  "@homebridge/ciao": ciao,
  "bonjour-service": bonjour,
};

await contenders[who]();
console.log("READY");

async function earshot() {
  const { Earshot } = await import("earshot");
  const limits = {
    unicastPerSecond: Number.POSITIVE_INFINITY,
    unicastPerSecondPerSource: Number.POSITIVE_INFINITY,
    unicastBurstPerSource: Number.POSITIVE_INFINITY,
    multicastPerSecond: Number.POSITIVE_INFINITY,
  };
  const offer = { type: "_bench._tcp", name: "bench", port: PORT, txt: { path: "/" } };
  await new Earshot({ mdns: { limits } }).advertise(offer);
}

/** Gives back what it got: what no program on Node that answers can do with less. */
async function echo() {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", (bytes, { port, address }) => socket.send(bytes, port, address));
  await new Promise((resolve) => socket.bind(5353, resolve));
}

/** It leaves it to its user to answer. */
async function multicastDns() {
  const { default: create } = await import("multicast-dns");
  const mdns = create({ interface: address, bind: "0.0.0.0" });
  const name = "bench._bench._tcp.local";
  const answers = [{ name, type: "SRV", ttl: 120, data: { port: PORT, target: "bench.local" } }];
  const additionals = [{ name: "bench.local", type: "A", ttl: 120, data: address }];
  mdns.on("query", ({ id, questions }, asker) => {
    if (questions.some((question) => question.type === "SRV" && question.name === name))
      mdns.respond({ id, questions, answers, additionals }, asker);
  });
  await new Promise((resolve) => mdns.on("ready", resolve));
}

async function ciao() {
  const { default: library } = await import("@homebridge/ciao");
  const responder = library.getResponder({ interface: address });
  const service = responder.createService({
    name: "bench",
    type: "bench",
    port: PORT,
    hostname: "ciao-host",
    txt: { path: "/" },
  });
  await service.advertise();
}

async function bonjour() {
  const { Bonjour } = await import("bonjour-service");
  const service = new Bonjour({ interface: address, bind: "0.0.0.0" }).publish({
    name: "bench",
    type: "bench",
    port: PORT,
    txt: { path: "/" },
  });
  await new Promise((resolve) => service.on("up", resolve));
}
