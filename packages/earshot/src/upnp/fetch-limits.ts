/** What bounds the requests that strangers' words make us send. Times in milliseconds. */

/** Requests under way at once, in all; and waiting, in all. One host is asked one thing at a time: many cannot do more. */
export const MOST_UNDER_WAY = 16;
export const MOST_WAITING = 64;

/** Requests to one host in any minute. */
export const MOST_PER_WINDOW = 10;
export const WINDOW = 60_000;

/** Ports of one host that are connected to within ten minutes: who announces more has us scan it. */
export const MOST_PORTS = 4;
export const PORT_MEMORY = 600_000;

/** Hosts remembered for these limits. */
export const MOST_HOSTS = 1024;

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

/** Bytes of a description. */
export const MOST_BODY_BYTES: number = 1 << 20;

/** How often a description that could not be read is tried again by itself. */
export const RETRIES = 3;
/** A document is read anew at most this often, whatever its device announces. */
export const REACTION_GAP = 30_000;
/** Documents kept, in all and for each host; and the bytes that they were read from. */
export const MOST_DOCUMENTS = 512;
export const MOST_DOCUMENTS_PER_HOST = 64;
export const MOST_DOCUMENT_BYTES: number = 64 << 20;
export const MOST_DOCUMENT_BYTES_PER_HOST: number = 2 << 20;
