/**
 * Fetching what strangers announce, without becoming their tool: only from the address that spoke, on the link it spoke
 * on, one request to a host at a time, few in all, few ports, and what failed is left alone for a while.
 */
import { hostOfUrl } from "../core/address.ts";
import type { Instant } from "../core/engine.ts";
import { NetworkError, RemoteError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Clock, HttpClient, HttpResponse } from "../network/index.ts";
import { Failures } from "./failures.ts";
import { MOST_BODY_BYTES, MOST_UNDER_WAY, MOST_WAITING, UNSOLICITED_WAIT } from "./fetch-limits.ts";
import { type FetchTarget, whyNotFetched } from "./fetch-target.ts";
import { HostLedger } from "./host-ledger.ts";

export interface FetcherParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Product tokens. */
  readonly userAgent: string;
}

export interface FetchOptions {
  /** Nobody asked for what told of it: begins at random within a second. @default false */
  readonly unsolicited?: boolean;
  readonly signal?: AbortSignal;
}

interface Job {
  readonly target: FetchTarget;
  readonly port: number;
  readonly notBefore: Instant;
  readonly controller: AbortController;
  readonly use: (response: HttpResponse) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** Sends GET requests, each in its turn. */
export class Fetcher {
  readonly #parts: FetcherParts;
  readonly #ledger = new HostLedger();
  readonly #failures = new Failures();
  /** In the order in which they came. */
  readonly #waiting = new Set<Job>();
  readonly #underWay = new Set<Job>();
  #disarm: () => void = () => {};
  #isClosed = false;

  constructor(parts: FetcherParts) {
    this.#parts = parts;
  }

