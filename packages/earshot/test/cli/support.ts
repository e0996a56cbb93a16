import { COMMANDS } from "../../src/cli/command-list.ts";
import type { Io, Signal, Stop } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import { type DnsSdOffer, Earshot, NetworkError } from "../../src/index.ts";
import { type DnsMessage, encodeMessage } from "../../src/mdns.ts";
import { type Host, Lan } from "../../src/testing.ts";

// Loading takes real time, for which a simulated network does not wait.
await Promise.all(COMMANDS.map(({ load }) => load()));

export interface TerminalOptions {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A terminal or a pipe with somebody at it. */
export class FakeIo implements Io {
  out = "";
  err = "";
  readonly bytes: Uint8Array[] = [];
  readonly stdout = {
    write: (text: string) => {
      this.out += text;
    },
  };
  readonly stderr = {
    write: (text: string) => {
      this.err += text;
    },
  };
  readonly env: Readonly<Record<string, string>>;
  readonly isTTY: boolean;
  columns: number;
  readonly rows: number;
  readonly clock: Io["clock"];
  readonly network: Host;
  readonly #signals = new Map<Signal, Set<() => void>>();
  readonly #listeners = { closed: new Set<(error?: Error) => void>(), resize: new Set<() => void>() };
  readonly #keys = new Set<(key: string) => void>();
  readonly #lines = new Set<(line: string) => void>();
  /** What makes the output unusable, told only at the end. */
  failure: Error | undefined;

  constructor(network: Host, options: TerminalOptions = {}) {
    this.network = network;
    this.clock = network.clock;
    this.isTTY = options.isTTY ?? false;
    this.columns = options.columns ?? (this.isTTY ? 80 : Number.POSITIVE_INFINITY);
    this.rows = options.rows ?? 24;
    this.env = options.env ?? {};
  }

