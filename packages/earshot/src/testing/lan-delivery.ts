import type { Endpoint, Link } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import { canReach } from "./lan-http-client.ts";
import type { Nic } from "./nic.ts";
import type { Station } from "./station.ts";

/** How long a host tries to find a neighbour that does not answer. */
const CONNECT_MS = 3000;
/** Where connections come from. */
const EPHEMERAL_PORT = 40_000;

/** Bytes over one connection of the simulated wire: three passages until the other side has them, none of them lost. */
export function deliverOnLan(station: Station, bytes: Uint8Array, to: Endpoint, link: Link): Promise<void> {
  const copy = bytes.slice();
  return new Promise((resolve, reject) => {
    const nic = nicFor(station, to, link);
    const settle = (error: NetworkError | undefined): void => (error ? reject(error) : resolve());
    const { segment, world } = nic;
    const from = { address: link.address, port: EPHEMERAL_PORT };
    const wait = segment.latency() + segment.latency() + segment.latency();
    const arrive = (): void => {
      const other = segment.ownerOf(to.address);
      if (other && canReach(nic, other)) other.hold(() => settle(take(other, copy, to, from)));
      else station.at(world.timeline.now + CONNECT_MS, () => settle(refused(to, "does not answer")));
    };
    nic.hold(() => void world.timeline.set(world.timeline.now + wait, arrive, station.name));
  });
}

/** Throws `NetworkError` when there is no way to `to` on the link. */
function nicFor(station: Station, to: Endpoint, link: Link): Nic {
  const nic = station.nicOf(link);
  if (!nic?.plugged) throw refused(to, `cannot be reached: ${link.interfaceName} is down`);
  if (nic.prefixes.contains(to.address)) return nic;
  throw new NetworkError("FORBIDDEN_HOST", `${to.address} is not a host on the link ${link.id}`);
}

/** Hands the bytes to who takes them; says why nobody does. */
function take(nic: Nic, bytes: Uint8Array, to: Endpoint, from: Endpoint): NetworkError | undefined {
  const receiver = nic.receivers.get(`${to.address} ${to.port}`);
  if (!receiver) return refused(to, `refuses the connection to port ${to.port}`);
  nic.station.whenAwake(() => receiver(bytes, from));
  return undefined;
}

function refused({ address }: Endpoint, why: string): NetworkError {
  return new NetworkError("CONNECT_FAILED", `${address} ${why}`);
}
