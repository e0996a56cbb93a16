/** A fetcher over a server that answers when the test says so, in virtual time. */
import type { Link } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../src/network/http.ts";
import { Fetcher } from "../../src/upnp/fetcher.ts";
import { FakeClock } from "../network/fake-network.ts";

const own = [
  { address: "10.0.0.200", prefixLength: 16 },
  { address: "192.168.1.200", prefixLength: 24 },
];

export const link: Link = {
  id: "eth0/4",
  interfaceName: "eth0",
  family: 4,
  address: "10.0.0.200",
  prefixLength: 16,
  addresses: own,
};

export const link6: Link = {
  id: "eth0/6",
  interfaceName: "eth0",
  family: 6,
  address: "fe80::200",
  prefixLength: 64,
  addresses: [{ address: "fe80::200", prefixLength: 64 }],
};

/** A request that waits for its answer. */
export interface Pending {
  readonly at: number;
  readonly request: HttpRequest;
  answer(status?: number, text?: string, headers?: Record<string, string>): Promise<void>;
  fail(error?: Error): Promise<void>;
}

export class FakeHttp implements HttpClient {
  readonly all: Pending[] = [];
  readonly #clock: FakeClock;
  readonly #open = new Set<Pending>();
  most = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get urls(): string[] {
    return this.all.map(({ request }) => request.url);
  }

  get open(): Pending[] {
    return [...this.#open];
  }

  request(request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#open.delete(pending);
        act();
        return settled();
      };
      const pending: Pending = {
        at: this.#clock.now(),
        request,
        answer: (status = 200, text = "ok", headers = {}) => {
          const body = new TextEncoder().encode(text);
          return settle(() => resolve({ status, headers: new Map(Object.entries(headers)), body }));
        },
        fail: (error = new Error("refused")) => settle(() => reject(error)),
      };
      request.signal?.addEventListener("abort", () => void pending.fail(new Error("aborted")));
      this.all.push(pending);
      this.#open.add(pending);
      this.most = Math.max(this.most, this.#open.size);
    });
  }
}

export function rig(seed = 5) {
  const clock = new FakeClock();
  const http = new FakeHttp(clock);
  const fetcher = new Fetcher({
    http,
    clock,
    random: new Random(seed),
    userAgent: "Test/1 UPnP/1.1 earshot/0",
  });
  const get = (url: string, from = new URL(url).hostname, options = {}) =>
    watch(fetcher.fetch({ url, from, link }, options, ({ body }) => new TextDecoder().decode(body)));
  return { clock, http, fetcher, get, pass: (ms: number) => pass(clock, ms) };
}

/** Lets virtual time pass, in steps, promises included. */
export async function pass(clock: FakeClock, ms: number): Promise<void> {
  const end = clock.now() + ms;
  await settled();
  for (let next = Math.min(end, ...clock.armed); next < end; next = Math.min(end, ...clock.armed)) {
    clock.advance(Math.max(next, clock.now()));
    await settled();
  }
  clock.advance(end);
  await settled();
}

/** What became of a promise so far. */
export function watch<T>(promise: Promise<T>) {
  const watched: { value?: T; error?: Error & { code?: string } } = {};
  promise.then(
    (value) => {
      watched.value = value;
    },
    (error) => {
      watched.error = error;
    },
  );
  return watched;
}

/** Lets promises settle; no time passes. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
