import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { namespacesMissing } from "./namespaces.ts";
import { resolvedMissing } from "./peers/systemd-resolved.ts";

/** Every peer a test can need: what must be there, and which Debian package brings it. */
const peers = {
  "gssdp-discover": [program("gssdp-discover", "gssdp-tools")],
  "gssdp-browser": [library("gssdp-1.6", "libgssdp-1.6-dev"), program("cc", "gcc")],
  "gupnp-control-point": [library("gupnp-1.6", "libgupnp-1.6-dev"), program("cc", "gcc")],
  "gupnp-light": [library("gupnp-1.6", "libgupnp-1.6-dev"), program("cc", "gcc")],
  libupnp: [library("libupnp", "libupnp-dev"), program("cc", "gcc")],
  minidlnad: [program("minidlnad", "minidlna")],
  minissdpd: [program("minissdpd", "minissdpd")],
  miniupnpd: [program("miniupnpd", "miniupnpd"), program("nft", "nftables")],
  nft: [program("nft", "nftables")],
  upnpc: [program("upnpc", "miniupnpc")],
  tshark: [program("tshark", "tshark"), program("dumpcap", "wireshark-common")],
  "node-ssdp": [npmModule("node-ssdp")],
  avahi: [
    program("avahi-daemon", "avahi-daemon"),
    program("avahi-browse", "avahi-utils"),
    program("dbus-daemon", "dbus-daemon"),
  ],
  mdnsd: [program("mdnsd", "mdnsd")],
  "python-zeroconf": [pythonModule("zeroconf", "python3-zeroconf")],
  "systemd-resolved": [resolvedMissing, program("dbus-daemon", "dbus-daemon")],
  ciao: [npmModule("@homebridge/ciao")],
  "bonjour-service": [npmModule("bonjour-service")],
} as const;

export type PeerName = keyof typeof peers;

/**
 * `describe` for tests that need namespaces and these peers. Where one is missing, continuous integration fails
 * (`CI` is set); elsewhere the tests are skipped, and a line says which and why.
 */
export function describeWithPeers(title: string, names: readonly PeerName[], body: () => void): void {
  const missing = missingFor(names);
  if (missing.length === 0) return void describe(title, body);
  const why = `missing: ${missing.join("; ")}`;
  if (!process.env["CI"])
    console.warn(`SKIPPED: "${title}": ${why}. scripts/install-peers.sh installs the peers.`);
  describe.skipIf(!process.env["CI"])(title, () => {
    test("everything it needs is here", () => expect(missing).toEqual([]));
  });
}

function missingFor(names: readonly PeerName[]): string[] {
  const checks = [program("ip", "iproute2"), program("nsenter", "util-linux"), namespacesMissing];
  for (const name of names) checks.push(...peers[name]);
  return [...new Set(checks.flatMap((check) => check() ?? []))];
}

function program(name: string, debianPackage: string): () => string | undefined {
  return () => {
    const folders = (process.env["PATH"] ?? "").split(delimiter);
    const isThere = folders.some((folder) => existsSync(join(folder, name)));
    return isThere ? undefined : `${name} (Debian package ${debianPackage})`;
  };
}

function library(name: string, debianPackage: string): () => string | undefined {
  return () => {
    try {
      execFileSync("pkg-config", ["--exists", name], { stdio: "ignore" });
      return undefined;
    } catch {
      return `the library ${name} (Debian packages ${debianPackage} and pkg-config)`;
    }
  };
}

/** Of Debian's own Python. */
function pythonModule(name: string, debianPackage: string): () => string | undefined {
  return () => {
    try {
      execFileSync("/usr/bin/python3", ["-c", `import ${name}`], { stdio: "ignore" });
      return undefined;
    } catch {
      return `the Python module ${name} (Debian package ${debianPackage})`;
    }
  };
}

function npmModule(name: string): () => string | undefined {
  return () => {
    try {
      createRequire(import.meta.url).resolve(name);
      return undefined;
    } catch {
      return `the npm module ${name} (npm ci)`;
    }
  };
}
