export type { BrowseOptions } from "./browser.ts";
export type { DomainKind } from "./domains.ts";
export { type DnsSdCounts, DnsSdEngine, type PointerChange } from "./engine.ts";
export type { DnsSdEvent } from "./events.ts";
export { checkInstanceName, DEFAULT_NAME, hostName, nextHost, nextName } from "./instance-name.ts";
export { doubtsAbout } from "./offer-doubts.ts";
export type { Following } from "./pointers.ts";
export type { InstanceAddress, InstanceLoss, InstanceSighting, ServiceInstance } from "./service-instance.ts";
export type { ServiceOffer } from "./service-offer.ts";
export {
  isServiceType,
  type ParsedServiceType,
  parseServiceType,
  ServiceType,
  splitInstanceName,
} from "./service-type.ts";
export { Txt, type TxtInput } from "./txt.ts";
export type { TypeChange } from "./type-browser.ts";
