/**
 * Fetching what strangers announce, without becoming their tool: only from the address that spoke, on the link it spoke
 * on, one request to a host at a time, few in all, few ports, and what failed is left alone for a while. Whoever
 * delivered before comes before those who only speak.
 */
import { hostOfUrl } from "../core/address.ts";
import type { Instant } from "../core/engine.ts";
import { NetworkError, RemoteError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Clock, HttpClient, HttpResponse } from "../network/index.ts";
import { Failures } from "./failures.ts";
import {
  MOST_BODY_BYTES,
  MOST_STRANGERS_UNDER_WAY,
  MOST_STRANGERS_WAITING,
  MOST_UNDER_WAY,
  MOST_WAITING,
  UNSOLICITED_WAIT,
} from "./fetch-limits.ts";
import { type FetchTarget, whyNotFetched } from "./fetch-target.ts";
import { HostLedger, type Place } from "./host-ledger.ts";

export interface FetcherParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Product tokens. */
  readonly userAgent: string;
  /** Most bytes of a body. @default 262144 */
  readonly maxBodyBytes?: number | undefined;
}

export interface FetchOptions {
  /** Nobody asked for what told of it: begins at random within a second. @default false */
  readonly unsolicited?: boolean;
  readonly signal?: AbortSignal;
}

