import { createServer, type Server, type Socket } from "node:net";
import { canonicalAddress, isLinkLocal, isOnLink } from "../core/address.ts";
import type { Endpoint, Link } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { TcpListener } from "../network/network.ts";

/** The ports that TCPPORT.UPNP.ORG may name (UDA 2.0 clause 1.3.2). */
const PORTS = { from: 49_152, to: 65_535 };
const TRIES = 16;
const MOST_CONNECTIONS = 64;
/** Of one address: nobody takes the others' place. */
const MOST_CONNECTIONS_OF_ONE = 4;
const MOST_BYTES = 1 << 16;
/** How long one connection may take, in milliseconds. */
const PATIENCE_MS = 5_000;

/**
 * Listens on the link's address. What a host on the link sends until it ends its side or breaks off, or 5 s are over, is
 * handed over, unless that is more than 64 kB, or nothing; all else is thrown away. It does not keep the process alive.
 * @param zone the zone of IPv6 addresses on the link.
 */
export async function accept(
  receiver: (bytes: Uint8Array, from: Endpoint) => void,
  link: Link,
  zone: string,
  random: Random,
): Promise<TcpListener> {
  const sockets = new Map<Socket, string>();
  let isClosed = false;
  const take = (bytes: Uint8Array, from: Endpoint): void => {
    if (!isClosed) receiver(bytes, from);
  };
  const server = createServer((socket) => {
    socket.on("error", () => {});
    const address = neighbour(socket, link);
    const others = [...sockets.values()].filter((other) => other === address).length;
    if (address === undefined || others >= MOST_CONNECTIONS_OF_ONE) {
      socket.destroy();
      return;
    }
    sockets.set(socket, address);
    socket.on("close", () => sockets.delete(socket));
    read(socket, { address, port: socket.remotePort ?? 0 }, take);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.unref();
  const host = isLinkLocal(link.address) && link.family === 6 ? `${link.address}%${zone}` : link.address;
  const port = await listenSomewhere(server, host, random);
  server.on("error", () => {}); // Of single connections: the others go on.
  const close = (): Promise<void> => {
    isClosed = true;
    for (const socket of sockets.keys()) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { port, close };
}

async function listenSomewhere(server: Server, host: string, random: Random): Promise<number> {
  let cause: unknown;
  for (let tries = 0; tries < TRIES; tries++) {
    const port = random.integer(PORTS.from, PORTS.to);
    try {
      await listen(server, host, port);
      return port;
    } catch (error) {
      cause = error;
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") break;
    }
  }
  throw new NetworkError("LISTEN_FAILED", `no TCP port of ${host} can be had`, { cause });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Takes in what comes until the peer ends, closes or resets, or its time is over. */
function read(socket: Socket, from: Endpoint, take: (bytes: Uint8Array, from: Endpoint) => void): void {
  const parts: Buffer[] = [];
  let size = 0;
  let isOver = false;
  const over = (): void => {
    clearTimeout(late);
    if (!isOver && size > 0 && size <= MOST_BYTES) take(new Uint8Array(Buffer.concat(parts)), from);
    isOver = true;
  };
  const late = setTimeout(() => {
    over();
    socket.destroy();
  }, PATIENCE_MS);
  late.unref();
  socket.unref();
  socket.on("data", (part) => {
    size += part.length;
    if (size > MOST_BYTES) socket.destroy();
    else parts.push(part);
  });
  socket.on("end", over);
  socket.on("close", over);
}

/** The address of who connected, if it is on the link. */
function neighbour({ remoteAddress }: Socket, link: Link): string | undefined {
  const address = canonicalAddress(remoteAddress?.split("%")[0] ?? "");
  return address !== undefined && isOnLink(address, link.addresses) ? address : undefined;
}
