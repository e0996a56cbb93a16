/** An SSDP record as the user gets it: dates instead of instants, the useful things first. */
import { hostOfUrl, isLinkLocal } from "../core/address.ts";
import type { Instant } from "../core/engine.ts";
import type { AnnouncedLocation, SsdpRecord, SsdpSighting } from "../ssdp/index.ts";
import type { DescribedDevice, Description } from "../upnp/index.ts";
import type { Location, Sighting, SsdpService } from "./service.ts";

/** What came of reading the description of a service. */
export interface Described {
  readonly description: Description | undefined;
  readonly device: DescribedDevice | undefined;
  readonly undescribed: string | undefined;
}

const UNREAD: Described = { description: undefined, device: undefined, undescribed: undefined };

/** @param dateOf the calendar date of an instant: one function for all services, for each holds on to it. */
export function ssdpService(record: SsdpRecord, dateOf: (instant: Instant) => Date): SsdpService {
  return new HeardService(record, seenOf(record.sightings), dateOf, UNREAD);
}

/** The same service, with what came of reading its description. */
export function withDescription(service: SsdpService, described: Described): SsdpService {
  if (service instanceof HeardService) return service.with(described);
  const name = described.device?.friendlyName || service.name;
  return { ...service, name, ...described };
}

/** The LOCATIONs of each of some sightings; of an only one without a list around them, for that is what most have. */
type Seen = readonly AnnouncedLocation[] | readonly (readonly AnnouncedLocation[])[];

function seenOf(sightings: readonly SsdpSighting[]): Seen {
  const [only] = sightings;
  return only && sightings.length === 1 ? only.locations : sightings.map(({ locations }) => locations);
}

function seenAt(seen: Seen, at: number, count: number): readonly AnnouncedLocation[] {
  return (count === 1 ? seen : seen[at]) as readonly AnnouncedLocation[];
}

/**
 * A record seen as a service. Most of what it says is worked out when it is asked for, for there are thousands of which
 * nobody asks. It stays as it was: only the times of its sightings move on.
 */
class HeardService implements SsdpService {
  readonly #record: SsdpRecord;
  /** The LOCATIONs as they were. */
  readonly #seen: Seen;
  readonly #dateOf: (instant: Instant) => Date;
  readonly #described: Described;

  constructor(record: SsdpRecord, seen: Seen, dateOf: (instant: Instant) => Date, described: Described) {
    this.#record = record;
    this.#seen = seen;
    this.#dateOf = dateOf;
    this.#described = described;
  }