  /** How many listeners are left: none, once a command has ended. */
  get left(): number {
    const sets = [...this.#signals.values(), ...Object.values(this.#listeners), this.#keys, this.#lines];
    return sets.reduce((sum, set) => sum + set.size, 0);
  }

  writeBytes(bytes: Uint8Array): void {
    this.bytes.push(bytes);
  }

  onSignal(signal: Signal, listener: () => void): Stop {
    const set = this.#signals.get(signal) ?? new Set();
    this.#signals.set(signal, set);
    return added(set, listener);
  }

  onOutputClosed(listener: (error: Error | undefined) => void): Stop {
    return added(this.#listeners.closed, listener);
  }

  onResize(listener: () => void): Stop {
    return added(this.#listeners.resize, listener);
  }

  onKey(listener: (key: string) => void): Stop {
    return added(this.#keys, listener);
  }

  onLine(listener: (line: string) => void): Stop {
    return added(this.#lines, listener);
  }

  async close(): Promise<void> {
    if (this.failure) throw this.failure;
  }

  /** Returns whether anybody listened: a signal that nobody listens to ends a process. */
  signal(signal: Signal): boolean {
    const listeners = [...(this.#signals.get(signal) ?? [])];
    for (const listener of listeners) listener();
    return listeners.length > 0;
  }

  key(key: string): void {
    for (const listener of [...this.#keys]) listener(key);
  }

  line(line: string): void {
    for (const listener of [...this.#lines]) listener(line);
  }

  resize(columns: number): void {
    this.columns = columns;
    for (const listener of [...this.#listeners.resize]) listener();
  }

  closeOutput(error?: Error): void {
    for (const listener of [...this.#listeners.closed]) listener(error);
  }
}

function added<T>(set: Set<T>, item: T): Stop {
  set.add(item);
  return () => void set.delete(item);
}

/** A simulated LAN with the user's machine and another one, `peer`, which announces things. */
export class Rig implements AsyncDisposable {
  readonly lan = new Lan({ seed: 7 });
  readonly user = this.lan.addHost("user", { addresses: ["10.0.0.1/16", "fe80::1/64", "fd00::1/64"] });
  readonly peerHost = this.lan.addHost("peer", { addresses: ["10.0.0.2/16", "fe80::2/64"] });
  readonly peer = new Earshot({ network: this.peerHost });
  readonly io: FakeIo;

  constructor(options: TerminalOptions = {}) {
    this.io = new FakeIo(this.user, options);
  }

  /** Runs a command to its end. */
  run(...args: string[]): Promise<number> {
    return this.lan.until(main(args, this.io));
  }

  /** Starts a command and lets time pass; gives its end. */
  async start(ms: number, ...args: string[]): Promise<Promise<number>[]> {
    const end = main(args, this.io);
    await this.pass(ms);
    return [end];
  }

  /** From now on channels of the user's machine have this fault on these links when they are opened. */
  breakLinks(code: string, ...links: readonly string[]): void {
    this.#break(() => true, code, links);
  }

  /** The same for channels of one port. */
  breakPort(port: number, code: string, ...links: readonly string[]): void {
    this.#break((opened) => opened === port, code, links);
  }

  #break(isBroken: (port: number) => boolean, code: string, links: readonly string[]): void {
    const { user } = this;
    const faulty = new Proxy(user, {
      get: (_, name) => {
        if (name === "open") return open;
        const value: unknown = Reflect.get(user, name, user);
        return typeof value === "function" ? value.bind(user) : value;
      },
    });
    const open: Host["open"] = (binding, listener) => {
      const channel = user.open(binding, listener);
      for (const link of isBroken(binding.port) ? links : []) {
        const cause = new Error(`${code} of the system`);
        const error = new NetworkError(code, `${link}: cannot hear: it is broken`, { cause });
        listener.fault({ link, error });
      }
      return channel;
    };
    Object.defineProperty(this.io, "network", { value: faulty });
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    const { clock } = this.user;
    return this.lan.until(new Promise<void>((resolve) => void clock.at(clock.now() + ms, resolve)));
  }

  /** A device announces itself. */
  announce(name: string, type = `urn:schemas-upnp-org:device:${name}:1`, more: object = {}) {
    const offer = { type, name, port: 8080, server: `Test/1.0 UPnP/1.1 ${name}/1.0`, ...more };
    return this.lan.until(this.peer.advertise(offer));
  }

  /** The other machine offers a service by DNS-SD. */
  offer(offer: Partial<DnsSdOffer> = {}) {
    const printer = {
      type: "_ipp._tcp",
      name: "Office",
      port: 631,
      host: "printer",
      txt: { rp: "ipp/print" },
    };
    return this.lan.until(this.peer.advertise({ ...printer, ...offer }));
  }

  /** Somebody sends a message of mDNS to the group. */
  say(message: Partial<DnsMessage> & Pick<DnsMessage, "kind">, from = "10.0.0.66"): void {
    this.lan.inject({
      from: { address: from, port: 5353 },
      to: { address: "224.0.0.251", port: 5353 },
      bytes: encodeMessage(message),
    });
  }

  /** Somebody announces whatever he likes. Header values may hold anything but line ends. */
  shout(headers: Readonly<Record<string, string>>, from = "10.0.0.66"): void {
    const all = {
      HOST: "239.255.255.250:1900",
      NTS: "ssdp:alive",
      "CACHE-CONTROL": "max-age=1800",
      ...headers,
    };
    const text = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const bytes = new TextEncoder().encode(`NOTIFY * HTTP/1.1\r\n${text.join("")}\r\n`);
    this.lan.inject({
      from: { address: from, port: 1900 },
      to: { address: "239.255.255.250", port: 1900 },
      bytes,
    });
  }

  /** Answers every search on the LAN with these headers. */
  answerWith(headers: Readonly<Record<string, string>>): void {
    const text = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const bytes = new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${text.join("")}\r\n`);
    const binding = { port: 1900, groups: { 4: ["239.255.255.250"], 6: ["ff02::c"] }, hops: 2 };
    const channel = this.peerHost.open(binding, {
      datagram: ({ from, link, to }) => {
        if (to === "group") channel.send({ bytes, to: from, link, socket: "own" });
      },
      links: () => {},
      fault: () => {},
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lan.until(this.peer.close());
  }
}

/** A message as text. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
