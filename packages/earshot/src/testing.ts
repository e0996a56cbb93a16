/**
 * A network that is not there: hosts, weather and virtual time, so that programs that find or announce services can
 * be tested without a network, without waiting, and again with the same seed.
 */
import { loadDescriptionReader } from "./upnp/index.ts";

export type { Binding, BoundLink, Datagram, Endpoint, Engine, Link, Outgoing, Turn } from "./core/engine.ts";
export { Random } from "./core/random.ts";
export {
  type Channel,
  type ChannelListener,
  Driver,
  type DriverOptions,
  type Fault,
  type Network,
  type TcpListener,
} from "./network/index.ts";
export {
  type BurstLoss,
  Capture,
  type CapturedDatagram,
  type Conditions,
  Crowd,
  type CrowdAddresses,
  type CrowdDevice,
  type CrowdOptions,
  type CrowdService,
  type ForgedOutgoing,
  Host,
  type HostOptions,
  type Injection,
  type InterfaceOptions,
  Lan,
  LanError,
  type LanErrorCode,
  type LanOptions,
  type LanStats,
  MdnsCrowd,
  type MdnsCrowdOptions,
  readPcap,
  type SimulateOptions,
  simulate,
  Weather,
  writePcap,
} from "./testing/index.ts";

// In real time, for which virtual time does not wait: so it is there before anything begins.
await loadDescriptionReader().catch(() => {});
