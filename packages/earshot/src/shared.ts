/** The module-level functions: they share one presence, made when it is needed and closed when its last user leaves. */
import type {
  Advertisement,
  Browser,
  FindPeersOptions,
  Offer,
  Peer,
  PeerBrowser,
  PeerOffer,
  PeerQuery,
  Search,
  SearchOptions,
  Service,
  ServiceOf,
} from "./discovery/index.ts";
import { Earshot } from "./earshot.ts";
import type { BrowseOptions, FindOptions } from "./find-options.ts";

type Types = string | readonly string[];

/** The presence that these functions share, as it is now. */
export const shared: () => Earshot = sharing((onIdle) => new Earshot({ onIdle }));

/** As `Earshot.browse`, on the presence that these functions share. */
export function browse(options?: BrowseOptions): Browser;
export function browse<const Type extends string>(
  types: Type | readonly Type[],
  options?: BrowseOptions<ServiceOf<Type>>,
): Browser<ServiceOf<Type>>;
export function browse(...args: [(Types | BrowseOptions)?, BrowseOptions?]): Browser {
  return shared().browse(...(args as [Types, BrowseOptions?]));
}

/** As `Earshot.find`, on the presence that these functions share. */
export function find(options?: FindOptions): Promise<Service[]>;
export function find<const Type extends string>(
  types: Type | readonly Type[],
  options?: FindOptions<ServiceOf<Type>>,
): Promise<ServiceOf<Type>[]>;
export function find(...args: [(Types | FindOptions)?, FindOptions?]): Promise<Service[]> {
  return shared().find(...(args as [Types, FindOptions?]));
}

/** As `Earshot.findOne`, on the presence that these functions share. */
export function findOne(options?: FindOptions): Promise<Service>;
export function findOne<const Type extends string>(
  types: Type | readonly Type[],
  options?: FindOptions<ServiceOf<Type>>,
): Promise<ServiceOf<Type>>;
export function findOne(...args: [(Types | FindOptions)?, FindOptions?]): Promise<Service> {
  return shared().findOne(...(args as [Types, FindOptions?]));
}

/** As `Earshot.advertise`, on the presence that these functions share. */
export function advertise(offer: Offer): Promise<Advertisement> {
  return shared().advertise(offer);
}

/** As `Earshot.search`, on the presence that these functions share. */
export function search(target = "ssdp:all", options: SearchOptions = {}): Search {
  return shared().search(target, options);
}

/** As `Earshot.servePeer`, on the presence that these functions share. */
export function servePeer(offer: PeerOffer): Promise<Advertisement> {
  return shared().servePeer(offer);
}

/** As `Earshot.browsePeers`, on the presence that these functions share. */
export function browsePeers(query: PeerQuery): PeerBrowser {
  return shared().browsePeers(query);
}

/** As `Earshot.findPeers`, on the presence that these functions share. */
export function findPeers(query: FindPeersOptions): Promise<Peer[]> {
  return shared().findPeers(query);
}

/**
 * Gives a presence that is made when it is first asked for. Its last user closes it; who asks from then on, even while it
 * still says goodbye, gets a fresh one.
 */
export function sharing(make: (onIdle: () => void) => Earshot): () => Earshot {
  let current: Earshot | undefined;
  return () => {
    if (current) return current;
    const made = make(() => {
      if (current === made) current = undefined;
      void made.close();
    });
    current = made;
    return made;
  };
}
