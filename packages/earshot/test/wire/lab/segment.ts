/*
 * A network segment of our own: hosts, each a network namespace, on bridges in one more namespace. Nothing of it
 * touches the machine's network, and nothing can leave it: no interface of it leads outside.
 *
 * It takes root, or a user namespace that looks like it: `scripts/with-namespaces.sh npx vitest run --project interop`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Capture } from "./capture.ts";
import { Host } from "./host.ts";
import { addNamespace, deleteNamespace, deleteStaleNamespaces, namespacePrefix } from "./namespaces.ts";
import { succeed } from "./running.ts";

export interface SegmentOptions {
  /** How many hosts; they are counted from 1. */
  readonly hosts: number;
  /** IPv4: `10.77.0.i/16`. @default true */
  readonly ipv4?: boolean;
  /** IPv6: a link-local address and `fd77::i/64`. @default false */
  readonly ipv6?: boolean;
  /**
   * What a host knows of the way outside: nothing; only that multicast goes out of `eth0` (some peers choose no
   * interface themselves); or a default route over `eth0`.
   * @default "none"
   */
  readonly route?: "none" | "multicast" | "default";
}

export interface AttachOptions {
  /** @default "eth1" */
  readonly name?: string;
  /** The bridge: 0 is the one of `eth0`; others are made when first named, with networks `10.(77+n).0.0/16`. @default 1 */
  readonly bridge?: number;
}

let segments = 0;

/** Some hosts on one link. Disposing ends every process in them and removes them. */
export class Segment implements AsyncDisposable {
  readonly hosts: readonly Host[];
  /** A folder for captures and the like; gone with the segment. */
  readonly folder: string;
  readonly #name: string;
  readonly #options: SegmentOptions;
  readonly #bridges = new Set<number>();
  #ports = 0;

  static async create(options: SegmentOptions): Promise<Segment> {
    await deleteStaleNamespaces();
    const name = `${namespacePrefix}${++segments}`;
    const segment = new Segment(name, await mkdtemp(join(tmpdir(), `${name}-`)), options);
    try {
      await segment.#build();
      return segment;
    } catch (error) {
      await segment[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(name: string, folder: string, options: SegmentOptions) {
    this.#name = name;
    this.#options = options;
    this.folder = folder;
    this.hosts = Array.from(
      { length: options.hosts },
      (_, index) => new Host(`${name}-h${index + 1}`, index + 1, join(folder, `h${index + 1}`)),
    );
  }

  /** The host with this number, counted from 1. */
  host(index: number): Host {
    const host = this.hosts[index - 1];
    if (!host) throw new RangeError(`the segment has hosts 1 to ${this.hosts.length}, not ${index}`);
    return host;
  }

  /** Gives a host one more interface, up and with addresses. Its addresses end in 1.i where `eth0` has 0.i. */
  async attach(index: number, { name = "eth1", bridge = 1 }: AttachOptions = {}): Promise<void> {
    const host = this.host(index);
    await this.#plug(host, name, bridge);
    const position = bridge === 0 ? `1.${index}` : `0.${index}`;
    if (this.#options.ipv4 ?? true) await host.addAddress(`10.${77 + bridge}.${position}/16`, name);
    const position6 = bridge === 0 ? `1:${index.toString(16)}` : index.toString(16);
    if (this.#options.ipv6) await host.addAddress(`fd${77 + bridge}::${position6}/64`, name);
  }

  /** Captures what a host's interface sees, until stopped. */
  capture(index: number, fileName: string, interfaceName = "eth0"): Promise<Capture> {
    return Capture.start(this.host(index), join(this.folder, fileName), interfaceName);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.hosts.map((host) => host[Symbol.asyncDispose]()));
    for (const host of this.hosts) await deleteNamespace(host.namespace);
    await deleteNamespace(this.#switch);
    await rm(this.folder, { recursive: true, force: true });
  }

  get #switch(): string {
    return `${this.#name}-sw`;
  }

  async #build(): Promise<void> {
    await addNamespace(this.#switch);
    for (const host of this.hosts) await this.#addHost(host);
  }

  async #addHost(host: Host): Promise<void> {
    await addNamespace(host.namespace);
    await host.subfolder(".");
    const off = this.#options.ipv6 ? "0" : "1";
    for (const scope of ["all", "default"]) {
      await host.exec("sysctl", ["-qw", `net.ipv6.conf.${scope}.disable_ipv6=${off}`]);
      await host.exec("sysctl", ["-qw", `net.ipv6.conf.${scope}.accept_dad=0`]);
    }
    // Else the kernel takes all other addresses away with the first.
    await host.exec("sysctl", ["-qw", "net.ipv4.conf.all.promote_secondaries=1"]);
    await host.up("lo");
    await this.#plug(host, "eth0", 0);
    if (this.#options.ipv4 ?? true) await host.addAddress(`${host.address}/16`);
    if (this.#options.ipv6) await host.addAddress(`${host.address6}/64`);
    const { route = "none" } = this.#options;
    if (route !== "none")
      await host.ip("route", "add", route === "default" ? route : "224.0.0.0/4", "dev", "eth0");
  }

  async #plug(host: Host, name: string, bridge: number): Promise<void> {
    await this.#addBridge(bridge);
    const port = `p${++this.#ports}`;
    await host.ip("link", "add", name, "type", "veth", "peer", "name", port, "netns", this.#switch);
    await this.#inSwitch("link", "set", port, "master", `br${bridge}`, "up");
    await host.up(name);
  }

  async #addBridge(bridge: number): Promise<void> {
    if (this.#bridges.has(bridge)) return;
    this.#bridges.add(bridge);
    const name = `br${bridge}`;
    const quiet = ["mcast_snooping", "0", "stp_state", "0", "forward_delay", "0"];
    await this.#inSwitch("link", "add", name, "type", "bridge", ...quiet);
    await this.#inSwitch("link", "set", name, "up");
  }

  #inSwitch(...words: string[]): Promise<string> {
    return succeed("ip", ["-n", this.#switch, ...words]);
  }
}
