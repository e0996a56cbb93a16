/** What bounds the requests that strangers' words make us send. Times in milliseconds. */

/**
 * Requests under way at once, in all; and waiting, in all. One host is asked one thing at a time: many cannot do more.
 * The last places of both are kept for hosts that delivered a description lately.
 */
export const MOST_UNDER_WAY = 16;
export const MOST_STRANGERS_UNDER_WAY = 12;
export const MOST_WAITING = 64;
export const MOST_STRANGERS_WAITING = 48;

/**
 * Requests to one host in any minute; how many of them may be for one document; and how many may deliver nothing, at its
 * ports that delivered before and at those that never did: who forges what a host announces uses up neither the former nor
 * the first try of a new port.
 */
export const MOST_PER_WINDOW = 30;
export const MOST_PER_DOCUMENT = 10;
export const MOST_VAIN_PER_WINDOW = 10;
export const WINDOW = 60_000;

/**
 * Ports of one host that are connected to within ten minutes though they delivered nothing; on loopback, where all of
 * this machine is one host, some more. Who announces more has us scan it: then one port makes room for one other at most
 * this often. A port that delivered counts no more.
 */
export const MOST_VAIN_PORTS = 16;
export const MOST_VAIN_PORTS_ON_LOOPBACK = 64;
export const PORT_GAP = 30_000;
export const PORT_MEMORY = 600_000;
/** Ports of one host of which it is remembered that they delivered. */
export const MOST_GOOD_PORTS = 64;

/** Hosts and documents remembered for these limits. */
export const MOST_HOSTS = 1024;
export const MOST_RATED_DOCUMENTS = 2048;
export const MOST_RATED_DOCUMENTS_PER_HOST = 128;

/** An announcement that nobody asked for is heard by everybody at once: each begins at random within this time. */
export const UNSOLICITED_WAIT = 1000;

/**
 * How long a URL that failed is left alone, by how often it failed in a row; the last goes on. Devices announce
 * themselves before they serve: hence the first three. URLs remembered, in all and for each host; and for how long.
 */
export const RESTS: readonly number[] = [1000, 5000, 30_000, 60_000, 120_000, 240_000, 480_000];
export const MOST_FAILURES = 1024;
export const MOST_FAILURES_PER_HOST = 64;
export const FAILURE_MEMORY = 3_600_000;

/** Bytes of a description. The largest of real devices have a tenth of it. */
export const MOST_BODY_BYTES: number = 256 << 10;

/** Of all time, the part in which descriptions may be read; and how much of it at once after a quiet while, in ms. */
export const READING_SHARE = 0.1;
export const READING_BURST = 500;

/** How often a description that could not be read is tried again by itself. */
export const RETRIES = 3;
/**
 * When there was no room to try it, it is tried again after one to two times as long as this, and twice as long each
 * time, up to the second.
 */
export const CROWD_REST = 1000;
export const LONGEST_CROWD_REST = 16_000;
/** A document is read anew at most this often, whatever its device announces. */
export const REACTION_GAP = 30_000;
/** Documents kept, in all and for each host; and the bytes that they were read from. */
export const MOST_DOCUMENTS = 512;
export const MOST_DOCUMENTS_PER_HOST = 64;
export const MOST_DOCUMENT_BYTES: number = 64 << 20;
export const MOST_DOCUMENT_BYTES_PER_HOST: number = 2 << 20;
