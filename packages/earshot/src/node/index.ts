export { type DatagramMessage, type MalformedDatagram, publishMalformed } from "./diagnostics.ts";
export { examine } from "./doctor.ts";
export type { Examination } from "./doctor-trial.ts";
export { keepAlive } from "./keep-alive.ts";
export type { LinkReport } from "./link-monitor.ts";
export type { LinkSelection, SkippedInterface } from "./links.ts";
export { createNetwork, type NetworkOptions, type NodeNetwork } from "./network.ts";
export type { NetworkStats } from "./stats.ts";
