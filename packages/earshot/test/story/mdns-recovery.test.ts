import { recoveryTimes } from "./mdns-recovery.ts";

/** Few, for a look in between; hundreds are in the slow suite. */
recoveryTimes(10);
