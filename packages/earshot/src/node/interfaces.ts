import { readFileSync } from "node:fs";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { canonicalAddress, splitZone } from "../core/address.ts";
import type { Platform } from "./platform.ts";

/** One address of an interface. The flags are false where the system does not tell. */
export interface AddressState {
  readonly family: 4 | 6;
  /** Canonical, without zone. */
  readonly address: string;
  readonly prefixLength: number;
  /** Still being checked for duplicates, or found to be one: it cannot be bound to. */
  readonly tentative: boolean;
  /** Temporary (RFC 8981) or deprecated: not to be announced while there is another. */
  readonly fleeting: boolean;
}

/** An interface that is up and has an address, as the operating system tells. `undefined`: it does not tell. */
export interface InterfaceState {
  readonly name: string;
  readonly index: number | undefined;
  readonly loopback: boolean;
  readonly multicast: boolean | undefined;
  readonly pointToPoint: boolean | undefined;
  /** A port of a bridge: the bridge speaks for it. */
  readonly bridged: boolean;
  /** Most bytes of one packet, headers of IP included. */
  readonly mtu: number | undefined;
  readonly addresses: readonly AddressState[];
}

/** What is known of the interfaces at one moment. */
export interface Snapshot {
  readonly interfaces: readonly InterfaceState[];
  /** Names of interfaces that exist but are down or have no address, as far as the system tells. */
  readonly silent: readonly string[];
}

/** Where a snapshot is read from: replaced in tests. `readText` throws when there is no such file. */
export interface InterfaceSources {
  readonly list: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  readonly readText: (path: string) => string;
}

const system: InterfaceSources = {
  list: networkInterfaces,
  readText: (path) => readFileSync(path, "latin1"),
};

const MAX_INTERFACES = 1_024;
const IFF = { multicast: 0x1000, pointToPoint: 0x10 };
const IFA = { temporary: 0x01, duplicate: 0x08, deprecated: 0x20, tentative: 0x40 };

/** Reads the interfaces as they are now; at most 1,024 of them. Throws what `os.networkInterfaces()` throws. */
export function readInterfaces(platform: Platform, sources: InterfaceSources = system): Snapshot {
  const details = platform.hasProc ? new Details(sources.readText) : undefined;
  const listed = Object.entries(sources.list()).slice(0, MAX_INTERFACES);
  const interfaces = listed.flatMap(([name, infos = []]) => describe(name, infos, details));
  const known = new Set(interfaces.map(({ name }) => name));
  return { interfaces, silent: (details?.names() ?? []).filter((name) => !known.has(name)) };
}

function describe(
  name: string,
  infos: NetworkInterfaceInfo[],
  details: Details | undefined,
): InterfaceState[] {
  const addresses = infos.flatMap((info) => describeAddress(info, details));
  const first = infos[0];
  if (!first || addresses.length === 0) return [];
  const flags = details?.flags(name, first.mac);
  const scoped = infos.find((info) => info.family === "IPv6" && info.scopeid > 0);
  return [
    {
      name,
      index: scoped?.family === "IPv6" ? scoped.scopeid : details?.index(name),
      loopback: infos.some((info) => info.internal),
      multicast: flags === undefined ? undefined : (flags & IFF.multicast) !== 0,
      pointToPoint: flags === undefined ? undefined : (flags & IFF.pointToPoint) !== 0,
      bridged: flags !== undefined && (details?.isBridged(name) ?? false),
      mtu: flags === undefined ? undefined : details?.mtu(name),
      addresses,
    },
  ];
}

function describeAddress(info: NetworkInterfaceInfo, details: Details | undefined): AddressState[] {
  const address = canonicalAddress(splitZone(info.address).address);
  if (address === undefined) return [];
  const family = info.family === "IPv6" ? 6 : 4;
  const flags = family === 6 ? (details?.addressFlags(address) ?? 0) : 0;
  return [
    {
      family,
      address,
      prefixLength: Number(info.cidr?.split("/")[1] ?? (family === 4 ? 32 : 128)),
      tentative: (flags & (IFA.tentative | IFA.duplicate)) !== 0,
      fleeting: (flags & (IFA.temporary | IFA.deprecated)) !== 0,
    },
  ];
}

/** What Linux tells beside `getifaddrs`. Everything is optional: without /proc and /sys nothing is known. */
class Details {
  readonly #readText: (path: string) => string;
  #addressFlags: ReadonlyMap<string, number> | undefined;
  #indexes: ReadonlyMap<string, number> | undefined;

  constructor(readText: (path: string) => string) {
    this.#readText = readText;
  }

  /** Every interface of this network namespace, up or down. */
  names(): string[] {
    const lines = this.#read("/proc/self/net/dev").split("\n").slice(2, MAX_INTERFACES);
    return lines.flatMap((line) => /^\s*(.+?):/.exec(line)?.[1] ?? []);
  }

  /** Lines of `index name : ...`, and of groups, which begin with two tabs. */
  index(name: string): number | undefined {
    this.#indexes ??= new Map(
      this.#read("/proc/self/net/igmp")
        .split("\n")
        .flatMap((line) => {
          const [, index, device] = /^(\d+)\s+(\S+)/.exec(line) ?? [];
          return index === undefined || device === undefined ? [] : [[device, Number(index)] as const];
        }),
    );
    return this.#indexes.get(name);
  }

  /** /sys shows the namespace of whoever mounted it, which may not be ours: then the hardware address differs. */
  flags(name: string, mac: string): number | undefined {
    if (this.#read(`/sys/class/net/${name}/address`).trim() !== mac) return undefined;
    const flags = Number.parseInt(this.#read(`/sys/class/net/${name}/flags`), 16);
    return Number.isNaN(flags) ? undefined : flags;
  }

  mtu(name: string): number | undefined {
    const mtu = Number.parseInt(this.#read(`/sys/class/net/${name}/mtu`), 10);
    return mtu > 0 ? mtu : undefined;
  }

  isBridged(name: string): boolean {
    return this.#read(`/sys/class/net/${name}/brport/port_no`) !== "";
  }

  addressFlags(address: string): number | undefined {
    this.#addressFlags ??= this.#readAddressFlags();
    return this.#addressFlags.get(address);
  }

  /** Lines of `address index prefix scope flags name`, all hexadecimal but the name. */
  #readAddressFlags(): ReadonlyMap<string, number> {
    const flags = new Map<string, number>();
    for (const line of this.#read("/proc/self/net/if_inet6")
      .split("\n")
      .slice(0, 4 * MAX_INTERFACES)) {
      const [hex = "", , , , bits = "0"] = line.trim().split(/\s+/);
      const address = canonicalAddress(hex.replace(/(.{4})(?=.)/g, "$1:"));
      if (address !== undefined) flags.set(address, (flags.get(address) ?? 0) | Number.parseInt(bits, 16));
    }
    return flags;
  }

  #read(path: string): string {
    try {
      return this.#readText(path);
    } catch {
      return "";
    }
  }
}
