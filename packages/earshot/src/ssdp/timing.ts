/** Every constant of SSDP, in milliseconds unless the name says otherwise, with the section that it comes from. */
import type { Rate } from "../core/token-bucket.ts";

/** UDA 1.1 §1.1: the port and groups of SSDP; UDA 2.0 §A.2: the IPv6 groups, link-local and site-local. */
export const PORT = 1900;
export const GROUP_V4 = "239.255.255.250";
export const GROUP_V6_LINK = "ff02::c";
export const GROUP_V6_SITE = "ff05::c";

/** UDA 1.1 §1: the TTL of multicast messages should default to 2. */
export const HOPS = 2;
/** UDA 2.0 §A.2: the hop limit of messages to the site-local group. */
export const SITE_HOPS = 10;

/** UDA 1.1 §1.2.2: before the initial set a device waits at random, at most this long. */
export const INITIAL_WAIT = 100;
/** UDA 1.1 §1.2.2: a set is sent more than once, but not more than three times, a few hundred milliseconds apart. */
export const INITIAL_COPIES = 3;
export const REFRESH_COPIES = 2;
export const COPY_GAP: readonly [number, number] = [200, 400];
/** UDA 1.1 §1.2.2: a set is sent anew at random before half of max-age, to spread the load. */
export const REFRESH_WINDOW: readonly [number, number] = [0.35, 0.5];
/** Announcements on demand leave no more often than this. */
export const NOTIFY_GAP = 1000;
/** A goodbye is said twice: the second one for those who lost the first. */
export const BYEBYE_COPIES = 2;
export const BYEBYE_GAP = 100;

/** UDA 1.1 §1.2.2: max-age should be at least this, in seconds; also assumed where a message says nothing. */
export const DEFAULT_MAX_AGE_SECONDS = 1800;
/** Shorter lifetimes are believed only up to here (devices that say 0, 1 or 30), longer ones only up to a day. */
export const LEAST_MAX_AGE_SECONDS = 60;
export const MOST_MAX_AGE_SECONDS = 86_400;

/** UDA 1.1 §1.3.2: MX from 1, should not exceed 5; UDA 1.0 allowed 120. */
export const DEFAULT_MX_SECONDS = 3;
export const MOST_MX_SECONDS = 5;
export const MOST_MX_SECONDS_UDA_1_0 = 120;
/** UDA 1.1 §1.3.2: searches are sent more than once, spread. */
export const SEARCH_COPIES = 3;
export const SEARCH_COPY_GAP: readonly [number, number] = [150, 450];
/** A standing search is not made anew before this, however short the lifetimes of those are who only answer. */
export const SEARCH_ROUND_GAP = 30_000;
/** How long after MX answers are still waited for. */
export const ANSWER_MARGIN = 1000;
/** UDA 1.1 §1.3.2: a search is repeated from time to time; for devices that never announce themselves. */
export const STANDING_SEARCH_EVERY = 300_000;
/** Answers keep clear of the end of the MX window by this share of it, for the way back. */
export const ANSWER_WINDOW_SHARE = 0.95;

/** UDA 2.0 §1.3.3, answers over TCP: connections to one address, and to all, so that nobody is scanned or flooded by us. */
export const CONNECTION_RATE: Rate = { perSecond: 1 / 5, burst: 1 };
export const CONNECTIONS_RATE: Rate = { perSecond: 10, burst: 16 };
/** Connections under way at a time. */
export const MOST_CONNECTIONS = 16;

/** Before a silent device is given up it is asked directly, twice. */
export const VERIFY_COPIES = 2;
export const VERIFY_GAP = 1000;
export const VERIFY_WINDOW = 3000;
/** A device is asked directly at most this often on behalf of a stranger's doubtful goodbye. */
export const VERIFY_AGAIN_AFTER = 30_000;
/**
 * How many places are asked, on behalf of everybody. Each question is sent twice, a second apart, so that no second sees
 * more than the bursts and twice the rates of this, of doubts and of inquiries: 49 packets.
 */
export const ASK_RATE: Rate = { perSecond: 15, burst: 4 };
/** How many are asked because of a stranger's word, apart from those above. */
export const DOUBT_RATE: Rate = { perSecond: 4, burst: 4 };
/** The same for what is not known, of one address and of all. */
export const INQUIRY_RATE: Rate = { perSecond: 1 / 30, burst: 1 };
export const INQUIRIES_RATE: Rate = { perSecond: 1 / 2, burst: 2 };
/** Inquiries that wait for their moment. */
export const MOST_INQUIRIES = 64;
/**
 * How often asking may be put off before a silent place is given up unasked: when all the places there can be run out at
 * once, as after a sleep, each is asked before.
 */
export const MOST_PUT_OFFS = 200;
/** Who cannot be asked yet is asked this much later. */
export const ASK_LATER: readonly [number, number] = [500, 3000];
/** After a sleep the places are asked within this time, unless they are heard before. */
export const ASK_AFTER_SLEEP: readonly [number, number] = [1000, 4000];
/** A deadline missed by more than this says that we were held up, not that the device was silent. */
export const OVERDUE = 1000;
/** A LOCATION that is not heard for this long while another is, is no longer the one to use. */
export const LOCATION_SILENCE = 60_000;
/** How many changes of one advertisement are told. */
export const UPDATE_RATE: Rate = { perSecond: 1 / 30, burst: 5 };
/** A standing search is not made anew for a new user when its last round is younger than this. */
export const SEARCH_AGAIN_AFTER = 5000;
/** How long what was heard on a link outlives the link. */
export const LINK_DOWN_GRACE = 10_000;
/** An alive that was overtaken by its own byebye arrives within this time, and is not believed. */
export const OVERTAKEN_WINDOW = 1000;
/** The same while the goodbye is held: who is back so late after it said that again, and was not overtaken. */
export const OVERTAKEN_WHILE_HELD = 300;
/** Answers that were scheduled before the byebye may still come until the longest MX is over. */
export const OVERTAKEN_ANSWER_WINDOW: number = MOST_MX_SECONDS * 1000 + ANSWER_MARGIN;

/** How often, when all tables are full, what was announced unasked makes others leave: what a flood costs is bounded so. */
export const DISPLACEMENT_RATE: Rate = { perSecond: 200, burst: 400 };

/** How long after a goodbye the other offers of the same device move on to another BOOTID: before it is repeated. */
export const RENUMBER_WAIT = 50;
/** The same for what answers a search of ours, which was asked for: a thousand devices may answer at once. */
export const ANSWER_DISPLACEMENT_RATE: Rate = { perSecond: 500, burst: 2000 };
