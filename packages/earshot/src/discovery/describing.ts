import type { Link } from "../core/engine.ts";
import { within } from "../core/within.ts";
import type { Network } from "../network/index.ts";
import { productTokens } from "../ssdp/index.ts";
import { Describer, Fetcher } from "../upnp/index.ts";
import { DescribedServices } from "./described-services.ts";
import type { Service } from "./service.ts";
import type { ServiceSource } from "./service-source.ts";

export interface DescribingParts {
  readonly network: Network;
  /** The links that are served now. */
  readonly links: () => readonly Link[];
  /** All that is heard. */
  readonly heard: ServiceSource;
  /** Most bytes of a description, 1024 to 1048576. @default 262144 */
  readonly maxBytes?: number | undefined;
}

/**
 * What the describing browsers of one presence share: each document is fetched once for all of them, and forgotten when
 * the last of them closes. While none is open nothing is fetched. What hosts were asked, what failed and what reading took
 * is remembered beyond that: who browses often gets no new budget each time.
 */
export class Describing {
  readonly #parts: DescribingParts;
  readonly #open = new Set<DescribedServices>();
  #describer: Describer | undefined;

  /** @throws UsageError `INVALID_OPTION`. */
  constructor(parts: DescribingParts) {
    this.#parts = parts;
    if (parts.maxBytes !== undefined) within("descriptionBytes", parts.maxBytes, 1024, 1 << 20);
  }

  /** The services that `wants` lets in, told with their descriptions. To be closed. */
  services(wants: (service: Service) => boolean): DescribedServices {
    const { heard, links } = this.#parts;
    this.#describer ??= this.#newDescriber();
    const services: DescribedServices = new DescribedServices({
      clock: this.#parts.network.clock,
      heard,
      links,
      wants,
      describer: this.#describer,
      report: (error) => this.#report(error),
      onClose: () => this.#leave(services),
    });
    this.#open.add(services);
    return services;
  }

  #newDescriber(): Describer {
    const { http, clock, random, system } = this.#parts.network;
    const userAgent = productTokens(system, "1.1");
    const own = random.fork();
    const maxBodyBytes = this.#parts.maxBytes;
    const fetcher = new Fetcher({ http, clock, random: own, userAgent, maxBodyBytes });
    return new Describer({ fetcher, clock, random: own });
  }

  #leave(services: DescribedServices): void {
    this.#open.delete(services);
    if (this.#open.size === 0) this.#describer?.forget();
  }

  /** What readers throw when a description comes is the program's bug, as what a listener throws is. */
  #report(error: unknown): void {
    const { network } = this.#parts;
    if (network.report) network.report(error);
    else
      queueMicrotask(() => {
        throw error;
      });
  }
}