  /** How many requests wait, and how many are under way. */
  get load(): { readonly waiting: number; readonly underWay: number } {
    return { waiting: this.#waiting.size, underWay: this.#underWay.size };
  }

  /** When a URL that failed may be fetched again; `undefined` when it may be now. */
  restsUntil(target: FetchTarget): Instant | undefined {
    return this.#failures.rest(keyOf(target), this.#parts.clock.now())?.until;
  }

  /**
   * What `read` makes of the response to a GET. Rejects with `NetworkError` (`FORBIDDEN_URL`, `TOO_MANY_PORTS`,
   * `TOO_MANY_WAITING`, `ABORTED`, and what the client rejects with), `TimeoutError`, `RemoteError` `HTTP_STATUS` for any
   * status but 200, what `read` rejects with, and the last error of a URL that is left alone because it failed.
   */
  fetch<T>(
    target: FetchTarget,
    options: FetchOptions,
    read: (response: HttpResponse) => T | Promise<T>,
  ): Promise<T> {
    const { signal, unsolicited } = options;
    return new Promise<T>((resolve, reject) => {
      const refusal = this.#refusal(target, signal);
      if (refusal) {
        reject(refusal.error);
        return;
      }
      const { clock, random } = this.#parts;
      const job: Job = {
        target,
        port: portOf(target.url),
        notBefore: clock.now() + (unsolicited ? random.between(0, UNSOLICITED_WAIT) : 0),
        controller: new AbortController(),
        use: async (response) => resolve(await read(response)),
        reject: (error) => {
          signal?.removeEventListener("abort", callOff);
          reject(error);
        },
      };
      const callOff = (): void => this.#callOff(job);
      signal?.addEventListener("abort", callOff, { once: true });
      this.#enqueue(job);
    });
  }

  /** Calls off everything. */
  close(): void {
    this.#isClosed = true;
    for (const job of [...this.#waiting, ...this.#underWay]) this.#callOff(job);
  }

  #refusal(target: FetchTarget, signal: AbortSignal | undefined): { readonly error: unknown } | undefined {
    if (this.#isClosed || signal?.aborted) return { error: calledOff() };
    const why = whyNotFetched(target);
    if (why !== undefined) return { error: new NetworkError("FORBIDDEN_URL", `it is ${why}`) };
    return this.#failures.rest(keyOf(target), this.#parts.clock.now());
  }

  /** When all places are taken, whoever waits for most gives up its newest. */
  #enqueue(job: Job): void {
    this.#waiting.add(job);
    this.#pump();
    if (this.#waiting.size <= MOST_WAITING) return;
    const crowd = this.#newestOfTheMost();
    this.#waiting.delete(crowd);
    crowd.reject(
      new NetworkError("TOO_MANY_WAITING", `more than ${MOST_WAITING} requests wait for their turn`),
    );
  }

  #newestOfTheMost(): Job {
    const counts = new Map<string, number>();
    let found = this.#waiting.values().next().value as Job;
    for (const job of this.#waiting) {
      const count = (counts.get(job.target.from) ?? 0) + 1;
      counts.set(job.target.from, count);
      if (count >= Math.max(...counts.values())) found = job;
    }
    return found;
  }

  /** Begins what may begin, and wakes when more may. */
  #pump(): void {
    this.#disarm();
    const { clock } = this.#parts;
    while (this.#underWay.size < MOST_UNDER_WAY) {
      const job = this.#next(clock.now());
      if (!job) break;
      this.#waiting.delete(job);
      this.#begin(job);
    }
    if (this.#underWay.size >= MOST_UNDER_WAY) return; // The end of one of them pumps.
    const at = Math.min(...[...this.#waiting].map((job) => this.#startAt(job)));
    if (at < Number.POSITIVE_INFINITY) this.#disarm = clock.at(at, () => this.#pump());
  }

  /** Of those that may begin, the one whose host was not asked for longest. */
  #next(now: Instant): Job | undefined {
    let best: Job | undefined;
    for (const job of this.#waiting) {
      if (this.#startAt(job) > now) continue;
      if (!best || this.#ledger.beganAt(job.target.from) < this.#ledger.beganAt(best.target.from)) best = job;
    }
    return best;
  }

  #startAt({ notBefore, target }: Job): Instant {
    return Math.max(notBefore, this.#ledger.readyAt(target.from));
  }

  #begin(job: Job): void {
    const { target, port } = job;
    const now = this.#parts.clock.now();
    if (!this.#ledger.allows(target.from, port, now)) {
      job.reject(new NetworkError("TOO_MANY_PORTS", `${target.from} has announced URLs on too many ports`));
      return;
    }
    this.#ledger.begin(target.from, port, now);
    this.#underWay.add(job);
    this.#request(job).then(
      () => this.#end(job),
      (error: unknown) => this.#end(job, { error }),
    );
  }

  async #request({ target, controller, use }: Job): Promise<void> {
    const { http, userAgent } = this.#parts;
    const response = await http.request({
      method: "GET",
      url: target.url,
      link: target.link,
      headers: [["User-Agent", userAgent]],
      maxBodyBytes: MOST_BODY_BYTES,
      signal: controller.signal,
    });
    await use(checked(response));
  }

  #end(job: Job, failure?: { readonly error: unknown }): void {
    const { target, controller } = job;
    this.#underWay.delete(job);
    this.#ledger.end(target.from);
    if (!failure) this.#failures.delete(keyOf(target));
    else if (!controller.signal.aborted)
      this.#failures.add(keyOf(target), target.from, failure.error, this.#parts.clock.now());
    job.reject(failure?.error); // Of one that was resolved it only lets go of the signal.
    this.#pump();
  }

  #callOff(job: Job): void {
    const isWaiting = this.#waiting.delete(job);
    job.controller.abort();
    if (!isWaiting) return;
    job.reject(calledOff());
    this.#pump();
  }
}

/** @throws RemoteError */
function checked(response: HttpResponse): HttpResponse {
  const { status } = response;
  if (status === 200) return response;
  const what = status >= 300 && status < 400 ? "a redirect, which is not followed" : "no document";
  throw new RemoteError("HTTP_STATUS", `the answer was ${status}: ${what}`);
}

function keyOf({ link, url }: FetchTarget): string {
  return `${link.id} ${url}`;
}

function portOf(url: string): number {
  return hostOfUrl(url)?.port ?? 80;
}

function calledOff(): NetworkError {
  return new NetworkError("ABORTED", "the request was called off");
}
