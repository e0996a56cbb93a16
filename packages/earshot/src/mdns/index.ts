export type { Answer, AnswerChange, AnswerListener, Ask, Asking, Departure } from "./asking.ts";
export { type MdnsConfig, type MdnsLimits, type MdnsOptions, mdnsConfig } from "./config.ts";
export { type MdnsCounts, MdnsEngine } from "./engine.ts";
export type { MdnsDropReason, MdnsEvent } from "./events.ts";
export {
  compareRecords,
  type DnsMessage,
  type DnsViolation,
  type DnsViolationCode,
  decodeMessage,
  encodeMessage,
  type MalformedDns,
  rdataOf,
  sameData,
} from "./message.ts";
export { MessageWriter, type MessageWriterOptions } from "./message-writer.ts";
export { Name } from "./name.ts";
export type { OwnRecord, Publication, PublicationNews } from "./publication.ts";
export { CLASS, type Question, type RecordData, type ResourceRecord, TYPE } from "./record.ts";
export { HOST_TTL_SECONDS, OTHER_TTL_SECONDS } from "./timing.ts";
