/**
 * A program with one channel, that does what it is told: `node station.js OPTIONS`, where OPTIONS are those of the
 * network, and in `binding` what is to differ in the binding, in JSON. Orders come as lines of JSON, what happens goes
 * out as lines of JSON. On SIGTERM it says `bye`, closes and ends, unless something keeps it alive.
 */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { LinkMonitor } from "../../../dist/node/link-monitor.js";
import { createNetwork } from "../../../dist/node/network.js";

const { broadcast, binding, ...options } = JSON.parse(process.argv[2] ?? "{}");
const groups = { 4: ["239.255.255.250"], 6: ["ff02::c", "ff05::c"] };
const encoder = new TextEncoder();
const decoder = new TextDecoder();
let monitor;
let links = [];
let heard = 0;
let isQuiet = false;

function tell(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const network = createNetwork(options, {
  monitor: (read) => {
    monitor = new LinkMonitor(read);
    return monitor;
  },
});

const channel = network.open(
  { port: 1900, groups, hops: 2, broadcast, ...binding },
  {
    datagram: ({ bytes, from, link, socket, to }) => {
      heard++;
      const text = decoder.decode(bytes);
      if (!isQuiet) tell({ heard: text, from: from.address, port: from.port, link: link.id, socket, to });
      if (text.startsWith("ask")) say({ text: `answer to ${text}`, to: from, link: link.id });
    },
    links: (now, resumed) => {
      links = now;
      tell({
        links: now.map(({ id, address }) => `${id} ${address}`),
        resumed,
        shared: now.map((l) => l.sharedPort),
        own: now.map((l) => l.ownPort),
      });
    },
    fault: ({ link, error }) => tell({ fault: error.code, link, message: error.message }),
  },
);

function say({ text, hex, to = "group", socket = "own", link }) {
  const bytes = hex === undefined ? encoder.encode(text) : Buffer.from(hex, "hex");
  for (const target of links) {
    const isMeant = link === undefined || link === target.id;
    if (isMeant) channel.send({ bytes, to, link: target, socket });
  }
}

const openFiles = () => readdirSync("/proc/self/fd").length;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function ip(...lines) {
  const { status, stderr } = spawnSync("ip", ["-batch", "-"], { input: lines.join("\n") });
  if (status !== 0) throw new Error(String(stderr));
}

/** The kernel says a little later than `up` that an interface is running. */
async function appears(id) {
  for (let looks = 0; looks < 200; looks++) {
    monitor.check();
    if (links.some((link) => link.id === id)) return true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return false;
}

async function cycles(count) {
  const turn = async () => {
    ip(
      "link add eth7 type veth peer name peer7",
      "addr add 10.99.0.1/24 dev eth7",
      "link set peer7 up",
      "link set eth7 up",
    );
    const found = await appears("eth7/4");
    ip("link del eth7");
    monitor.check();
    const left = links.some(({ id }) => id === "eth7/4");
    await nextTurn();
    return found && !left;
  };
  await turn();
  const before = openFiles();
  let seen = 0;
  for (let done = 0; done < count; done++) if (await turn()) seen++;
  return { cycles: count, seen, before, after: openFiles() };
}

const wasted = [];
const orders = {
  say,
  burst: async ({ count, text }) => {
    for (let sent = 0; sent < count; sent++) {
      say({ text });
      if (sent % 10 === 9) await nextTurn();
    }
    tell({ burst: count });
  },
  quiet: () => {
    isQuiet = true;
    heard = 0;
  },
  status: () => {
    const { blocked: blockedLinks } = network;
    tell({ status: "now", heard, blockedLinks, drops: network.kernelDrops(), ...network.stats() });
  },
  cycles: async ({ count }) => tell(await cycles(count)),
  serve: async ({ link }) => {
    const at = links.find(({ id }) => id === link);
    const body = encoder.encode("described");
    const server = await network.listen(
      ({ headers }) => ({ status: 200, body, headers: [["X-Host", headers.get("host")]] }),
      at,
    );
    tell({ served: server.port });
  },
  fetch: async ({ url, link }) => {
    const at = links.find(({ id }) => id === link);
    const { status, headers, body } = await network.http.request({ method: "GET", url, link: at });
    tell({ fetched: status, text: decoder.decode(body), host: headers.get("x-host") });
  },
  exhaust: ({ leave }) => {
    try {
      for (;;) wasted.push(openSync("/dev/null"));
    } catch (error) {
      for (const file of wasted.splice(0, leave)) closeSync(file);
      tell({ exhausted: error.code });
    }
  },
  release: () => {
    for (const file of wasted.splice(0)) closeSync(file);
  },
};

async function leave() {
  say({ text: "bye", socket: "shared" });
  await channel.close();
  tell({ closed: true });
  process.stdin.destroy();
}

process.on("SIGTERM", leave);
createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line);
  Promise.resolve(orders[order.do](order)).catch((error) =>
    tell({ failed: order.do, message: String(error) }),
  );
});
channel.ready.then(
  () => tell({ ready: true }),
  ({ code, message }) => tell({ ready: false, code, message }),
);
