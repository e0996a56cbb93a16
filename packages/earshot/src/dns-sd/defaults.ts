/** RFC 6762 §10: seconds that records with a host name or an address in them live, and all others. */
export const HOST_TTL_SECONDS = 120;
export const OTHER_TTL_SECONDS = 4500;
