/** Every constant of mDNS, in milliseconds unless the name says otherwise, with the section of RFC 6762 that it comes from. */
import type { Rate } from "../core/token-bucket.ts";

/** §3: the port and groups of mDNS; §11: how far they may travel. */
export const PORT = 5353;
export const GROUP_V4 = "224.0.0.251";
export const GROUP_V6 = "ff02::fb";
export const HOPS = 255;

/** §5.2: the first query of a series waits at random, for others may be about to ask the same. */
export const FIRST_QUERY_DELAY: readonly [number, number] = [20, 120];
/** §5.2: the second query comes a second later, each after that at twice the interval, an hour at most. */
export const FIRST_QUERY_INTERVAL = 1000;
export const MOST_QUERY_INTERVAL = 3_600_000;
/** Who asks what is asked already has it asked again, but no sooner than this after the last time. */
export const JOINER_GAP = 3000;
/** §5.2: an answer of interest is asked for again at these shares of its life, each a little later at random. */
export const REFRESH_SHARES: readonly number[] = [0.8, 0.85, 0.9, 0.95];
export const REFRESH_JITTER = 0.02;
/** A short-lived record is not asked for again sooner than this, whatever its TTL: against storms of TTL 1. */
export const REFRESH_FLOOR = 1000;
/** Questions that are due within this time of each other go into one message. */
export const QUERY_GATHERING = 100;
/** §5.4: an answer by unicast is believed for this long after we asked for it. */
export const UNICAST_WINDOW = 2000;
/** §7.3: a question that another host asked this recently need not be asked by us. */
export const DUPLICATE_QUESTION_WINDOW = 999;

/** §6: shared answers wait at random, so that many hosts do not speak at once. */
export const SHARED_ANSWER_DELAY: readonly [number, number] = [20, 120];
/** §6, §7.2: with TC set the rest of the known answers is waited for. */
export const TRUNCATED_DELAY: readonly [number, number] = [400, 500];
/** §6.4: an answer may wait this much longer for others to go with it; §6: for what it must wait for, no longer than this. */
export const AGGREGATION_WINDOW = 500;
/** §7.2: known answers that come in pieces are waited for no longer than this, however many pieces follow. */
export const MOST_GATHERING = 2000;
/** §6: a record is multicast on a link no more often than this; §6: to defend it in answer to a probe, than this. */
export const MULTICAST_GAP = 1000;
export const DEFENCE_GAP = 250;
/** §6.7: most seconds that one who is no mDNS querier may keep our answer. */
export const LEGACY_TTL_SECONDS = 10;

/** §8.1: probes begin at random within this, are this many, and so far apart. */
export const PROBE_WAIT: readonly [number, number] = [0, 250];
export const PROBES = 3;
export const PROBE_GAP = 250;
/** §8.2: who loses a tie-break waits, then probes again. */
export const TIE_BREAK_WAIT = 1000;
/** §8.1: so many conflicts within this time, and each further try waits. */
export const CONFLICT_LIMIT = 15;
export const CONFLICT_WINDOW = 10_000;
export const CONFLICT_WAIT = 5000;
/** After so many conflicts in a row each further try waits twice as long as the last, ten minutes at most. */
export const CONFLICT_STORM = 32;
export const MOST_CONFLICT_WAIT = 600_000;

/**
 * §8.3: announcements, a second apart at first, then doubling: two at least, eight at most. Who has looked for long asks once
 * in an hour, and hears of somebody new from these alone: of two at 30 % loss one browser in 11 misses both, of three one in 37.
 */
export const ANNOUNCEMENTS = 3;
export const ANNOUNCEMENT_GAP = 1000;
/** §8.4: changes of one record's data per minute. */
export const UPDATE_RATE: Rate = { perSecond: 10 / 60, burst: 10 };

/** §10: seconds that records with a host name or an address in them live, and all others. */
export const HOST_TTL_SECONDS = 120;
export const OTHER_TTL_SECONDS = 4500;
/** §10.1, §10.2: what is gone or replaced is kept this much longer. */
export const GRACE = 1000;
/** §10.4, §10.5: who does not answer within this time is gone. */
export const RECONFIRM_WINDOW = 10_000;
/** §10.4: how often a record is asked for that may be gone; two at least. */
export const RECONFIRM_QUERIES = 3;
/** No record is believed for longer than this, in seconds; none with interest in it is asked for sooner than as if it lived for the least. */
export const MOST_TTL_SECONDS = 86_400;
export const LEAST_PTR_REFRESH_TTL_SECONDS = 1125;
export const LEAST_REFRESH_TTL_SECONDS = 15;
/** A record whose end is seen so much too late has a last chance: the program was held up, and what it missed may be waiting. */
export const OVERDUE = 1000;
/** How long what was heard on a link outlives the link. */
export const LINK_DOWN_GRACE = 10_000;
