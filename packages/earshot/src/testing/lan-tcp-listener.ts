import type { Endpoint, Link } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { TcpListener } from "../network/network.ts";
import type { Holding, Station } from "./station.ts";

/** A TCP port on one link of a simulated host, to which others deliver. */
export class LanTcpListener implements TcpListener, Holding {
  readonly port: number;
  readonly #station: Station;
  readonly #unlisten: () => void;

  /** @throws NetworkError `LINK_GONE` */
  constructor(station: Station, receiver: (bytes: Uint8Array, from: Endpoint) => void, link: Link) {
    const nic = station.nicOf(link);
    if (!nic?.links.some((known) => known.addresses.some((own) => own.address === link.address)))
      throw new NetworkError("LINK_GONE", `${station.name} has no address ${link.address} on ${link.id}`);
    this.#station = station;
    this.port = station.claimPort("tcp");
    const key = `${link.address} ${this.port}`;
    nic.receivers.set(key, receiver);
    this.#unlisten = () => {
      if (nic.receivers.delete(key)) station.freePort("tcp", this.port);
    };
    station.holdings.add(this);
  }

  close(): Promise<void> {
    this.#unlisten();
    this.#station.holdings.delete(this);
    return Promise.resolve();
  }

  relink(): void {}

  kill(): void {
    this.#unlisten();
  }

  describe(): string {
    return `a TCP port ${this.port}`;
  }
}
