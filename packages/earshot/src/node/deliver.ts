import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { familyOf, isBroadcast, isLinkLocal, isMulticast, isOnLink } from "../core/address.ts";
import type { Endpoint, Link } from "../core/engine.ts";
import { NetworkError, TimeoutError } from "../core/errors.ts";

/** Until the other side has taken everything and the connection is over, in milliseconds. */
const PATIENCE_MS = 3_000;

/**
 * Delivers bytes over one connection to a host on the link: one try, nothing read, nothing looked up, over in 3 s. It
 * does not keep the process alive.
 * @param zone the zone of IPv6 addresses on the link.
 */
export function deliver(
  bytes: Uint8Array,
  to: Endpoint,
  link: Link,
  zone: string,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!isHostOn(link, to.address))
      throw new NetworkError("FORBIDDEN_HOST", `${to.address} is not a host on the link ${link.id}`);
    const socket = connect(optionsOf(to, link, zone));
    const late = setTimeout(() => {
      reject(new TimeoutError(`${to.address}: delivering took longer than ${patienceMs} ms`));
      socket.destroy();
    }, patienceMs);
    late.unref();
    socket.on("error", (cause) => reject(faultOf(to, cause)));
    socket.on("close", () => {
      clearTimeout(late);
      reject(new NetworkError("CONNECTION_LOST", `${to.address} closed the connection too early`));
    });
    hand(socket, bytes, resolve);
  });
}

/** All at once, then our end is closed; whatever comes back is thrown away with the connection. */
function hand(socket: Socket, bytes: Uint8Array, done: () => void): void {
  socket.unref();
  socket.end(bytes);
  socket.on("finish", () => {
    done();
    socket.on("data", () => socket.destroy());
    socket.on("end", () => socket.destroy());
  });
}

function isHostOn({ addresses }: Link, address: string): boolean {
  return isOnLink(address, addresses) && !isMulticast(address) && !isBroadcast(address, addresses);
}

/** From the address of ours that is nearest; IPv6 chooses it by the zone. */
function optionsOf({ address, port }: Endpoint, link: Link, zone: string): TcpNetConnectOpts {
  if (familyOf(address) === 6) return { host: isLinkLocal(address) ? `${address}%${zone}` : address, port };
  const own = link.addresses.find((near) => isOnLink(address, [near])) ?? link;
  return { host: address, port, localAddress: own.address };
}

function faultOf({ address, port }: Endpoint, cause: NodeJS.ErrnoException): NetworkError {
  const code = cause.syscall === "connect" ? "CONNECT_FAILED" : "CONNECTION_LOST";
  return new NetworkError(code, `${address} port ${port}: ${cause.message}`, { cause });
}
