import type { Service } from "./discovery/index.ts";

/** The `where` of a find: what it throws ends the find, and is what the find rejects with. */
export class FindFilter {
  onThrow: () => void = () => {};
  readonly #where: ((service: Service) => boolean) | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(where: ((service: Service) => boolean) | undefined) {
    this.#where = where;
  }

  accepts(service: Service): boolean {
    try {
      return this.#failure === undefined && (this.#where?.(service) ?? true);
    } catch (error) {
      this.#failure = { error };
      this.onThrow();
      return false;
    }
  }

  rethrow(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
