/// <reference lib="esnext.disposable" preserve="true" />
import { UsageError } from "./core/errors.ts";
import {
  type Advertisement,
  Mailbox,
  type Offer,
  type Search,
  type SearchAnswer,
  type SearchOptions,
} from "./discovery/index.ts";
import { Earshot } from "./earshot.ts";

/** What an agent announces and searches. */
export interface SsdpAgentOptions {
  /** The presence it acts on, which stays open when it closes. @default one of its own */
  readonly earshot?: Earshot;
  /** What it announces, and answers searches for. @default nothing */
  readonly offers?: readonly Offer[];
  /** What it searches from the start. @default nothing */
  readonly searches?: readonly string[];
  /** How often each target is searched anew, in ms, at least 1000; 0: only where a link is new. @default 100000 */
  readonly everyMs?: number;
  /** How it searches. */
  readonly search?: Omit<SearchOptions, "everyMs" | "signal">;
}

/** An answer to one of an agent's searches. */
export interface SsdpAgentAnswer extends SearchAnswer {
  /** The target that was searched. */
  readonly searched: string;
}

const EVERY_MS = 100_000;
/** The longest that a search can wait for its next round: 24 days. */
const NEVER_MS = 2 ** 31;
/** Standing searches of one agent. */
const MOST_SEARCHES = 256;
/** Answers kept for a loop that does not read. */
const MOST_UNREAD = 10_000;
/** Bytes of their datagrams. */
const MOST_UNREAD_BYTES = 8 * 2 ** 20;

/**
 * Control point and device in one: announces, answers, and keeps standing searches that come and go. A loop over it gets
 * the answers to all of them until it is closed; leaving the loop closes nothing, for the agent goes on announcing.
 */
export class SsdpAgent implements AsyncIterable<SsdpAgentAnswer>, AsyncDisposable {
  /** Resolves when all is announced and searched; rejects with `NetworkError` or `UsageError`, and the agent is closed then. */
  readonly ready: Promise<void>;
  readonly #earshot: Earshot;
  readonly #ownsEarshot: boolean;
  readonly #search: SearchOptions;
  readonly #searches = new Map<string, Search>();
  readonly #advertisements: Advertisement[] = [];
  readonly #unread: SsdpAgentAnswer[] = [];
  readonly #loops = new Set<Mailbox<SsdpAgentAnswer>>();
  #bytes = 0;
  #closed: Promise<void> | undefined;

  constructor(options: SsdpAgentOptions = {}) {
    this.#earshot = options.earshot ?? new Earshot();
    this.#ownsEarshot = options.earshot === undefined;
    const everyMs = options.everyMs ?? EVERY_MS;
    this.#search = { ...options.search, everyMs: everyMs === 0 ? NEVER_MS : everyMs };
    this.ready = this.#start(options);
    this.ready.catch(() => void this.close());
  }

  /** The targets that are searched, in the order they were added. */
  get searches(): readonly string[] {
    return [...this.#searches.keys()];
  }

  /**
   * Searches `target` from now on, at once and again and again. Returns whether it was added: one that is searched
   * already, letter by letter, is not.
   * @throws UsageError `INVALID_SEARCH_TARGET`, `INVALID_OPTION`, `INVALID_HEADER`, `CLOSED`.
   */
  addSearch(target: string): boolean {
    if (this.#closed !== undefined) throw new UsageError("CLOSED", "the agent is closed");
    const key = target.trim();
    if (this.#searches.has(key)) return false;
    if (this.#searches.size >= MOST_SEARCHES)
      throw new UsageError("INVALID_OPTION", `an agent has ${MOST_SEARCHES} searches at most`);
    const search = this.#earshot.search(key, this.#search);
    this.#searches.set(key, search);
    void this.#collect(key, search);
    return true;
  }

  /** Searches `target` no more. Returns whether it was searched. */
  removeSearch(target: string): boolean {
    const search = this.#searches.get(target.trim());
    if (!search) return false;
    this.#searches.delete(target.trim());
    void search.close();
    return true;
  }

  /** Announces once more, now. */
  notify(): void {
    for (const advertisement of this.#advertisements) advertisement.notify();
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<SsdpAgentAnswer> {
    const mailbox = new Mailbox(
      () => this.#take(),
      () => this.#loops.delete(mailbox),
    );
    if (this.#closed !== undefined) mailbox.end();
    else this.#loops.add(mailbox);
    await this.ready;
    yield* mailbox;
  }

  /** Ends every search and loop, says every goodbye. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start({ offers, searches }: SsdpAgentOptions): Promise<void> {
    for (const target of searches ?? []) this.addSearch(target);
    const advertised = (offers ?? []).map(async (offer) => {
      const advertisement = await this.#earshot.advertise(offer);
      this.#advertisements.push(advertisement);
      if (this.#closed !== undefined) await advertisement.close();
    });
    const searched = [...this.#searches.values()].map(({ ready }) => ready);
    await Promise.all([...advertised, ...searched]);
  }

  /** That a search cannot be heard is told by `ready`. */
  async #collect(searched: string, search: Search): Promise<void> {
    try {
      for await (const answer of search) this.#push({ ...answer, searched });
    } catch {
      // Told by `ready`.
    } finally {
      if (this.#searches.get(searched) === search) this.#searches.delete(searched);
    }
  }

  #push(answer: SsdpAgentAnswer): void {
    this.#unread.push(answer);
    this.#bytes += answer.bytes.length;
    for (const loop of this.#loops) loop.serve();
    while (this.#unread.length > MOST_UNREAD || this.#bytes > MOST_UNREAD_BYTES) this.#take();
  }

  #take(): SsdpAgentAnswer | undefined {
    const answer = this.#unread.shift();
    this.#bytes -= answer?.bytes.length ?? 0;
    return answer;
  }

  async #end(): Promise<void> {
    for (const loop of this.#loops) loop.end();
    this.#loops.clear();
    await Promise.all([...this.#searches.values()].map((search) => search.close()));
    this.#searches.clear();
    if (this.#ownsEarshot) await this.#earshot.close();
    await this.ready.catch(() => {}); // What is about to be announced can be ended only when it is.
    await Promise.all(this.#advertisements.map((advertisement) => advertisement.close()));
  }
}
