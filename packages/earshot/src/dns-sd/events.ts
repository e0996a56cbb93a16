import type { MdnsEvent } from "../mdns/index.ts";
import type { InstanceLoss, ServiceInstance } from "./service-instance.ts";

/** What the engine tells, besides what mDNS tells. */
export type DnsSdEvent =
  | MdnsEvent
  /**
   * Resolved: where it is, its text and at least one address are known, but none is waited for of a host outside of
   * `.local`. Told once, whatever came in which order.
   */
  | { readonly kind: "found"; readonly instance: ServiceInstance }
  /** Its target, port, text or addresses changed. */
  | { readonly kind: "updated"; readonly instance: ServiceInstance; readonly previous: ServiceInstance }
  /** Heard again, which is told no more often than every 10 s, or on one more link: no change to tell. */
  | { readonly kind: "refreshed"; readonly instance: ServiceInstance }
  | { readonly kind: "lost"; readonly instance: ServiceInstance; readonly reason: InstanceLoss }
  /** An offer of ours, or a change of it, is announced on every link that it is for. `name`: what it goes by. */
  | { readonly kind: "published"; readonly offer: number; readonly name: string; readonly host: string }
  /** Another host has the name that we wanted: it goes by another one from now on, which is being probed for. */
  | {
      readonly kind: "renamed";
      readonly offer: number;
      readonly what: "instance" | "host";
      readonly from: string;
      readonly to: string;
    }
  /** The goodbye of an offer was handed to the network. */
  | { readonly kind: "withdrawn"; readonly offer: number };
