export { type Browser, RegistryBrowser } from "./browser.ts";
export { Describing } from "./describing.ts";
export { Mailbox } from "./mailbox.ts";
export type { Monitor, MonitoredDatagram, MonitorOptions } from "./monitor.ts";
export type { Advertisement, Offer, SsdpOffer } from "./offer.ts";
export { type Peer, type PeerGroup, type PeerOffer, peerOffer } from "./peer.ts";
export {
  collectPeers,
  type FindPeersOptions,
  type PeerBrowser,
  type PeerChange,
  type PeerQuery,
  watchPeers,
} from "./peers.ts";
export type { Dropped, Observer, Protocol } from "./protocol.ts";
export { Registry } from "./registry.ts";
export type { Search, SearchAnswer, SearchOptions } from "./search.ts";
export type { Change, Location, LostReason, Service, Sighting, SsdpService } from "./service.ts";
export { SsdpProtocol } from "./ssdp-protocol.ts";