interface Job {
  readonly target: FetchTarget;
  readonly place: Place;
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
   * What `read` makes of the response to a GET; its signal aborts when nobody wants it any more. Rejects with `NetworkError` (`FORBIDDEN_URL`, `TOO_MANY_PORTS`,
   * `TOO_MANY_WAITING`, `ABORTED`, and what the client rejects with), `TimeoutError`, `RemoteError` `HTTP_STATUS` for any
   * status but 200, what `read` rejects with, and the last error of a URL that is left alone because it failed.
   */
  fetch<T>(
    target: FetchTarget,
    options: FetchOptions,
    read: (response: HttpResponse, signal: AbortSignal) => T | Promise<T>,
  ): Promise<T> {
    const { signal, unsolicited } = options;
    return new Promise<T>((resolve, reject) => {
      const refusal = this.#refusal(target, signal);
      if (refusal) {
        reject(refusal.error);
        return;
      }
      const { clock, random } = this.#parts;
      const controller = new AbortController();
      const job: Job = {
        target,
        place: { address: target.from, port: portOf(target.url), url: target.url },
        notBefore: clock.now() + (unsolicited ? random.between(0, UNSOLICITED_WAIT) : 0),
        controller,
        use: async (response) => resolve(await read(response, controller.signal)),
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

  /** Calls off everything. What was asked and what failed still counts. */
  callOffAll(): void {
    for (const job of [...this.#waiting, ...this.#underWay]) this.#callOff(job);
  }

  #refusal(target: FetchTarget, signal: AbortSignal | undefined): { readonly error: unknown } | undefined {
    if (signal?.aborted) return { error: calledOff() };
    const why = whyNotFetched(target);
    if (why !== undefined) return { error: new NetworkError("FORBIDDEN_URL", `it is ${why}`) };
    return this.#failures.rest(keyOf(target), this.#parts.clock.now());
  }

  /** When all places are taken, whoever waits for most gives one up; of several at random, and likewise of its own. */
  #enqueue(job: Job): void {
    this.#waiting.add(job);
    this.#pump();
    const strangers = [...this.#waiting].filter((each) => this.#isStranger(each));
    if (strangers.length > MOST_STRANGERS_WAITING) this.#giveUpOneOf(strangers);
    else if (this.#waiting.size > MOST_WAITING) this.#giveUpOneOf([...this.#waiting]);
  }

  #giveUpOneOf(jobs: readonly Job[]): void {
    const now = this.#parts.clock.now();
    const byHost = byHostOf(jobs);
    const most = Math.max(...byHost.map(({ length }) => length));
    const crowd = this.#oneOf(byHost.filter(({ length }) => length === most)) ?? jobs;
    const unproven = crowd.filter(({ place }) => !this.#ledger.isGood(place.address, place.port, now));
    const job = this.#oneOf(unproven.length > 0 ? unproven : crowd);
    if (!job) return;
    this.#waiting.delete(job);
    job.reject(new NetworkError("TOO_MANY_WAITING", "too many requests wait for their turn"));
  }

  #oneOf<T>(all: readonly T[]): T | undefined {
    return all[this.#parts.random.integer(0, all.length - 1)];
  }

  #isStranger({ target }: Job): boolean {
    return !this.#ledger.isGood(target.from, undefined, this.#parts.clock.now());
  }

  /** Begins what may begin, and wakes when more may. What waits for a place is woken by the end of what has it. */
  #pump(): void {
    this.#disarm();
    const { clock } = this.#parts;
    for (let job = this.#next(clock.now()); job; job = this.#next(clock.now())) {
      this.#waiting.delete(job);
      this.#begin(job);
    }
    const at = Math.min(...this.#placed().map((job) => this.#startAt(job)));
    if (at < Number.POSITIVE_INFINITY) this.#disarm = clock.at(at, () => this.#pump());
  }

  /** Those for whom there is a place. */
  #placed(): readonly Job[] {
    if (this.#underWay.size >= MOST_UNDER_WAY) return [];
    const strangers = [...this.#underWay].filter((job) => this.#isStranger(job)).length;
    const jobs = [...this.#waiting];
    return strangers < MOST_STRANGERS_UNDER_WAY ? jobs : jobs.filter((job) => !this.#isStranger(job));
  }

  /**
   * Of those that may begin, one of the host that was not asked for longest: at a port that delivered before, else at one
   * drawn at random, so that whoever makes up ports for a host delays none of its own for long.
   */
  #next(now: Instant): Job | undefined {
    const able = this.#placed().filter((job) => this.#startAt(job) <= now);
    let best: Job | undefined;
    for (const job of able)
      if (!best || this.#ledger.beganAt(job.target.from) < this.#ledger.beganAt(best.target.from)) best = job;
    if (!best) return undefined;
    const { from } = best.target;
    const own = able.filter(({ target }) => target.from === from);
    const good = own.find(({ place }) => this.#ledger.isGood(from, place.port, now));
    const port = this.#oneOf([...new Set(own.map(({ place }) => place.port))]);
    return good ?? own.find(({ place }) => place.port === port);
  }

  #startAt({ notBefore, place }: Job): Instant {
    return Math.max(notBefore, this.#ledger.readyAt(place, this.#parts.clock.now()));
  }

  #begin(job: Job): void {
    const { place } = job;
    const now = this.#parts.clock.now();
    if (!this.#ledger.allows(place, now)) {
      job.reject(new NetworkError("TOO_MANY_PORTS", `${place.address} has announced URLs on too many ports`));
      return;
    }
    this.#ledger.begin(place, now);
    this.#underWay.add(job);
    this.#request(job).then(
      () => this.#end(job),
      (error: unknown) => this.#end(job, { error }),
    );
  }

  async #request({ target, controller, use }: Job): Promise<void> {
    const { http, userAgent, maxBodyBytes } = this.#parts;
    const response = await http.request({
      method: "GET",
      url: target.url,
      link: target.link,
      headers: [["User-Agent", userAgent]],
      maxBodyBytes: maxBodyBytes ?? MOST_BODY_BYTES,
      signal: controller.signal,
    });
    await use(checked(response));
  }

  #end(job: Job, failure?: { readonly error: unknown }): void {
    const { target, place, controller } = job;
    const now = this.#parts.clock.now();
    const outcome = controller.signal.aborted ? undefined : failure ? "vain" : "delivered";
    this.#underWay.delete(job);
    this.#ledger.end(place, now, outcome);
    if (!failure) this.#failures.delete(keyOf(target));
    else if (outcome) this.#failures.add(keyOf(target), target.from, failure.error, now);
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

function byHostOf(jobs: readonly Job[]): readonly (readonly Job[])[] {
  const hosts = new Map<string, Job[]>();
  for (const job of jobs) {
    const own = hosts.get(job.target.from);
    if (own) own.push(job);
    else hosts.set(job.target.from, [job]);
  }
  return [...hosts.values()];
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
