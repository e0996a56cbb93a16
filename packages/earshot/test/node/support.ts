import { createSocket, type SocketOptions } from "node:dgram";
import { readdirSync } from "node:fs";
import type { Binding, BoundLink, Datagram } from "../../src/core/engine.ts";
import type { Channel, ChannelListener, Fault } from "../../src/network/network.ts";
import type { InterfaceState, Snapshot } from "../../src/node/interfaces.ts";
import type { UsableLink } from "../../src/node/links.ts";
import type { Socket, SocketFactory } from "../../src/node/sockets.ts";

export const GROUP = "239.255.255.250";

let nextPort = 20_000 + (process.pid % 1_000) * 20;

/** A port for one test, below the ephemeral ones. */
export function freePort(): number {
  return nextPort++;
}

export function binding(changes: Partial<Binding> = {}): Binding {
  return { port: 1900, groups: { 4: [GROUP], 6: ["ff02::c", "ff05::c"] }, hops: 2, ...changes };
}

/** A binding for IPv4 over loopback. */
export function loopbackBinding(changes: Partial<Binding> = {}): Binding {
  return binding({ port: freePort(), groups: { 4: [GROUP], 6: [] }, ...changes });
}

export function linkAt(name: string, address: string, changes: Partial<UsableLink> = {}): UsableLink {
  const plain = { address, prefixLength: 24 };
  const rest = { addresses: [plain], zone: name, index: undefined, wideAddress: undefined };
  return { id: `${name}/4`, interfaceName: name, family: 4, ...plain, ...rest, ...changes };
}

export function link6At(name: string, address: string, index: number): UsableLink {
  return linkAt(name, address, { id: `${name}/6`, family: 6, index });
}

/** The loopback interface, or one that poses as it, with IPv4 only. */
export function loopback(name = "lo", address = "127.0.0.1", prefixLength = 8): InterfaceState {
  return {
    name,
    index: 1,
    loopback: true,
    multicast: false,
    pointToPoint: false,
    bridged: false,
    mtu: undefined,
    addresses: [{ family: 4, address, prefixLength, tentative: false, fleeting: false }],
  };
}

export function snapshot(...interfaces: InterfaceState[]): Snapshot {
  return { interfaces, silent: [] };
}

/** Keeps what a channel tells, and lets a test wait for it. */
export class Recorder implements ChannelListener {
  readonly datagrams: Datagram[] = [];
  readonly linkSets: { links: readonly BoundLink[]; resumed: boolean }[] = [];
  readonly faults: Fault[] = [];
  #wake: (() => void)[] = [];

  datagram(datagram: Datagram): void {
    this.datagrams.push(datagram);
    this.#changed();
  }

  links(links: readonly BoundLink[], resumed: boolean): void {
    this.linkSets.push({ links, resumed });
    this.#changed();
  }

  fault(fault: Fault): void {
    this.faults.push(fault);
    this.#changed();
  }

  /** What the datagrams say, in order. */
  get texts(): string[] {
    return this.datagrams.map(({ bytes }) => new TextDecoder().decode(bytes));
  }

  get codes(): string[] {
    return this.faults.map(({ error }) => error.code);
  }

  /** The links told last. */
  get served(): readonly BoundLink[] {
    return this.linkSets.at(-1)?.links ?? [];
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  heard(count: number): Promise<void> {
    return this.until(() => this.datagrams.length >= count);
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}

export function say(
  channel: Channel,
  link: BoundLink,
  text: string,
  socket: "own" | "shared" = "own",
  to: "group" | { address: string; port: number } = "group",
): void {
  channel.send({ bytes: new TextEncoder().encode(text), to, link, socket });
}

/** A factory whose sockets are real, but where `spoil` may change each before it is used. */
export function spoiled(spoil: (socket: Socket, options: SocketOptions) => void): SocketFactory {
  return (options) => {
    const socket = createSocket(options);
    spoil(socket, options);
    return socket;
  };
}

export function errno(code: string, syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

/** How many files this process has open. */
export function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}
