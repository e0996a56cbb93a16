/** SSDP in its own words: searches with every option, raw answers, announcements, and the message codec. */
export type { Search, SearchAnswer, SearchOptions, SsdpOffer } from "./discovery/index.ts";
export { advertise as serve, search } from "./shared.ts";
export {
  type Breach,
  checkSearchTarget,
  type DeviceNode,
  type Dialect,
  encodeMessage,
  type MalformedMessage,
  parseMessage,
  reviewMessage,
  type SsdpCounts,
  type SsdpLimits,
  type SsdpMessage,
  type SsdpOptions,
  splitUsn,
  typeServes,
  type Violation,
} from "./ssdp/index.ts";
export { SsdpAgent, type SsdpAgentAnswer, type SsdpAgentOptions } from "./ssdp-agent.ts";