  with(described: Described): HeardService {
    return new HeardService(this.#record, this.#seen, this.#dateOf, described);
  }

  get protocol(): "ssdp" {
    return "ssdp";
  }

  /** What does not begin as SSDP's names do could be the name of a service of another protocol. */
  get id(): string {
    const { id } = this.#record;
    return id.startsWith("uuid:") ? id : `ssdp ${id}`;
  }

  get name(): string {
    const { server, udn } = this.#record;
    return this.#described.device?.friendlyName || (productOf(server) ?? udn);
  }

  get type(): string {
    return this.#record.type;
  }

  get usn(): string {
    return this.#record.usn;
  }

  get udn(): string {
    return this.#record.udn;
  }

  get addresses(): readonly string[] {
    const all = new Set(this.#record.sightings.map(({ from }) => from));
    return [...all].sort((a, b) => reach(a) - reach(b));
  }

  get port(): number | undefined {
    const { location } = this;
    return location === undefined ? undefined : hostOfUrl(location)?.port;
  }

  get location(): string | undefined {
    return this.locations.find((each) => each.unusable === undefined)?.url;
  }

  get locations(): readonly Location[] {
    const { sightings } = this.#record;
    return sightings
      .flatMap((sighting, at) => locationsOf(sighting, seenAt(this.#seen, at, sightings.length)))
      .sort(byUse);
  }

  get conflict(): boolean {
    return isInConflict(this.locations);
  }

  get server(): string | undefined {
    return this.#record.server;
  }

  get bootId(): number | undefined {
    return this.#record.bootId;
  }

  get configId(): number | undefined {
    return this.#record.configId;
  }

  get searchPort(): number | undefined {
    return this.#record.searchPort;
  }

  get headers(): ReadonlyMap<string, string> {
    return this.#record.message.headers.toMap();
  }

  get sightings(): readonly LiveSighting[] {
    return this.#record.sightings.map((sighting) => new LiveSighting(sighting, this.#dateOf));
  }

  get description(): Description | undefined {
    return this.#described.description;
  }

  get device(): DescribedDevice | undefined {
    return this.#described.device;
  }

  get undescribed(): string | undefined {
    return this.#described.undescribed;
  }

  /** Every field, as a plain object down to its sightings: for `JSON.stringify`, `structuredClone`, and a look at it. */
  toJSON(): SsdpService {
    const { protocol, id, name, type, usn, udn, addresses, port, location, locations, conflict } = this;
    const { server, bootId, configId, searchPort, headers, sightings } = this;
    const { description, device, undescribed } = this;
    return {
      ...{ protocol, id, name, type, usn, udn, addresses, port, location, locations, conflict },
      ...{ server, bootId, configId, searchPort, headers },
      sightings: sightings.map((sighting) => sighting.toJSON()),
      ...{ description, device, undescribed },
    };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): SsdpService {
    return this.toJSON();
  }
}

function locationsOf(sighting: SsdpSighting, locations: readonly AnnouncedLocation[]): Location[] {
  return locations.map(({ url, unusable }) => ({
    url,
    link: sighting.link.id,
    from: sighting.from,
    ...(unusable !== undefined && { unusable }),
  }));
}

/** Whether two addresses of one scope on a link name different LOCATIONs. */
function isInConflict(locations: readonly Location[]): boolean {
  const links = new Map<string, { readonly urls: Set<string>; readonly speakers: Map<string, number> }>();
  for (const { link: id, from, url } of locations) {
    const link = `${id} ${from.startsWith("fe80:")}`; // By IPv6 a device speaks from an address of each scope (UDA 2.0 §A.2).
    const said = links.get(link) ?? { urls: new Set(), speakers: new Map() };
    said.urls.add(url);
    said.speakers.set(from, (said.speakers.get(from) ?? 0) + 1);
    links.set(link, said);
  }
  return [...links.values()].some(({ urls, speakers }) =>
    [...speakers.values()].some((count) => count < urls.size),
  );
}

function byUse(a: Location, b: Location): number {
  return Number(a.unusable !== undefined) - Number(b.unusable !== undefined) || reach(a.from) - reach(b.from);
}

/** IPv4 first, then wide IPv6, then link-local IPv6, which needs a zone that no URL can carry. */
function reach(address: string): number {
  if (isLinkLocal(address)) return 2;
  return address.includes(":") ? 1 : 0;
}

/** The product of `OS/version UPnP/1.1 product/version`, which devices separate by spaces or commas. */
function productOf(server: string | undefined): string | undefined {
  const tokens = server?.split(/[ ,]+/).filter((token) => token !== "" && !/^upnp\//i.test(token));
  return tokens?.at(-1);
}

/** Its times move on while it is heard. */
class LiveSighting implements Sighting {
  readonly link: string;
  readonly from: string;
  readonly #sighting: SsdpSighting;
  readonly #dateOf: (instant: Instant) => Date;

  constructor(sighting: SsdpSighting, dateOf: (instant: Instant) => Date) {
    this.link = sighting.link.id;
    this.from = sighting.from;
    this.#sighting = sighting;
    this.#dateOf = dateOf;
  }

  get heardAt(): Date {
    return this.#dateOf(this.#sighting.heardAt);
  }

  get expiresAt(): Date {
    return this.#dateOf(this.#sighting.expiresAt);
  }

  toJSON(): Sighting {
    const { link, from, heardAt, expiresAt } = this;
    return { link, from, heardAt, expiresAt };
  }
}
