import { TimeoutError, UsageError } from "../core/errors.ts";
import {
  type DomainKind,
  type PointerChange,
  parseServiceType,
  type ServiceInstance,
  splitInstanceName,
  type TypeChange,
} from "../dns-sd/index.ts";
import { dnsSdService } from "./dns-sd-service.ts";
import type { Door } from "./door.ts";
import type { Feed } from "./feed.ts";
import type { Advertisement, DnsSdOffer } from "./offer.ts";
import type { DnsSdService } from "./service.ts";
import { readWithin } from "./within-time.ts";

/** What ends it. */
export interface FollowOptions {
  /** Ends it, quietly; `resolve` rejects with its reason. */
  readonly signal?: AbortSignal;
}

export interface ResolveOptions extends FollowOptions {
  /** How long to wait, in ms; `Infinity` for as long as it takes. @default 5000 */
  readonly timeoutMs?: number;
}

/** A type of service of which there are instances, such as `_ipp._tcp`, came or went. */
export interface ServiceTypeChange {
  readonly kind: "added" | "removed";
  readonly type: string;
  /** Such as `local`. */
  readonly domain: string;
}

/** An instance of a type came or went. Where it is was not asked. */
export interface InstanceChange {
  readonly kind: "added" | "removed";
  /** Such as `Office`. Untrusted text. */
  readonly name: string;
  readonly type: string;
  readonly domain: string;
}

/** Where an instance is, or that it is not there any more. */
export type PlaceChange =
  | { readonly kind: "resolved"; readonly service: DnsSdService }
  | { readonly kind: "lost" };

/** A domain is recommended, or is no more. */
export interface DomainChange {
  readonly kind: "added" | "removed";
  /** Such as `example.org`. Untrusted text. */
  readonly domain: string;
}

const RESOLVE_MS = 5000;

/** DNS-SD in its own words, on one presence (RFC 6763). */
export class DnsSd {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  /** The types of which there are instances (RFC 6763 §9), until it is closed. @throws UsageError `CLOSED`. */
  browseTypes({ signal }: FollowOptions = {}): Feed<ServiceTypeChange> {
    return this.#door.open(signal, (protocol, onClosed) =>
      protocol.feed<ServiceTypeChange>(
        (hear, turn) => protocol.engine.browseTypes((change) => hear(typeChange(change)), turn),
        onClosed,
      ),
    );
  }

  /**
   * The names of the instances of a type, until it is closed: where they are is not asked.
   * @param type such as `_ipp._tcp`, or with a subtype `_universal._sub._ipp._tcp`.
   * @throws UsageError `INVALID_SERVICE_TYPE`, `CLOSED`.
   */
  browseInstances(type: string, { signal }: FollowOptions = {}): Feed<InstanceChange> {
    const parsed = parseServiceType(type);
    const rest = { type: `${parsed.type}`, domain: `${parsed.domain}` };
    const told = ({ kind, name }: PointerChange): InstanceChange => ({
      kind,
      name: splitInstanceName(name)?.instance ?? name.first,
      ...rest,
    });
    return this.#door.open(signal, (protocol, onClosed) =>
      protocol.feed<InstanceChange>(
        (hear, turn) => protocol.engine.browseInstances(type, (change) => hear(told(change)), turn),
        onClosed,
      ),
    );
  }

  /**
   * Where one instance is. To be asked when connecting: an address is not to be kept in the place of a name
   * (RFC 6763 §13). Rejects with `TimeoutError`, with `UsageError` (as `follow` throws), `NetworkError`, or the signal's
   * reason.
   */
  async resolve(name: string, type: string, options: ResolveOptions = {}): Promise<DnsSdService> {
    const { timeoutMs = RESOLVE_MS, signal } = options;
    const clock = this.#door.clock();
    const until = clock.now() + timeoutMs;
    let found: DnsSdService | undefined;
    const open = (): Feed<PlaceChange> => this.follow(name, type, options);
    await readWithin(clock, { timeoutMs, signal }, open, (change) => {
      found = change.kind === "resolved" ? change.service : undefined;
      return found !== undefined;
    });
    if (found) return found;
    if (clock.now() < until) throw new UsageError("CLOSED", "this Earshot was closed before it was resolved");
    throw new TimeoutError(`${JSON.stringify(name)} of ${type} was not resolved within ${timeoutMs} ms`);
  }

  /**
   * Where one instance is, each change of it, and that it went, until it is closed.
   * @param name the instance name, such as `Office`.
   * @throws UsageError `INVALID_SERVICE_TYPE`, `INVALID_NAME`, `CLOSED`.
   */
  follow(name: string, type: string, { signal }: FollowOptions = {}): Feed<PlaceChange> {
    const parsed = parseServiceType(type);
    const full = parsed.type.name(parsed.domain).prepend(name);
    return this.#door.open(signal, (protocol, onClosed) => {
      const dateOf = (instant: number): Date => protocol.dateOf(instant);
      const told = (found: ServiceInstance | undefined): PlaceChange =>
        found ? { kind: "resolved", service: dnsSdService(found, dateOf) } : { kind: "lost" };
      return protocol.feed<PlaceChange>(
        (hear, turn) => protocol.engine.resolve(full, (found) => hear(told(found)), turn),
        onClosed,
      );
    });
  }

  /**
   * Domains that are recommended here for browsing or registering (RFC 6763 §11), as far as mDNS tells, until it is closed.
   * @throws UsageError `INVALID_OPTION`, `CLOSED`.
   */
  enumerateDomains(kind: DomainKind = "browse", { signal }: FollowOptions = {}): Feed<DomainChange> {
    const told = ({ kind: what, name }: PointerChange): DomainChange => ({ kind: what, domain: `${name}` });
    return this.#door.open(signal, (protocol, onClosed) =>
      protocol.feed<DomainChange>(
        (hear, turn) => protocol.engine.enumerateDomains(kind, (change) => hear(told(change)), turn),
        onClosed,
      ),
    );
  }

  /** As `Earshot.advertise`. */
  publish(offer: DnsSdOffer): Promise<Advertisement> {
    return this.#door.announce((protocol, onClosed) => protocol.advertise(offer, onClosed));
  }
}

function typeChange({ kind, type, domain }: TypeChange): ServiceTypeChange {
  return { kind, type: `${type}`, domain: `${domain}` };
}
