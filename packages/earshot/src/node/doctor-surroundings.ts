import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Finding } from "../network/diagnosis.ts";
import type { ProcSources } from "./proc-udp.ts";

/** What of the system's files is read: replaced in tests. */
export type DoctorSources = ProcSources;

export const systemSources: DoctorSources = {
  readText: (path) => readFileSync(path, "latin1"),
  list: (path) => readdirSync(path),
  readLink: (path) => readlinkSync(path),
};

/** What Linux tells in files about the network of this machine. Elsewhere, and where it is forbidden, nothing is known. */
export class Surroundings {
  readonly #sources: DoctorSources;

  constructor(sources: DoctorSources) {
    this.#sources = sources;
  }

  /** What of the machine itself is worth knowing. */
  findings(): Finding[] {
    return [...this.#container(), ...this.#receiveBuffer()];
  }

  /** Whether a kernel setting such as `net.ipv4.conf.eth0.rp_filter` has this value. */
  setting(name: string): string | undefined {
    return this.read(`/proc/sys/${name}`)?.trim();
  }

  /** Interfaces that are up, with their numbers: each is in the group of all hosts. */
  get up(): ReadonlyMap<string, string> {
    const lines = (this.read("/proc/self/net/igmp") ?? "").split("\n").slice(0, MOST_LINES);
    const found = lines.flatMap((line) => {
      const [, index, name] = /^(\d+)\s+(\S+)/.exec(line) ?? [];
      return index === undefined || name === undefined ? [] : [[name, index] as const];
    });
    return new Map(found);
  }

  /** Whether a cable or a radio is connected; `undefined` where it is not known, as where /sys is another namespace's. */
  hasCarrier(name: string): boolean | undefined {
    const index = this.up.get(name);
    if (index === undefined || this.read(`/sys/class/net/${name}/ifindex`)?.trim() !== index)
      return undefined;
    const carrier = this.read(`/sys/class/net/${name}/carrier`)?.trim();
    return carrier === undefined ? undefined : carrier === "1";
  }

  /** Advice on what lets the datagrams of `port` through, for the firewall that seems to be here. */
  firewallAdvice(port: number): string {
    const service = port === MDNS_PORT ? "mdns" : "ssdp";
    const managers = [
      ...(/^ENABLED=yes/m.test(this.read("/etc/ufw/ufw.conf") ?? "")
        ? [
            `ufw is on: ufw allow in proto udp to any port ${port}, and answers: ufw allow in proto udp from the local network`,
          ]
        : []),
      ...(this.#runs("firewalld")
        ? [`firewalld runs: firewall-cmd --add-service=${service} --permanent, then --reload`]
        : []),
    ];
    if (managers.length > 0) return managers.join("; ");
    const tables = this.#tables();
    const where = tables.length > 0 ? `rules of ${tables.join(" and ")}` : "firewall rules of this machine";
    return `look at the ${where}: UDP port ${port} in both directions, IGMP or MLD, and answers to ports 49152 to 65535`;
  }

  read(path: string): string | undefined {
    try {
      return this.#sources.readText(path);
    } catch {
      return undefined;
    }
  }

  #tables(): string[] {
    const modules = this.read("/proc/modules") ?? "";
    const legacy = `${this.read("/proc/self/net/ip_tables_names") ?? ""}${this.read("/proc/self/net/ip6_tables_names") ?? ""}`;
    return [
      ...(/^nf_tables /m.test(modules) ? ["nftables (nft list ruleset)"] : []),
      ...(legacy.trim() !== "" ? ["iptables (iptables-save)"] : []),
    ];
  }

  #runs(program: string): boolean {
    try {
      const ids = this.#sources.list("/proc").filter((name) => /^\d+$/.test(name));
      return ids.slice(0, MOST_PROCESSES).some((id) => this.read(`/proc/${id}/comm`)?.trim() === program);
    } catch {
      return false;
    }
  }

  #container(): Finding[] {
    const isContainer =
      this.read("/.dockerenv") !== undefined || this.read("/run/.containerenv") !== undefined;
    if (isContainer)
      return [
        {
          level: "note",
          subject: "this machine",
          says: "this runs in a container, whose own network the multicast of the local network does not reach",
          advice: "run the container on the host's network (--network host), or on a macvlan",
        },
      ];
    if (!/microsoft/i.test(this.read("/proc/version") ?? "")) return [];
    return [
      {
        level: "note",
        subject: "this machine",
        says: "this is the Windows Subsystem for Linux, whose network is hidden behind that of Windows",
        advice: "set networkingMode=mirrored in .wslconfig, or run it on Windows itself",
      },
    ];
  }

  #receiveBuffer(): Finding[] {
    const most = Number(this.setting("net/core/rmem_max") ?? Number.NaN);
    if (!(most < SMALL_BUFFER)) return [];
    return [
      {
        level: "note",
        subject: "this machine",
        says: `the kernel lets a socket keep ${most} bytes (net.core.rmem_max): when hundreds of devices answer at once, some may be lost`,
        advice: "sysctl -w net.core.rmem_max=2097152",
      },
    ];
  }
}

/** RFC 6762 §3. */
const MDNS_PORT = 5353;
const MOST_LINES = 8_192;
const MOST_PROCESSES = 4_096;
const SMALL_BUFFER = 1 << 20;
