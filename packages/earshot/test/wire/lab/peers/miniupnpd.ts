import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../host.ts";
import { succeed } from "../running.ts";
import { type Announcing, announcing } from "./peer.ts";

export interface MiniupnpdOptions {
  /** Seconds between announcements. Their max-age is twice that; that of its answers is 120. @default 30 */
  readonly notifySeconds?: number;
}

/** It refuses a gateway whose outer address is private or for documentation; this one exists inside the host only. */
const outside = "44.44.44.1";
const uuid = "6d696e69-7570-4e70-8000-000000000001";

const firewall = `
table inet filter {
  chain forward { type filter hook forward priority 0; policy accept; jump miniupnpd; }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting { type nat hook postrouting priority 100; policy accept; jump postrouting_miniupnpd; }
  chain postrouting_miniupnpd { }
}`;

/** MiniUPnPd: an internet gateway (IGD:2, NAT-PMP, PCP), the host's `eth0` being inside. */
export async function startMiniupnpd(host: Host, options: MiniupnpdOptions = {}): Promise<Announcing> {
  const folder = await host.subfolder("miniupnpd");
  await addOutside(host);
  await writeFile(join(folder, "firewall.nft"), firewall);
  await onHost(host, "nft", ["-f", join(folder, "firewall.nft")]);
  const file = join(folder, "miniupnpd.conf");
  await writeFile(file, configuration(folder, options));
  const process = host.run("miniupnpd", ["-d", "-f", file, "-P", join(folder, "pid")]);
  await process.waitFor(/HTTP listening on port/);
  return announcing(process, `uuid:${uuid}`);
}

function configuration(folder: string, { notifySeconds = 30 }: MiniupnpdOptions): string {
  const settings = {
    ext_ifname: "ext0",
    ext_ip: outside,
    listening_ip: "eth0",
    http_port: 5000,
    enable_upnp: "yes",
    enable_natpmp: "yes",
    notify_interval: notifySeconds,
    uuid,
    friendly_name: "Lab gateway",
    upnp_table_name: "filter",
    upnp_nat_table_name: "filter",
    upnp_forward_chain: "miniupnpd",
    upnp_nat_chain: "prerouting_miniupnpd",
    upnp_nat_postrouting_chain: "postrouting_miniupnpd",
    minissdpdsocket: join(folder, "none.sock"),
  };
  const rules = "allow 1024-65535 10.77.0.0/16 1024-65535\ndeny 0-65535 0.0.0.0/0 0-65535\n";
  return (
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join("") + rules
  );
}

async function addOutside(host: Host): Promise<void> {
  await host.ip("link", "add", "ext0", "type", "veth", "peer", "name", "wan0");
  await host.up("wan0");
  await host.up("ext0");
  await host.addAddress(`${outside}/24`, "ext0");
  await host.ip("route", "replace", "default", "dev", "ext0");
  await onHost(host, "sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
}

async function onHost(host: Host, command: string, args: readonly string[]): Promise<void> {
  await succeed("nsenter", [`--net=/run/netns/${host.namespace}`, "--", command, ...args]);
}
