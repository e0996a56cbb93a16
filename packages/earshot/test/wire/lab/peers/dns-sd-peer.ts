import type { Running } from "../running.ts";

/** What a program of other people is to announce by DNS-SD. */
export interface Offered {
  readonly name: string;
  /** Such as `_http._tcp`. */
  readonly type: string;
  readonly port: number;
  /** Each string of the TXT record, such as `path=/`. */
  readonly txt?: readonly string[];
  /** Such as `_printer`. */
  readonly subtypes?: readonly string[];
}

/** A program of other people that announces something, established. */
export interface Publishing extends AsyncDisposable {
  readonly process: Running;
  /** Ends it as its user would: it says goodbye. */
  stop(): Promise<void>;
  /** Ends it without a word. */
  kill(): Promise<void>;
}

/** An instance as a program of other people resolved it. */
export interface Resolved {
  readonly name: string;
  readonly type: string;
  /** Without trailing dot. */
  readonly host: string;
  readonly port: number;
  /** Each string of the TXT record, sorted; bytes that are not ASCII as that program shows them. */
  readonly txt: readonly string[];
  readonly addresses: readonly string[];
}

/** What a line of a browser's output says. */
export type Told =
  | { readonly kind: "found"; readonly instance: Resolved }
  | { readonly kind: "gone"; readonly name: string };

/** A program of other people that browses a service type, and what it told so far. */
export interface Browsing extends AsyncDisposable {
  readonly process: Running;
  /** Waits until it has resolved an instance of this name, with these properties, and not lost it since. */
  found(name: string, like?: Partial<Resolved>, ms?: number): Promise<Resolved>;
  /** Waits until it has told that the instance is gone, after it had told of it. */
  gone(name: string, ms?: number): Promise<void>;
}

export function publishing(process: Running): Publishing {
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    await process.stop(signal);
  };
  return {
    process,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGKILL"),
  };
}

/** A program that tells in lines what it finds and loses; `read` says what a line means, if anything. */
export function browsing(process: Running, read: (line: string) => Told | undefined): Browsing {
  const told = (): Told[] => process.output.flatMap((line) => read(line) ?? []);
  const present = (name: string): Resolved[] => {
    let found: Resolved[] = [];
    for (const each of told()) {
      if (each.kind === "gone") found = each.name === name ? [] : found;
      else if (each.instance.name === name) found = [...found, each.instance];
    }
    return found;
  };
  const fitting = (name: string, like: Partial<Resolved>): Resolved | undefined =>
    present(name).findLast((instance) => fits(instance, like));
  const isGone = (name: string): boolean =>
    present(name).length === 0 && told().some((each) => each.kind === "gone" && each.name === name);
  return {
    process,
    found: async (name, like = {}, ms) => {
      const wanted = `find "${name}" ${JSON.stringify(like)}`;
      await process.waitUntil(() => fitting(name, like) !== undefined, wanted, ms);
      return fitting(name, like) as Resolved;
    },
    gone: (name, ms) => process.waitUntil(() => isGone(name), `tell that "${name}" is gone`, ms),
    [Symbol.asyncDispose]: async () => {
      await process.kill();
    },
  };
}

/** Reads the lines of JSON that the lab's own small programs print. */
export function readJson(line: string): Told | undefined {
  if (!line.startsWith("{")) return undefined;
  const { kind, name, txt = [], ...rest } = JSON.parse(line);
  if (kind === "gone") return { kind, name };
  return kind === "found" ? { kind, instance: { name, ...rest, txt: [...txt].sort() } } : undefined;
}

function fits(instance: Resolved, like: Partial<Resolved>): boolean {
  return Object.entries(like).every(([key, wanted]) => {
    const is = instance[key as keyof Resolved];
    return Array.isArray(wanted) && key === "addresses"
      ? wanted.every((address) => instance.addresses.includes(address))
      : JSON.stringify(is) === JSON.stringify(wanted);
  });
}
