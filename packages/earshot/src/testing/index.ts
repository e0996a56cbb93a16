export { type CapturedDatagram, readPcap, writePcap } from "../pcap/index.ts";
export { Capture } from "./capture.ts";
export type { BurstLoss, Conditions } from "./conditions.ts";
export { Crowd, type CrowdDevice, type CrowdOptions } from "./crowd.ts";
export type { CrowdAddresses } from "./crowd-place.ts";
export { Host } from "./host.ts";
export {
  type HostOptions,
  type Injection,
  type InterfaceOptions,
  Lan,
  type LanOptions,
} from "./lan.ts";
export type { ForgedOutgoing } from "./lan-channel.ts";
export { LanError, type LanErrorCode } from "./lan-error.ts";
export { type CrowdService, MdnsCrowd, type MdnsCrowdOptions } from "./mdns-crowd.ts";
export { type SimulateOptions, simulate } from "./simulate.ts";
export { Weather } from "./weather.ts";
export type { LanStats } from "./world.ts";
