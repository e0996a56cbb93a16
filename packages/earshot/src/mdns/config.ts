import { UsageError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import { ANNOUNCEMENTS, GROUP_V4, GROUP_V6, PORT } from "./timing.ts";

/** Bounds on what strangers can make an engine do or keep. Each is a whole number of at least 1, or `Infinity`. */
export interface MdnsLimits {
  /**
   * Records kept, on all links. Of responses that say something new half as many are read at once, and a twentieth per
   * second; of an address of which something is kept already in the measure of `recordsPerSource`. @default 10000
   */
  readonly records: number;
  /** Records kept of one address that says them. @default a quarter of `records` */
  readonly recordsPerSource: number;
  /** Known answers of one question that are listed, and that are heeded. @default 256 */
  readonly knownAnswers: number;
  /** Addresses whose known answers are waited for at once, and messages of each. @default 512, 16 */
  readonly deferredSources: number;
  readonly deferredPerSource: number;
  /** Messages by unicast to one address per second, and at once. @default 20, 40 */
  readonly unicastPerSecondPerSource: number;
  readonly unicastBurstPerSource: number;
  /** Messages by unicast to everybody per second. @default 200 */
  readonly unicastPerSecond: number;
  /** Messages of answers multicast per second on one link. @default 100 */
  readonly multicastPerSecond: number;
  /** Queries multicast per second on one link. @default 50 */
  readonly queriesPerSecond: number;
  /** Instances of one type that are followed. @default 10000 */
  readonly instances: number;
  /** Types that are followed when every type is wanted. @default 256 */
  readonly types: number;
  /** Instances that are being resolved at once. @default 50 */
  readonly resolving: number;
}

/** What can be chosen about mDNS as a whole. */
export interface MdnsOptions {
  /** Port of the protocol. @default 5353 */
  readonly port?: number;
  /** The first label of our host name under `.local`. @default one that is stable and tells nothing: `earshot-` and 8 digits */
  readonly host?: string;
  /** How often a new record is announced, 2 to 8. @default 3 */
  readonly announcements?: number;
  /** Ask before a goodbye is believed that another address says than the one that announced. @default true */
  readonly verifyGoodbye?: boolean;
  /** Bounds; see `MdnsLimits` for each one's default. */
  readonly limits?: Partial<MdnsLimits>;
}

/** What an engine runs with: every choice made. */
export interface MdnsConfig {
  readonly port: number;
  readonly groupV4: string;
  readonly groupV6: string;
  /** The first label of our host name. */
  readonly host: string;
  readonly announcements: number;
  readonly verifyGoodbye: boolean;
  readonly limits: MdnsLimits;
}

const DEFAULT_LIMITS: MdnsLimits = {
  records: 10_000,
  recordsPerSource: 2_500,
  knownAnswers: 256,
  deferredSources: 512,
  deferredPerSource: 16,
  unicastPerSecondPerSource: 20,
  unicastBurstPerSource: 40,
  unicastPerSecond: 200,
  multicastPerSecond: 100,
  queriesPerSecond: 50,
  instances: 10_000,
  types: 256,
  resolving: 50,
};

/**
 * Completes the options.
 * @param hostId eight hexadecimal digits that are always the same on this host, and tell nothing about it.
 * @throws UsageError `INVALID_OPTION`.
 */
export function mdnsConfig(options: MdnsOptions, hostId: string): MdnsConfig {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  for (const [name, value] of Object.entries(limits))
    if (!(value >= 1))
      throw new UsageError("INVALID_OPTION", `limits.${name} is ${value}; it must be 1 or more`);
  return {
    port: within("port", options.port ?? PORT, 1, 65_535),
    groupV4: GROUP_V4,
    groupV6: GROUP_V6,
    host: options.host ?? `earshot-${hostId}`,
    announcements: within("announcements", options.announcements ?? ANNOUNCEMENTS, 2, 8),
    verifyGoodbye: options.verifyGoodbye ?? true,
    limits,
  };
}
