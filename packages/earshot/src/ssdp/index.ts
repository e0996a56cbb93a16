export {
  type Advertisement,
  advertisement,
  contentId,
  type DeviceNode,
  type DeviceOffer,
} from "./advertisement.ts";
export { bootIdAt } from "./boot-id.ts";
export {
  productTokens,
  type SsdpConfig,
  type SsdpLimits,
  type SsdpOptions,
  ssdpConfig,
} from "./config.ts";
export type { Dialect } from "./dialect.ts";
export { type SsdpCounts, SsdpEngine } from "./engine.ts";
export type {
  AnnouncedLocation,
  DropReason,
  SsdpAnswer,
  SsdpEvent,
  SsdpLoss,
  SsdpRecord,
  SsdpSighting,
} from "./events.ts";
export { validateVendorHeaders as checkVendorHeaders } from "./fields.ts";
export { whyUnusable } from "./location.ts";
export {
  encodeMessage,
  type MalformedMessage,
  parseMessage,
  type SsdpMessage,
  type Violation,
} from "./message.ts";
export { type Breach, reviewMessage } from "./review.ts";
export { reaches, type SearchRequest } from "./searcher.ts";
export type { Served } from "./served.ts";
export { answersIn } from "./tcp-messages.ts";
export {
  DEFAULT_MX_SECONDS,
  MOST_MX_SECONDS,
  MOST_MX_SECONDS_UDA_1_0,
  PORT,
  SEARCH_COPIES,
  STANDING_SEARCH_EVERY,
  UPDATE_RATE,
} from "./timing.ts";
export { checkSearchTarget, isSsdpType, splitUsn, typeServes } from "./usn.ts";
