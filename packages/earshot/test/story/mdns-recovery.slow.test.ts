import { recoveryTimes } from "./mdns-recovery.ts";

recoveryTimes(200);
