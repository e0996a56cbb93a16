import { familyOf, isMulticast } from "../core/address.ts";
import { UsageError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import { within } from "../core/within.ts";
import { GROUP_V4, GROUP_V6_LINK, GROUP_V6_SITE, HOPS, PORT, SITE_HOPS } from "./timing.ts";

/** Bounds on what strangers can make an engine do or keep. Each is a whole number or `Infinity`. */
export interface SsdpLimits {
  /** Search answers sent to one address per second, in packets. @default 10 */
  readonly answersPerSecondPerSource: number;
  /** Search answers that one address may get at once, in packets. @default 20 */
  readonly answerBurstPerSource: number;
  /** Search answers sent to everybody per second, in packets. @default 100 */
  readonly answersPerSecond: number;
  /** Answers waiting for their moment. @default 256 */
  readonly pendingAnswers: number;
  /** Devices kept, in all. @default 2048 */
  readonly devices: number;
  /** Devices kept per address that announces them. @default 64 */
  readonly devicesPerSource: number;
  /** Advertisements kept, in all. @default 4096 */
  readonly services: number;
}

/** What can be chosen about SSDP as a whole. */
export interface SsdpOptions {
  /** Port of the protocol. @default 1900 */
  readonly port?: number;
  /** IPv4 group. @default "239.255.255.250" */
  readonly group?: string;
  /** TTL and hop limit of multicast packets, 1 to 255; FF05::C has its own. @default 2 */
  readonly hops?: number;
  /** How often each round of a search is sent by `browse` and `find`, 1 to 10: datagrams get lost. @default 3 */
  readonly searchCopies?: number;
  /** Also use the site-local IPv6 group FF05::C. @default false */
  readonly siteScope?: boolean;
  /** Hop limit of packets to FF05::C, 1 to 255. @default 10 */
  readonly siteHops?: number;
  /** Also hear IPv4 broadcasts, and allow them as destination of a search. @default false */
  readonly broadcast?: boolean;
  /**
   * Answer searches that deviate from the standard in known ways: MAN without quotes, MX missing, `pnp:rootdevice` for
   * `upnp:rootdevice`. @default false
   */
  readonly lenient?: boolean;
  /**
   * Answer a search that has TCPPORT.UPNP.ORG over one TCP connection to that port of the host that asked, as UPnP 2.0
   * has it; on the link only, once in 5 seconds for each host. @default false: answered by UDP as any other
   */
  readonly answerByTcp?: boolean;
  /** Answer every search, whatever it is for, with the root device as well: some programs need that. @default false */
  readonly alwaysReplyWithRootDevice?: boolean;
  /**
   * How long what said goodbye is kept, in ms, at most 10,000: a device that is back within that time was never lost.
   * Some say goodbye and come back at once. @default 0
   */
  readonly holdGoodbyeMs?: number;
  /**
   * Who browses for a type also searches for `upnp:rootdevice` and `ssdp:all`: some devices answer nothing else.
   * @default false
   */
  readonly broad?: boolean;
  /**
   * Answer a search with MAN unquoted by NOTIFY, to this protocol's port at the address that asked, and whatever it is for:
   * so do the devices of a home-made protocol that searches by broadcast. Other searches are answered as ever. Makes the
   * engine `lenient`, unless that says otherwise. @default false
   */
  readonly answerByNotify?: boolean;
  /** Bounds; see `SsdpLimits` for each one's default. */
  readonly limits?: Partial<SsdpLimits>;
}

/** What an engine runs with: every choice made. */
export interface SsdpConfig {
  readonly port: number;
  readonly groupV4: string;
  readonly groupsV6: readonly string[];
  readonly hops: number;
  readonly broadcast: boolean;
  readonly siteHops: number;
  readonly lenient: boolean;
  readonly answerByNotify: boolean;
  readonly answerByTcp: boolean;
  readonly alwaysReplyWithRootDevice: boolean;
  readonly holdGoodbyeMs: number;
  readonly limits: SsdpLimits;
  /** BOOTID of the first announcement: 31 bits, higher than at every earlier start of this device. */
  readonly bootId: number;
  /** Operating system as a product token, such as `Linux/6.1`. */
  readonly system: string;
}

const DEFAULT_LIMITS: SsdpLimits = {
  answersPerSecondPerSource: 10,
  answerBurstPerSource: 20,
  answersPerSecond: 100,
  pendingAnswers: 256,
  devices: 2048,
  devicesPerSource: 64,
  services: 4096,
};

/**
 * Completes the options.
 * @throws UsageError `INVALID_OPTION` for a number out of its range, or a group that is none.
 */
export function ssdpConfig(options: SsdpOptions, outside: { bootId: number; system: string }): SsdpConfig {
  return {
    port: within("port", options.port ?? PORT, 1, 65_535),
    groupV4: checkedGroup(options.group ?? GROUP_V4),
    groupsV6: options.siteScope ? [GROUP_V6_LINK, GROUP_V6_SITE] : [GROUP_V6_LINK],
    hops: within("hops", options.hops ?? HOPS, 1, 255),
    broadcast: options.broadcast ?? false,
    siteHops: within("siteHops", options.siteHops ?? SITE_HOPS, 1, 255),
    lenient: options.lenient ?? options.answerByNotify ?? false,
    answerByNotify: options.answerByNotify ?? false,
    answerByTcp: options.answerByTcp ?? false,
    alwaysReplyWithRootDevice: options.alwaysReplyWithRootDevice ?? false,
    holdGoodbyeMs: within("holdGoodbyeMs", options.holdGoodbyeMs ?? 0, 0, 10_000),
    limits: checkedLimits({ ...DEFAULT_LIMITS, ...options.limits }),
    bootId: outside.bootId % 0x8000_0000,
    system: outside.system,
  };
}

/** `OS/version UPnP/x.y product/version` (UDA 1.1 §1.2.2), for SERVER and USER-AGENT. */
export function productTokens(system: string, udaVersion: string): string {
  return `${system} UPnP/${udaVersion} earshot/${VERSION}`;
}

function checkedGroup(group: string): string {
  if (familyOf(group) === 4 && isMulticast(group)) return group;
  throw new UsageError("INVALID_OPTION", `${JSON.stringify(group)} is no IPv4 multicast address`);
}

function checkedLimits(limits: SsdpLimits): SsdpLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!(value >= 1))
      throw new UsageError("INVALID_OPTION", `limits.${name} is ${value}; it must be 1 or more`);
  }
  return limits;
}
