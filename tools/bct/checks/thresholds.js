/** What is good, doubtful and bad, in ms unless the name says otherwise. `LATE` is what a busy machine may add. */
export const LATE = 60;

/** RFC 6762 section 8.1: probes are 250 ms apart; also from the last probe to the first announcement. */
export const PROBE_GAP = { least: 250 - LATE, most: 250 + 2 * LATE, never: 1000 };
/** Who is denied all the time may send one a second, or fewer. */
export const SLOWED_PROBE_GAP = { least: 250 - LATE, most: 5000 + LATE, never: 10_000 };
export const PROBES = 3;

/** Section 8.3: two announcements at least, a second apart. */
export const ANNOUNCEMENTS = 2;
export const ANNOUNCEMENT_GAP = { least: 900, most: 2000 + LATE, never: 500 };

/** Section 8.2: who loses a tie-break waits a second. */
export const TIE_BREAK_GAP = { least: 990, most: 3000 };
/** A probe so long after a rival's begins anew; a sooner one goes on. */
export const ANEW = 900;

/** Section 8.1: after fifteen conflicts within ten seconds a probe waits five; Apple's tool is content with one. */
export const DENIALS = 15;
export const DENIAL_WINDOW = 10_000;
export const DENIED_GAP = { least: 4950, never: 990 };

/** From the first probe for the host to the first for the service. */
export const SERVICE_DELAY = { most: 5000, never: 20_000 };

/** Section 6: unique answers at once, shared ones after 20 to 120 ms. */
export const UNIQUE_REPLY = { most: 10, never: 750 };
export const SHARED_REPLY = { least: 20, most: 125, tooEarly: 10, never: 750 };
/** The share of shared answers that a busy machine may make later than that. */
export const LATE_SHARE = 0.05;

/** Chi-square with three degrees of freedom, that once in ten thousand an honest device exceeds. */
export const CHI_SQUARE_QUARTERS = 21.11;

/** Packets per hour of a device that is left alone. */
export const CHATTER_PER_HOUR = 6;
