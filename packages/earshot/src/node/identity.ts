import { readFileSync } from "node:fs";
import { hostname, release, type } from "node:os";
import { Random } from "../core/random.ts";

/** What tells this host from others and is stable over restarts. It never leaves the process but as part of a hash. */
export function hostIdentity(
  readText: (path: string) => string = (path) => readFileSync(path, "utf8"),
): string {
  for (const path of ["/etc/machine-id", "/var/lib/dbus/machine-id"]) {
    const id = machineId(path, readText);
    if (id !== undefined) return id;
  }
  return hostname();
}

/** The UUID of a name on a host: in the shape of version 5, made with SHA-256, so that nobody can tell the host. */
export function uuidOf(host: string, name: string): string {
  const { createHmac } = process.getBuiltinModule("node:crypto"); // Loaded here, for most programs need no UUID.
  const bytes = createHmac("sha256", host).update(`earshot ${name}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Name and major.minor version of the operating system, such as `Linux/6.1`: a token of RFC 9110, UDA clause 1.2.2. */
export function systemToken(name: string = type(), version: string = release()): string {
  const [short] = /^\d+(?:\.\d+)?/.exec(version) ?? ["0"];
  const product = name === "Windows_NT" ? "Windows" : name.replace(/[^A-Za-z0-9._-]/g, "");
  return `${product || "Unknown"}/${short}`;
}

/**
 * A generator that no other process shares. What it gives spreads things out in time and keeps programs apart; nothing
 * that it gives is a secret. Node's `crypto` would take longer to load than everything here.
 */
export function freshRandom(): Random {
  return new Random(Math.floor(Math.random() * 2 ** 53));
}

/** Empty or all zeros in images of containers and virtual machines that are not set up yet. */
function machineId(path: string, readText: (path: string) => string): string | undefined {
  try {
    const id = readText(path).trim().toLowerCase();
    return /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
