import { urlHost } from "../core/address.ts";
import { Agenda } from "../core/agenda.ts";
import type { Binding, BoundLink, Datagram, Endpoint, Engine, Instant, Turn } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { encodeMessage, parseMessage, typeServes } from "../ssdp/index.ts";
import { type CrowdAddresses, crowdAddresses, crowdHost, fromOne } from "./crowd-place.ts";
import type { HostOptions } from "./lan.ts";
import { uuidOf } from "./uuid.ts";

export interface CrowdOptions {
  /** How many devices, 1 to 30,000. Each has an IPv4 and an IPv6 address of its own. */
  readonly devices: number;
  /** `spread`: each answers at random within MX, as it should. `burst`: all at once. @default "spread" */
  readonly answers?: "spread" | "burst";
  /** What every device is. @default "urn:schemas-upnp-org:device:Basic:1" */
  readonly type?: string;
  /** @default 1800 */
  readonly maxAgeSeconds?: number;
  /** Seeds when who answers. @default 1 */
  readonly seed?: number;
}

/** One synthetic device. */
export interface CrowdDevice {
  readonly udn: string;
  /** Per family. */
  readonly addresses: CrowdAddresses;
}

const GROUPS = { 4: "239.255.255.250", 6: "ff02::c" };
const PORT = 1900;
const MOST_DEVICES = 30_000;
/** Answers under way at most; a search that would exceed it is not answered. */
const MOST_PENDING = 1_000_000;
/** What begins with it can be a search; the crowd's own announcements do not, and are many. */
const CAPITAL_M = 0x4d;
const SERVER = "Lan/1.0 UPnP/1.1 Crowd/1.0";

/**
 * Thousands of SSDP devices in one engine, each a root device without services at addresses of its own:
 *
 *     const crowd = new Crowd({ devices: 5000 });
 *     const driver = new Driver(lan.addHost("crowd", crowd.host), crowd, { deliver: () => {} });
 *
 * It answers searches, and announces when told to. It keeps no rule of politeness: every copy of a search is answered.
 */
export class Crowd implements Engine<never> {
  readonly binding: Binding = { port: PORT, groups: { 4: [GROUPS[4]], 6: [GROUPS[6]] }, hops: 2 };
  readonly devices: readonly CrowdDevice[];
  readonly #options: Required<CrowdOptions>;
  readonly #random: Random;
  readonly #agenda = new Agenda<never>();
  #links: readonly BoundLink[] = [];

  /** @throws UsageError `INVALID_CROWD` */
  constructor(options: CrowdOptions) {
    const { devices } = options;
    if (!Number.isInteger(devices) || devices < 1 || devices > MOST_DEVICES)
      throw new UsageError("INVALID_CROWD", `a crowd has 1 to ${MOST_DEVICES} devices, not ${devices}`);
    this.#options = { answers: "spread", type: TYPE, maxAgeSeconds: 1800, seed: 1, ...options };
    this.#random = new Random(this.#options.seed);
    this.devices = Array.from({ length: devices }, (_, index) => deviceAt(index));
  }

  /** The host to put it on: one interface that has the address of every device. */
  get host(): HostOptions {
    return crowdHost(this.devices);
  }

  get wakeAt(): Instant {
    return this.#agenda.nextAt;
  }

  wake(turn: Turn<never>): void {
    this.#agenda.runDue(turn);
  }

  relink(links: readonly BoundLink[]): void {
    this.#links = links;
  }

  receive(datagram: Datagram, turn: Turn<never>): void {
    if (datagram.bytes[0] !== CAPITAL_M) return;
    const message = parseMessage(datagram.bytes);
    if (message.kind !== "search") return;
    const target = message.headers.get("ST") ?? "";
    const mx = Math.min(5, Number(message.headers.get("MX") ?? 1)) || 1;
    const link = this.#links.find((bound) => bound.id === datagram.link.id);
    if (!link || this.#agenda.size > MOST_PENDING) return;
    const window = this.#options.answers === "burst" || datagram.to === "host" ? 0 : mx * 1000;
    for (const device of this.devices)
      for (const item of this.#advertised(device))
        if (isWanted(item, target)) this.#answer(device, item, { link, window, to: datagram.from }, turn);
  }

  /** Every device says that it is there, on every link, at random within `withinMs`. */
  announce(turn: Turn<never>, withinMs = 0): void {
    this.#notify(turn, withinMs, "ssdp:alive");
  }

  /** Every device says goodbye, on every link, at random within `withinMs`. */
  sayGoodbye(turn: Turn<never>, withinMs = 0): void {
    this.#notify(turn, withinMs, "ssdp:byebye");
  }

  #notify(turn: Turn<never>, withinMs: number, kind: "ssdp:alive" | "ssdp:byebye"): void {
    for (const link of this.#links)
      for (const device of this.devices)
        for (const item of this.#advertised(device))
          this.#later(turn, withinMs, kind, (then) => {
            const headers = [
              ["HOST", `${urlHost(GROUPS[link.family]).toUpperCase()}:${PORT}`],
              ["NT", item.target],
              ["NTS", kind],
              ...this.#facts(device, item, link, kind === "ssdp:alive"),
            ] as const;
            then.send(fromOne(device.addresses, link, "group", encodeMessage("notify", headers)));
          });
  }

  #answer(
    device: CrowdDevice,
    item: Advertised,
    { link, window, to }: { link: BoundLink; window: number; to: Endpoint },
    turn: Turn<never>,
  ): void {
    this.#later(turn, window, "answer", (then) => {
      const headers = [
        ["DATE", then.date().toUTCString()],
        ["EXT", ""],
        ["ST", item.target],
        ...this.#facts(device, item, link, true),
      ] as const;
      then.send(fromOne(device.addresses, link, to, encodeMessage("response", headers)));
    });
  }

  #later(turn: Turn<never>, withinMs: number, reason: string, run: (turn: Turn<never>) => void): void {
    if (withinMs === 0) run(turn);
    else this.#agenda.set(turn.now + this.#random.between(0, withinMs), reason, run);
  }

  #advertised({ udn }: CrowdDevice): readonly Advertised[] {
    const { type } = this.#options;
    return [
      { target: "upnp:rootdevice", usn: `${udn}::upnp:rootdevice` },
      { target: udn, usn: udn },
      { target: type, usn: `${udn}::${type}` },
    ];
  }

  #facts(
    device: CrowdDevice,
    item: Advertised,
    link: BoundLink,
    isAlive: boolean,
  ): readonly (readonly [string, string])[] {
    const ids = [
      ["USN", item.usn],
      ["BOOTID.UPNP.ORG", "1"],
      ["CONFIGID.UPNP.ORG", "1"],
    ] as const;
    if (!isAlive) return ids;
    const location = `http://${urlHost(device.addresses[link.family])}:8080/description.xml`;
    return [
      ["CACHE-CONTROL", `max-age=${this.#options.maxAgeSeconds}`],
      ["LOCATION", location],
      ["SERVER", SERVER],
      ...ids,
    ];
  }
}

const TYPE = "urn:schemas-upnp-org:device:Basic:1";

interface Advertised {
  readonly target: string;
  readonly usn: string;
}

function deviceAt(index: number): CrowdDevice {
  return { udn: `uuid:${uuidOf("crowd", String(index))}`, addresses: crowdAddresses(index) };
}

function isWanted(item: Advertised, target: string): boolean {
  return target === "ssdp:all" || typeServes(item.target, target);
}
