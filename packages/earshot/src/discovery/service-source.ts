import type { Change, Service } from "./service.ts";

/** Who wants to know of changes. */
export interface Reader {
  change(change: Change): void;
  refresh(service: Service): void;
}

/** Where a browser gets its services from. */
export interface ServiceSource {
  /** What is known now. */
  readonly services: Iterable<Service>;
  /** Tells `reader` of every change from now on, until the returned function is called. */
  read(reader: Reader): () => void;
  /** Tells at once what is held back until more is known of it. @default nothing is held back */
  release?(): void;
}
