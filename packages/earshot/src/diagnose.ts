import { isMulticast, urlHost } from "./core/address.ts";
import type { Endpoint } from "./core/engine.ts";
import { within } from "./core/within.ts";
import {
  CLASS,
  encodeMessage as encodeDns,
  MdnsEngine,
  mdnsConfig,
  Name,
  type Question,
  TYPE,
} from "./mdns/index.ts";
import type { Diagnosis } from "./network/diagnosis.ts";
import type { Network } from "./network/index.ts";
import { createNetwork, type Examination, examine, keepAlive } from "./node/index.ts";
import { encodeMessage, PORT, ssdpConfig } from "./ssdp/index.ts";

/** What to examine. */
export interface DiagnoseOptions {
  /** Interfaces to examine, by name or address; loopback must be named. @default every usable one */
  readonly interfaces?: readonly string[];
  /** Address families. @default [4, 6] */
  readonly families?: readonly (4 | 6)[];
  /** Also examine interfaces with public addresses. @default false */
  readonly allowPublic?: boolean;
  /** How long to listen to others, in ms, 100 to 60000. @default 3000 */
  readonly waitMs?: number;
  /**
   * Also search for everything, once, and see whether answers come. What is sent otherwise are searches that nobody
   * answers, and that no router passes on. @default true
   */
  readonly search?: boolean;
  /** What is to be heard. @default ["ssdp", "dns-sd"] */
  readonly protocols?: readonly ("ssdp" | "dns-sd")[];
  /** UDP port of SSDP. @default 1900 */
  readonly port?: number;
  /** Ends the listening early; what was found by then is told. */
  readonly signal?: AbortSignal;
  /** Another network than the machine's own, such as a simulated one: only what is heard there is examined. */
  readonly network?: Network;
}

/**
 * Finds out what keeps SSDP and mDNS from being heard, or is about to: interfaces that are not used and why, programs that
 * keep a port, firewalls, kernel settings; and whether what is sent to the group and to this machine really comes.
 * Rejects with `UsageError` `UNKNOWN_INTERFACE` or `INVALID_OPTION`; whatever else is wrong is what it finds.
 */
export async function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const { interfaces, families, allowPublic, protocols = ["ssdp", "dns-sd"] } = options;
  const port = within("port", options.port ?? PORT, 1, 65_535);
  const waitMs = within("waitMs", options.waitMs ?? 3000, 100, 60_000);
  const network =
    options.network ??
    createNetwork({
      ...(interfaces && { interfaces }),
      ...(families && { families }),
      ...(allowPublic !== undefined && { allowPublic }),
    });
  const { search = true, signal } = options;
  const common = { waitMs, ...(signal && { signal }) };
  const known = {
    ssdp: () => ({ ...ssdpExamination(network, port, search), ...common }),
    "dns-sd": () => ({ ...mdnsExamination(network, search), ...common }),
  };
  const letGo = options.network ? () => {} : keepAlive();
  try {
    const wanted = [...new Set(protocols)];
    return await examine(
      network,
      wanted.map((protocol) => known[protocol]()),
    );
  } finally {
    letGo();
  }
}

type Sayings = Pick<Examination, "binding" | "probe" | "question">;

function ssdpExamination(network: Network, port: number, search: boolean): Sayings {
  const { groupV4, groupsV6 } = ssdpConfig({}, { bootId: 0, system: network.system });
  return {
    binding: { port, groups: { 4: [groupV4], 6: groupsV6 }, hops: 1 },
    probe: (to) => searchFor(nobody(network), to),
    ...(search && { question: (to: Endpoint) => searchFor("ssdp:all", to) }),
  };
}

/** RFC 6763 §9 has a question that everybody answers who announces anything. */
function mdnsExamination(network: Network, search: boolean): Sayings {
  const { binding } = new MdnsEngine(mdnsConfig({}, "00000000"), network.random.fork());
  const everything = Name.of("_services", "_dns-sd", "_udp", "local");
  return {
    binding,
    probe: () => askFor(Name.of(`nobody-${nobody(network).slice(-12)}`, "local"), TYPE.A),
    ...(search && { question: () => askFor(everything, TYPE.PTR) }),
  };
}

function askFor(name: Name, type: number): Uint8Array {
  const question: Question = { name, type, class: CLASS.IN, unicast: false };
  return encodeDns({ kind: "query", questions: [question] });
}

/** A device that there is nowhere, another one at each call. */
function nobody(network: Network): string {
  const { random } = network;
  return `uuid:${network.uuid(`nobody ${random.next()} ${random.next()}`)}`;
}

/** UDA 1.1 §1.3.2: MX is for the group alone. */
function searchFor(target: string, { address, port }: Endpoint): Uint8Array {
  const mx = isMulticast(address) ? [["MX", "1"] as const] : [];
  const host = `${urlHost(address)}:${port}`;
  return encodeMessage("search", [["HOST", host], ["MAN", '"ssdp:discover"'], ...mx, ["ST", target]]);
}
