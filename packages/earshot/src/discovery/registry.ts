import type { Observation } from "./protocol.ts";
import type { Change, Service } from "./service.ts";
import type { Reader, ServiceSource } from "./service-source.ts";
import { tellAll } from "./tell-all.ts";

/** All services that all protocols of one presence hear, and who is told of them. */
export class Registry implements ServiceSource {
  readonly #services = new Map<string, Service>();
  readonly #readers = new Set<Reader>();

  get services(): Iterable<Service> {
    return this.#services.values();
  }

  read(reader: Reader): () => void {
    this.#readers.add(reader);
    return () => void this.#readers.delete(reader);
  }

  /** Drops the services that `isGone` picks, without a word. */
  forget(isGone: (service: Service) => boolean): void {
    for (const [key, service] of this.#services) if (isGone(service)) this.#services.delete(key);
  }

  /**
   * Takes in what a protocol observed and tells the readers. Only `found` brings in a service: what else is said of one
   * that is not known is of no interest.
   * @throws what readers threw, after all of them were told; an `AggregateError` when several did.
   */
  observe(observation: Observation): void {
    const { service } = observation;
    const key = service.id;
    const previous = this.#services.get(key);
    if (!previous && observation.kind !== "found") return;
    if (observation.kind === "lost") this.#services.delete(key);
    else this.#services.set(key, service);
    if (observation.kind === "refreshed") tellAll(this.#readers, (reader) => reader.refresh(service));
    else tellAll(this.#readers, (reader) => reader.change(changeOf(observation, previous)));
  }
}

function changeOf(
  observation: Exclude<Observation, { kind: "refreshed" }>,
  previous: Service | undefined,
): Change {
  const { service } = observation;
  if (observation.kind === "lost") return { kind: "lost", service, reason: observation.reason };
  return previous ? { kind: "updated", service, previous } : { kind: "found", service };
}
