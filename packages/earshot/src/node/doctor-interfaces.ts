import type { Link } from "../core/engine.ts";
import type { Finding, FindingLevel } from "../network/diagnosis.ts";
import type { Surroundings } from "./doctor-surroundings.ts";
import type { SkippedInterface } from "./links.ts";

/** Which interfaces are used, and why the others are not. */
export function interfaceFindings(
  links: readonly Link[],
  skipped: readonly SkippedInterface[],
  surroundings: Surroundings | undefined,
): Finding[] {
  return [
    ...links.map(usedFinding),
    ...links.flatMap((link) => withoutIpv6(link, links, surroundings)),
    ...skipped.map((one) => skippedFinding(one, surroundings)),
  ];
}

function usedFinding({ id, address, prefixLength }: Link): Finding {
  return { level: "ok", subject: id, says: `is chosen, with the address ${address}/${prefixLength}` };
}

/** An interface that has IPv4 only because IPv6 is switched off. */
function withoutIpv6(
  { interfaceName, family }: Link,
  links: readonly Link[],
  surroundings: Surroundings | undefined,
): Finding[] {
  const hasBoth = links.some((other) => other.interfaceName === interfaceName && other.family === 6);
  if (family === 6 || hasBoth || !/^[\w.-]+$/.test(interfaceName)) return [];
  if (surroundings?.setting(`net/ipv6/conf/${interfaceName}/disable_ipv6`) !== "1") return [];
  return [
    {
      level: "note",
      subject: interfaceName,
      says: `IPv6 is switched off here (net.ipv6.conf.${interfaceName}.disable_ipv6): devices that speak only IPv6 are not found`,
    },
  ];
}

interface Explained {
  readonly level: FindingLevel;
  readonly advice?: string;
}

/** What the reasons of `selectLinks` mean to people, by how they begin or what is in them. */
const MEANINGS: readonly (readonly [pattern: RegExp, (name: string) => Explained])[] = [
  [
    /^is loopback/,
    (name) => ({
      level: "note",
      advice: `name it (--interface ${name}) to hear programs of this machine alone`,
    }),
  ],
  [/^looks virtual/, (name) => ({ level: "note", advice: virtualAdvice(name) })],
  [
    /^is point-to-point/,
    () => ({
      level: "note",
      advice: "nothing is multicast through a tunnel or modem; name it to try all the same",
    }),
  ],
  [/^cannot multicast/, (name) => ({ level: "warning", advice: `let it: ip link set ${name} multicast on` })],
  [/^is a port of a bridge/, () => ({ level: "note" })],
  [/^is not among/, () => ({ level: "note" })],
  [/^was named by/, () => ({ level: "warning", advice: "name the interface, or ask for the other family" })],
  [
    /^has no IPv/,
    () => ({ level: "warning", advice: "give it an address of that family, or ask for the other one" }),
  ],
  [
    /still being checked/,
    () => ({ level: "warning", advice: "wait a second; if it stays so, another host has the same address" }),
  ],
  [
    /only public addresses/,
    () => ({
      level: "warning",
      advice: "--allow-public uses it: anybody who can reach that address may then ask this machine",
    }),
  ],
  [/are used already/, () => ({ level: "warning", advice: "name those that matter with --interface" })],
  [
    /cannot be listed/,
    () => ({ level: "problem", advice: "this system does not let programs see its interfaces" }),
  ],
];

function skippedFinding(one: SkippedInterface, surroundings: Surroundings | undefined): Finding {
  const { interfaceName: subject, reason } = one;
  if (reason.startsWith("is down")) return silentFinding(subject, surroundings);
  const explain = MEANINGS.find(([pattern]) => pattern.test(reason))?.[1];
  const { level, advice } = explain?.(subject) ?? { level: "warning" as const, advice: undefined };
  return { level, subject, says: `is not used: ${reason}`, ...(advice !== undefined && { advice }) };
}

/** An interface that is down, not connected, or without an address: as far as the system tells which. */
function silentFinding(subject: string, surroundings: Surroundings | undefined): Finding {
  const level = "note";
  if (NEIGHBOURHOODS.some(([pattern]) => pattern.test(subject))) {
    const says = "is not used: it is virtual, and down or without address or connection";
    return { level, subject, says, advice: virtualAdvice(subject) };
  }
  if (!surroundings?.up.has(subject))
    return { level, subject, says: "is not used: it is down", advice: `ip link set ${subject} up` };
  if (surroundings.hasCarrier(subject) === false)
    return {
      level,
      subject,
      says: "is not used: nothing is connected to it",
      advice: "plug it in, or join a network",
    };
  const advice = `get one by DHCP, or: ip address add ADDRESS/LENGTH dev ${subject}`;
  return { level, subject, says: "is not used: it is up, and has no address or no connection", advice };
}

const NEIGHBOURHOODS: readonly (readonly [pattern: RegExp, where: string])[] = [
  [/^(?:docker|br-|veth|podman|cni|flannel|cali)/, "only containers of this machine are there"],
  [/^(?:virbr|vnet|lxcbr|lxdbr)/, "only virtual machines and containers of this machine are there"],
  [
    /^(?:vmnet|vboxnet)/,
    "only virtual machines of this machine are there: it is host-only or behind address translation",
  ],
  [
    /^(?:tun|tap|tailscale|wg|zt|ppp|ipsec|utun|gif|stf)/,
    "it leads into a tunnel, through which devices are not announced",
  ],
  [/^(?:awdl|llw|anpi)/, "it is for direct radio between devices of one maker"],
];

/** S45: where virtual interfaces lead. */
function virtualAdvice(name: string): string {
  const where =
    NEIGHBOURHOODS.find(([pattern]) => pattern.test(name))?.[1] ?? "it is not part of a local network";
  return `${where}; name it (--interface ${name}) to use it all the same`;
}
