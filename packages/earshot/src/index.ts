/** Hear every service within earshot: find, browse and announce network services of every protocol at once. */

export type { Link } from "./core/engine.ts";
export {
  type EarshotError,
  MalformedError,
  NetworkError,
  RemoteError,
  TimeoutError,
  UsageError,
} from "./core/errors.ts";
export { printable } from "./core/printable.ts";
export { VERSION } from "./core/version.ts";
export { type DiagnoseOptions, diagnose } from "./diagnose.ts";
export type {
  Advertisement,
  Browser,
  Change,
  DnsSdOffer,
  DnsSdService,
  FindPeersOptions,
  Location,
  LostReason,
  MdnsBreach,
  Monitor,
  MonitoredDatagram,
  MonitoredMdns,
  MonitoredSsdp,
  MonitorOptions,
  Offer,
  Peer,
  PeerBrowser,
  PeerChange,
  PeerGroup,
  PeerOffer,
  PeerQuery,
  Renaming,
  Service,
  ServiceOf,
  Sighting,
  SsdpOffer,
  SsdpService,
  Stats,
} from "./discovery/index.ts";
export { Earshot, type EarshotOptions } from "./earshot.ts";
export type { BrowseOptions, FindOptions } from "./find-options.ts";
export type { Diagnosis, Finding, FindingLevel } from "./network/diagnosis.ts";
export type { Fault, Network } from "./network/index.ts";
export { advertise, browse, browsePeers, find, findOne, findPeers, servePeer } from "./shared.ts";
export type {
  DescribedDevice,
  DescribedIcon,
  DescribedService,
  Description,
  DescriptionViolation,
  OfferedDescription,
  OfferedFile,
  OfferedIcon,
} from "./upnp/index.ts";
