import type { Instant, Link } from "../core/engine.ts";
import type { Name } from "../mdns/index.ts";
import type { ServiceType } from "./service-type.ts";
import type { Txt } from "./txt.ts";

/** An address of the host that offers a service, as it was said on one link. */
export interface InstanceAddress {
  /** Canonical, without zone. */
  readonly address: string;
  readonly link: Link;
}

/** Where and when a service was heard. */
export interface InstanceSighting {
  readonly link: Link;
  /** The address that spoke last. */
  readonly from: string;
  readonly heardAt: Instant;
  readonly expiresAt: Instant;
}

/** One instance of a service (RFC 6763 §4), resolved: one state of it, which stays as it is. */
export interface ServiceInstance {
  /** `<Instance>.<Service>.<Domain>`. */
  readonly name: Name;
  /** The `<Instance>` label as text; bytes that are no UTF-8 as U+DC80 to U+DCFF. */
  readonly instance: string;
  readonly type: ServiceType;
  /** Such as `local`. */
  readonly domain: Name;
  /** Subtypes under which it was found, in no order. */
  readonly subtypes: readonly string[];
  /** The target of its SRV. */
  readonly host: Name;
  /** 0: no such service here, only its name is taken (RFC 6763 §8). */
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
  readonly txt: Txt;
  /** The most useful first. */
  readonly addresses: readonly InstanceAddress[];
  readonly sightings: readonly InstanceSighting[];
}

/** Why a service is gone. */
export type InstanceLoss = "goodbye" | "expired" | "link-down" | "evicted";
