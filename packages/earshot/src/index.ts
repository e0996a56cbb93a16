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
export type {
  Advertisement,
  Browser,
  Change,
  Location,
  LostReason,
  Offer,
  Service,
  Sighting,
  SsdpOffer,
  SsdpService,
} from "./discovery/index.ts";
export { type BrowseOptions, Earshot, type EarshotOptions, type FindOptions } from "./earshot.ts";
export type { Fault, Network } from "./network/index.ts";
export { advertise, browse, find, findOne } from "./shared.ts";
