export { type Browser, RegistryBrowser } from "./browser.ts";
export type { Advertisement, Offer, SsdpOffer } from "./offer.ts";
export type { Observer, Protocol } from "./protocol.ts";
export { Registry } from "./registry.ts";
export type { Search, SearchAnswer, SearchOptions } from "./search.ts";
export type { Change, Location, LostReason, Service, Sighting, SsdpService } from "./service.ts";
export { SsdpProtocol } from "./ssdp-protocol.ts";
