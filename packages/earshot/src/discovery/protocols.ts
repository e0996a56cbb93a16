import type { Link } from "../core/engine.ts";
import { NetworkError, UsageError } from "../core/errors.ts";
import type { DnsSdCounts } from "../dns-sd/index.ts";
import type { MdnsOptions } from "../mdns/index.ts";
import type { Network } from "../network/index.ts";
import type { SsdpCounts, SsdpOptions } from "../ssdp/index.ts";
import { DnsSdProtocol } from "./dns-sd-protocol.ts";
import { DatagramMonitor, type Monitor, type MonitorOptions } from "./monitor.ts";
import { assertOffer, type Offer } from "./offer.ts";
import type { Observer, Protocol } from "./protocol.ts";
import type { Service } from "./service.ts";
import { SsdpProtocol } from "./ssdp-protocol.ts";
import { Startable } from "./startable.ts";

/** What protocols are made of. */
export interface ProtocolsParts {
  readonly network: () => Network;
  readonly observer: Observer;
  readonly ssdp?: SsdpOptions | undefined;
  readonly mdns?: MdnsOptions | undefined;
  /** Which are spoken. @default all */
  readonly spoken?: readonly Service["protocol"][] | undefined;
}

/** What was heard, dropped and kept, by protocol; `undefined` for one not used yet, or that could not start. */
export interface Stats {
  readonly ssdp: SsdpCounts | undefined;
  readonly mdns: DnsSdCounts | undefined;
}

/** All protocols of one presence, each started when it is first needed. */
export class Protocols {
  readonly #parts: ProtocolsParts;
  readonly #ssdp: Startable<SsdpProtocol>;
  readonly #dnsSd: Startable<DnsSdProtocol>;
  readonly #monitors = new Set<DatagramMonitor>();
  /** Those of which it was told that they could not start. */
  readonly #told = new WeakSet<Protocol>();

  constructor(parts: ProtocolsParts) {
    const { network, observer } = parts;
    this.#parts = parts;
    this.#ssdp = new Startable(() => new SsdpProtocol(network(), parts.ssdp ?? {}, observer));
    this.#dnsSd = new Startable(() => new DnsSdProtocol(network(), parts.mdns ?? {}, observer));
  }

