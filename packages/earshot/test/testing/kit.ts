import type { Binding, BoundLink, Datagram, Endpoint, Outgoing, Socket } from "../../src/core/engine.ts";
import type { Channel, Fault, Network } from "../../src/network/index.ts";
import type { ForgedOutgoing } from "../../src/testing/index.ts";

export const GROUP = "239.255.255.250";
export const SSDP: Binding = { port: 1900, groups: { 4: [GROUP], 6: ["ff02::c"] }, hops: 2 };

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A program that writes down everything its channel tells it. */
export class Notebook {
  readonly channel: Channel;
  readonly heard: Datagram[] = [];
  readonly linked: {
    readonly links: readonly BoundLink[];
    readonly resumed: boolean;
    readonly at: number;
  }[] = [];
  readonly faults: Fault[] = [];

  constructor(network: Network, binding: Binding = SSDP) {
    this.channel = network.open(binding, {
      datagram: (datagram) => void this.heard.push(datagram),
      links: (links, resumed) => void this.linked.push({ links, resumed, at: network.clock.now() }),
      fault: (fault) => void this.faults.push(fault),
    });
  }

  get links(): readonly BoundLink[] {
    return this.linked.at(-1)?.links ?? [];
  }

  get texts(): string[] {
    return this.heard.map((datagram) => textOf(datagram.bytes));
  }

  link(family: 4 | 6 = 4, interfaceName = "eth0"): BoundLink {
    const link = this.links.find((one) => one.family === family && one.interfaceName === interfaceName);
    if (!link) throw new Error(`no link ${interfaceName}/${family}`);
    return link;
  }

  /** Sends text: to the group of `link`, from the shared port, unless told otherwise. */
  say(
    text: string,
    options: { to?: Endpoint; link?: BoundLink; socket?: Socket; from?: Endpoint } = {},
  ): void {
    const outgoing: Outgoing = {
      bytes: bytesOf(text),
      to: options.to ?? "group",
      link: options.link ?? this.link(),
      socket: options.socket ?? "shared",
    };
    const forged: Outgoing | ForgedOutgoing = options.from ? { ...outgoing, from: options.from } : outgoing;
    this.channel.send(forged);
  }
}
