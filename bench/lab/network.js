/**
 * Two hosts on one Ethernet link, in network namespaces of their own: nothing sent here can reach the machine's network.
 * The near one is where whoever is measured runs, and this very program; from the far one comes the load. The far one has
 * ten million addresses (10.128.0.0/9), so that it can be as many devices as anybody wants.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** The link at its near and its far end. */
export const near = { name: "bench0", address: "10.0.0.1" };
export const far = { name: "bench1", address: "10.0.0.2" };

const INSIDE = "EARSHOT_BENCH_INSIDE";

/** Whether this program runs in a network of its own. */
export const isInside = process.env[INSIDE] === "yes";

/** Runs this very program once more, in a network of its own, to its end. Returns its exit code, or why it cannot be. */
export function runInside() {
  const user = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const trial = spawnSync("unshare", [...user, "--net", "ip", "link", "set", "lo", "up"], {
    encoding: "utf8",
  });
  if (trial.status !== 0)
    return { missing: `no network namespaces here (${(trial.stderr ?? String(trial.error)).trim()})` };
  const self = [
    "setpriv",
    "--pdeathsig",
    "KILL",
    process.execPath,
    ...process.execArgv,
    ...process.argv.slice(1),
  ];
  const env = { ...process.env, [INSIDE]: "yes" };
  const { status } = spawnSync("unshare", [...user, "--net", ...self], { stdio: "inherit", env });
  return { code: status ?? 1 };
}

/** Lays the link. Returns how to run something at its far end: words to put before a command. */
export async function layLink() {
  if (!isInside) throw new Error("not in a network of its own");
  // It ends when this program does, for then its input ends.
  const holder = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "ignore", "inherit"] });
  await once(holder, "spawn");
  const space = `/proc/${holder.pid}/ns/net`;
  await untilOther(space);
  const onFarHost = ["nsenter", `--net=${space}`];
  const ip = (words) => execFileSync("ip", words.split(" "));
  const farIp = (words) => execFileSync(onFarHost[0], [...onFarHost.slice(1), "ip", ...words.split(" ")]);
  ip(`link add ${near.name} type veth peer name ${far.name} netns ${holder.pid}`);
  quieten(near.name);
  ip("link set lo up");
  ip(`addr add ${near.address}/8 dev ${near.name}`);
  ip(`link set ${near.name} up`);
  farIp("link set lo up");
  farIp(`link set ${far.name} addrgenmode none`);
  farIp(`addr add ${far.address}/8 dev ${far.name}`);
  farIp(`link set ${far.name} up`);
  farIp("route add local 10.128.0.0/9 dev lo");
  ip(`route add 10.128.0.0/9 via ${far.address}`);
  ip("route add 224.0.0.0/4 dev bench0");
  return { onFarHost, close: () => holder.stdin.end() };
}

/** How many datagrams were lost here for want of room in a socket's buffer, since the link was laid. */
export function lostInBuffers() {
  const [names, values] = readFileSync("/proc/net/snmp", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Udp:"))
    .map((line) => line.split(" "));
  return Number(values[names.indexOf("RcvbufErrors")]);
}

/** An address of IPv6 is one's own at once, without asking the link for doubles. */
function quieten(name) {
  const path = `net.ipv6.conf.${name}.accept_dad`;
  spawnSync("sysctl", ["-qw", `${path}=0`], { stdio: "ignore" });
}

/** The namespace of a process that just began is still its parent's. */
async function untilOther(space) {
  const own = execFileSync("readlink", ["/proc/self/ns/net"], { encoding: "utf8" });
  for (let tries = 0; tries < 200; tries++) {
    if (execFileSync("readlink", [space], { encoding: "utf8" }) !== own) return;
    await wait(10);
  }
  throw new Error("no second network namespace");
}
