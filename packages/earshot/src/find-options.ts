import type { Service } from "./discovery/index.ts";

/** How to browse. */
export interface BrowseOptions<S extends Service = Service> {
  /** Ends the browser, quietly; a `find` rejects with its reason. */
  readonly signal?: AbortSignal;
  /**
   * Lets only some services in. What it throws is thrown by `browse` where services are known already, and later
   * reported as what a listener throws is; a `find` rejects with it.
   */
  readonly where?: (service: S) => boolean;
  /** Only listens. While all open browsers do, nothing is sent for them. @default false */
  readonly passive?: boolean;
  /**
   * Fetches what LOCATIONs lead to, from the very address that spoke and nowhere else, and tells a service once its
   * description was read, or could not be (see `findOne`); of DNS-SD services, which have none, at once. Without it nothing is
   * ever fetched. @default false
   */
  readonly describe?: boolean;
}

/** How to find. */
export interface FindOptions<S extends Service = Service> extends BrowseOptions<S> {
  /** How long to look, in ms; `Infinity` for as long as it takes. @default 3000; for findOne 5000 */
  readonly timeoutMs?: number;
  /** Ends the search early, once it holds. Asked at every change. */
  readonly until?: (services: readonly S[]) => boolean;
}