  get stats(): Stats {
    return { ssdp: this.#ssdp.running?.counts, mdns: this.#dnsSd.running?.counts };
  }

  /** The links that are served by any protocol; `undefined` while none is ready. */
  get links(): readonly Link[] | undefined {
    const served = [this.#ssdp, this.#dnsSd].flatMap(({ running }) =>
      running?.links ? [running.links] : [],
    );
    if (served.length === 0) return undefined;
    return [...new Map(served.flat().map((link) => [link.id, link])).values()];
  }

  /** The links that SSDP serves. */
  get ssdpLinks(): readonly Link[] {
    return this.#ssdp.running?.links ?? [];
  }

  /** SSDP, which is started. @throws UsageError `UNKNOWN_TYPE` where it is not spoken. */
  ssdp(): SsdpProtocol {
    this.#assertSpoken("ssdp");
    return this.#ssdp.start();
  }

  /** DNS-SD, which is started. @throws UsageError `UNKNOWN_TYPE` where it is not spoken. */
  dnsSd(): DnsSdProtocol {
    this.#assertSpoken("dns-sd");
    return this.#dnsSd.start();
  }

  /** Who speaks of services of a type, or of everything; each is started. @throws UsageError `UNKNOWN_TYPE`. */
  speakers(type: string | undefined): readonly Protocol[] {
    if (type !== undefined) return [this.speaker(type)];
    const ssdp = this.#isSpoken("ssdp") ? [this.#ssdp.start()] : [];
    const dnsSd = this.#isSpoken("dns-sd") ? [this.#dnsSd.start()] : [];
    return [...ssdp, ...dnsSd];
  }

  /** Who speaks of services of a type, which is started. @throws UsageError `UNKNOWN_TYPE`. */
  speaker(type: string): Protocol {
    if (SsdpProtocol.speaks(type)) return this.ssdp();
    if (DnsSdProtocol.speaks(type)) return this.dnsSd();
    throw new UsageError(
      "UNKNOWN_TYPE",
      `${JSON.stringify(type)} is written in no protocol that earshot speaks; DNS-SD types are _ipp._tcp, ` +
        "_universal._sub._ipp._tcp and the like; SSDP types are urn:..., uuid:..., upnp:rootdevice and ssdp:all",
    );
  }

  /**
   * Resolves when at least one of some protocols hears the network and none is still about to; what kept the others from
   * it is told as a fault. Rejects as the first when none does.
   */
  ready(protocols: Iterable<Protocol>): Promise<void> {
    const [first, ...others] = new Set(protocols);
    if (!first) return Promise.resolve();
    return others.length === 0 ? first.ready : this.#anyReady([first, ...others]);
  }

  /** Who announces an offer, which is started. @throws UsageError `UNKNOWN_TYPE`, `INVALID_OFFER`. */
  announcer(offer: Offer): Protocol {
    assertOffer(offer);
    return "usn" in offer && offer.usn !== undefined ? this.ssdp() : this.speaker(offer.type);
  }

  /** Has it asked for whether a service is still there, where the protocol knows how and listens. */
  reconfirm(service: Service): void {
    if (service.protocol === "dns-sd") this.#dnsSd.running?.reconfirm(service);
  }

  /** Every datagram heard and sent from now on. @throws UsageError `INVALID_OPTION`, `UNKNOWN_TYPE`. */
  monitor(options: MonitorOptions, onClosed: () => void): Monitor {
    const chosen = options.protocols?.map((name) => (name === "mdns" ? this.dnsSd() : this.ssdp()));
    const protocols = new Set(chosen ?? this.speakers(undefined));
    if (protocols.size === 0)
      throw new UsageError("INVALID_OPTION", "a monitor needs a protocol to listen to");
    const ends: (() => void)[] = [];
    const monitor = new DatagramMonitor(this.ready(protocols), options, () => {
      for (const end of ends.splice(0)) end();
      this.#monitors.delete(monitor);
      onClosed();
    });
    for (const protocol of protocols) ends.push(protocol.overhear(monitor));
    this.#monitors.add(monitor);
    return monitor;
  }

  /** Says every goodbye, then frees the network. */
  async close(): Promise<void> {
    await Promise.all([this.#ssdp.close(), this.#dnsSd.close()]);
    for (const monitor of [...this.#monitors]) await monitor.close(); // After the goodbyes, which they tell, too.
  }

  async #anyReady(protocols: readonly Protocol[]): Promise<void> {
    const outcomes = await Promise.allSettled(protocols.map(({ ready }) => ready));
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    if (failures.length === protocols.length) throw failures[0];
    for (const [at, outcome] of outcomes.entries())
      if (outcome.status === "rejected") this.#tell(protocols[at], outcome.reason);
  }

  #tell(protocol: Protocol | undefined, cause: unknown): void {
    if (!protocol || this.#told.has(protocol)) return;
    this.#told.add(protocol);
    const what = `${protocol.name} is not heard: ${cause instanceof Error ? cause.message : String(cause)}`;
    const code = cause instanceof NetworkError ? cause.code : "PROTOCOL_FAILED";
    this.#parts.observer.fault({ link: undefined, error: new NetworkError(code, what, { cause }) });
  }

  #isSpoken(name: Service["protocol"]): boolean {
    return this.#parts.spoken?.includes(name) ?? true;
  }

  #assertSpoken(name: Service["protocol"]): void {
    if (this.#isSpoken(name)) return;
    throw new UsageError("UNKNOWN_TYPE", `${name} is not among the protocols of this Earshot`);
  }
}
