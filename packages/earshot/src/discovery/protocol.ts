import type { Link } from "../core/engine.ts";
import type { MdnsEvent } from "../mdns/index.ts";
import type { Fault } from "../network/index.ts";
import type { SsdpEvent } from "../ssdp/index.ts";
import type { DatagramMonitor } from "./monitor.ts";
import type { Advertisement, Offer } from "./offer.ts";
import type { LostReason, Service } from "./service.ts";

/** What a protocol tells of the services it hears. `refreshed`: the same service, newly described; no change to tell. */
export type Observation =
  | { readonly kind: "found" | "updated" | "refreshed"; readonly service: Service }
  | { readonly kind: "lost"; readonly service: Service; readonly reason: LostReason };

/** Where a protocol tells what it hears, and what goes wrong that it can live with. */
export interface Observer {
  observe(observation: Observation): void;
  /** The protocol listens no more for services that `isGone` picks: what it told of them may have changed unheard. */
  forget(isGone: (service: Service) => boolean): void;
  fault(fault: Fault): void;
  /** A datagram that could matter to somebody here was not used. */
  dropped?(dropped: Dropped): void;
}

/** A datagram that was not used, or not answered, and why. */
export type Dropped =
  | { readonly protocol: "ssdp"; readonly event: Extract<SsdpEvent, { kind: "dropped" }> }
  | { readonly protocol: "mdns"; readonly event: Extract<MdnsEvent, { kind: "dropped" }> };

/** One protocol at work on one network. */
export interface Protocol {
  readonly name: Service["protocol"];
  /** Whether a type is written in this protocol's own words. */
  speaks(type: string): boolean;
  /** Whether a service is one of `type`; all are when it is `undefined`. */
  isOfType(service: Service, type: string | undefined): boolean;
  /** Resolves when the network is heard; rejects with `NetworkError`. Starts nothing. */
  readonly ready: Promise<void>;
  /** The links that are served; `undefined` while it is not ready, and once it is closed. */
  readonly links: readonly Link[] | undefined;
  /**
   * Listens, and unless `passive` looks, for services of `type` until the returned function is called. While all who
   * browse are passive, nothing is sent for them.
   * @throws UsageError for a type that cannot be searched.
   */
  browse(type: string | undefined, passive: boolean): () => void;
  /**
   * Announces a service. Rejects with `UsageError` or `NetworkError`.
   * @param onClosed called once when the advertisement is closed, or never came about.
   */
  advertise(offer: Offer, onClosed: () => void): Promise<Advertisement>;
  /** Pushes every datagram heard and sent from now on to a monitor, until the returned function is called. Asks nothing. */
  overhear(monitor: DatagramMonitor): () => void;
  /** Says every goodbye, then frees the network. Idempotent. */
  close(): Promise<void>;
}
