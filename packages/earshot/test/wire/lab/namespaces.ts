import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { execute, succeed } from "./running.ts";

/** With this begins the name of every namespace of this process. */
export const namespacePrefix = `esh-${process.pid}-`;

const ours = new Set<string>();

/** Why no namespace can be made here; `undefined` when they can. Tried once, by making one. */
export function namespacesMissing(): string | undefined {
  if (verdict === undefined) verdict = tryNamespace() ?? "";
  return verdict || undefined;
}

let verdict: string | undefined;

/** Makes a network namespace, its loopback still down. */
export async function addNamespace(name: string): Promise<void> {
  ours.add(name);
  await succeed("ip", ["netns", "add", name]);
}

/** Kills what runs in a namespace of ours, and removes it. One that is gone already is fine. */
export async function deleteNamespace(name: string): Promise<void> {
  ours.delete(name);
  const { stdout } = await execute("ip", ["netns", "pids", name]);
  for (const pid of stdout.split(/\s+/).filter(Boolean)) killQuietly(Number(pid));
  await execute("ip", ["netns", "del", name]);
}

/** Removes what runs of this lab left behind that were killed: the number in a name is the process that made it. */
export async function deleteStaleNamespaces(): Promise<void> {
  const { stdout } = await execute("ip", ["netns", "list"]);
  for (const line of stdout.split("\n")) {
    const [name, pid] = /^esh-(\d+)-[\w-]+/.exec(line) ?? [];
    if (name && pid && !existsSync(`/proc/${pid}`)) await deleteNamespace(name);
  }
}

process.on("exit", () => {
  for (const name of ours) deleteNow(name);
});

function deleteNow(name: string): void {
  try {
    const pids = run("ip", "netns", "pids", name);
    for (const pid of pids.split(/\s+/).filter(Boolean)) killQuietly(Number(pid));
    run("ip", "netns", "del", name);
  } catch {
    // It is gone already, or it cannot be removed; nobody is left to tell.
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended first.
  }
}

function tryNamespace(): string | undefined {
  const name = `${namespacePrefix}try`;
  try {
    addWithFolder(name);
    run("ip", "-n", name, "link", "add", "v0", "type", "veth", "peer", "name", "v1");
    run("nsenter", `--net=/run/netns/${name}`, "--", "true");
    return undefined;
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error).trim();
    return `network namespaces (${said}): run as root, or through scripts/with-namespaces.sh`;
  } finally {
    deleteNow(name);
  }
}

/** In a user namespace /run belongs to somebody else: the mount namespace, ours alone, gets one of its own. */
function addWithFolder(name: string): void {
  try {
    run("ip", "netns", "add", name);
  } catch (error) {
    if (process.getuid?.() !== 0 || !isUserNamespace()) throw error;
    run("mount", "-t", "tmpfs", "tmpfs", "/run");
    run("ip", "netns", "add", name);
  }
}

function isUserNamespace(): boolean {
  return readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/)[2] !== "4294967295";
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: "pipe" });
}
