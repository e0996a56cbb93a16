// Browses, and resolves what it finds, for ../mdns-found.js: node mdns-find.js WHO ADDRESS. It prints READY; at a message with
// { ms } it browses for so long, and answers with when each of the services was first told, in ms of the real-time clock.
const [who, address] = process.argv.slice(2);

const contenders = { earshot, "multicast-dns": multicastDns, "bonjour-service": bonjour };
const browse = await contenders[who]();
const found = new Map();

process.once("message", async ({ ms }) => {
  await browse(ms);
  process.send({ found: [...found.values()] });
});
process.once("disconnect", () => process.exit());
console.log("READY");

function tell(name) {
  if (name?.startsWith("bench-") && !found.has(name))
    found.set(name, performance.timeOrigin + performance.now());
}

async function earshot() {
  const { Earshot } = await import("earshot");
  const earshot = new Earshot();
  const where = ({ name, port, addresses }) => {
    if (port === 8080 && addresses.length > 0) tell(name);
    return true;
  };
  return (ms) => earshot.find("_bench._tcp", { timeoutMs: ms, where });
}

/** It does not resolve: every answer names one of them. */
async function multicastDns() {
  const { default: create } = await import("multicast-dns");
  const mdns = create({ interface: address, bind: "0.0.0.0" });
  mdns.on("response", ({ answers }) => {
    for (const { type, data } of answers) if (type === "PTR") tell(data.split(".")[0]);
  });
  await new Promise((resolve) => mdns.on("ready", resolve));
  return (ms) => {
    mdns.query("_bench._tcp.local", "PTR");
    return wait(ms);
  };
}

async function bonjour() {
  const { Bonjour } = await import("bonjour-service");
  const bonjour = new Bonjour({ interface: address, bind: "0.0.0.0" });
  return (ms) => {
    bonjour.find({ type: "bench" }, ({ name }) => tell(name));
    return wait(ms);
  };
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
