import type { Describer, Following, Outcome, Source } from "../upnp/index.ts";

/** Where a description may be, the most useful first; or why there is none. */
export type Plan =
  | { readonly sources: readonly Source[]; readonly undescribed?: undefined }
  | { readonly sources?: undefined; readonly undescribed: string };

/** Places of one description that are tried. */
const MOST_SOURCES = 4;

/**
 * One service's link to its description. Of several places the first is read; the next one when that fails, while the
 * first is tried again; and when one was read, the others are let go.
 */
export class DescriptionLink {
  readonly #describer: Describer;
  readonly #tell: () => void;
  #sources: readonly Source[] = [];
  #followed: Followed[] = [];
  #outcome: Outcome | undefined;

  /** @param tell called when the outcome became another by itself. */
  constructor(describer: Describer, tell: () => void) {
    this.#describer = describer;
    this.#tell = tell;
  }

  /** What is known; `undefined` while it is read for the first time. The last one counts until there is another. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Takes up what the service announces now. */
  aim({ sources, undescribed }: Plan): void {
    const wanted = sources?.slice(0, MOST_SOURCES) ?? [];
    const isSame = wanted.length > 0 && haveSameKeys(wanted, this.#sources);
    this.#sources = wanted;
    if (isSame) {
      for (const followed of this.#followed) hear(followed, wanted);
      return;
    }
    const former = this.#followed;
    this.#followed = [];
    this.#advance();
    for (const { following } of former) following.stop(); // Only now: what both follow is not to be read twice.
    if (undescribed !== undefined) this.#outcome = { undescribed };
  }

  /** Waits no longer: what is not known counts as not to be had, until it is. */
  giveUp(undescribed: string): void {
    this.#outcome ??= { undescribed };
  }

  stop(): void {
    for (const { following } of this.#followed) following.stop();
    this.#followed = [];
  }

  /** Follows one more for as long as none could be read, and sums up. */
  #advance(): void {
    for (let next = this.#next(); next; next = this.#next()) this.#follow(next);
    const read = this.#followed.find(({ following }) => following.outcome?.description);
    const outcomes = this.#followed.map(({ following }) => following.outcome);
    const known = read?.following.outcome ?? (outcomes.includes(undefined) ? undefined : outcomes[0]);
    this.#outcome = known ?? this.#outcome;
    if (!read) return;
    for (const { following } of this.#followed) if (following !== read.following) following.stop();
    this.#followed = [read];
  }

  /** The place to try now; `undefined` while it is not known that those tried are in vain. */
  #next(): Source | undefined {
    if (this.#followed.some(({ following }) => following.outcome?.undescribed === undefined))
      return undefined;
    return this.#sources.find(({ key }) => !this.#followed.some(({ source }) => source.key === key));
  }

  #follow(source: Source): void {
    const following = this.#describer.follow(source, () => this.#learn(following));
    this.#followed.push({ source, following });
  }

  #learn(following: Following): void {
    if (!this.#followed.some((each) => each.following === following)) return;
    const before = this.#outcome;
    this.#advance();
    if (this.#outcome !== before) this.#tell();
  }
}

interface Followed {
  source: Source;
  readonly following: Following;
}

/** Tells what is followed of a new edition. */
function hear(followed: Followed, sources: readonly Source[]): void {
  const now = sources.find(({ key }) => key === followed.source.key);
  if (!now) return;
  const before = followed.source.edition;
  followed.source = now;
  const { edition, unsolicited } = now;
  if (before.bootId !== edition.bootId || before.configId !== edition.configId)
    followed.following.hear(edition, unsolicited);
}

/** Whether both are the same places, in whatever order. */
function haveSameKeys(a: readonly Source[], b: readonly Source[]): boolean {
  return a.length === b.length && a.every(({ key }) => b.some((other) => other.key === key));
}
