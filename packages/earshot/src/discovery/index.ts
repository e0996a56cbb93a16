export { type Browser, RegistryBrowser } from "./browser.ts";
export { Describing } from "./describing.ts";
export {
  DnsSd,
  type DomainChange,
  type FollowOptions,
  type InstanceChange,
  type PlaceChange,
  type ResolveOptions,
  type ServiceTypeChange,
} from "./dns-sd.ts";
export type { Closeable, Door } from "./door.ts";
export type { Feed } from "./feed.ts";
export type { HeardRecord, RecordChange, RecordType } from "./heard-record.ts";
export { Mailbox } from "./mailbox.ts";
export { Mdns, type QueryOnceOptions, type RecordQuery } from "./mdns.ts";
export type {
  MdnsBreach,
  Monitor,
  MonitoredDatagram,
  MonitoredMdns,
  MonitoredSsdp,
  MonitorOptions,
} from "./monitor.ts";
export type { Advertisement, DnsSdOffer, Offer, Renaming, SsdpOffer } from "./offer.ts";
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
export { Protocols, type Stats } from "./protocols.ts";
export type { NameConflict, RecordOffer, RecordResponder, RespondOptions } from "./record-offer.ts";
export { Registry } from "./registry.ts";
export type { Search, SearchAnswer, SearchOptions } from "./search.ts";
export type {
  Change,
  DnsSdService,
  Location,
  LostReason,
  Service,
  ServiceOf,
  Sighting,
  SsdpService,
} from "./service.ts";
