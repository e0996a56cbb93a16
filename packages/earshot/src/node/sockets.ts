import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from "node:dgram";
import { NetworkError } from "../core/errors.ts";

export type { RemoteInfo, Socket } from "node:dgram";

/** Makes a datagram socket: replaced in tests. */
export type SocketFactory = (options: SocketOptions) => Socket;

export interface SocketRequest {
  readonly family: 4 | 6;
  /** With zone where it needs one. */
  readonly address: string;
  /** 0: any. */
  readonly port: number;
  /** Share the port with other sockets that share it too. */
  readonly shared: boolean;
  /** Called once, after the bind and before anything is heard. What it throws closes the socket. */
  readonly prepare: (socket: Socket) => void;
  readonly message: (bytes: Uint8Array, from: RemoteInfo) => void;
  /** What goes wrong later. */
  readonly error: (error: Error) => void;
}

/**
 * Asked for in turn; the kernel may give less. 2 MiB hold 2,000 datagrams of 500 bytes while the event loop is busy
 * (measured: each takes about 1,300 bytes of twice what is asked for; 1 MiB loses a fifth of them).
 */
const RECEIVE_BUFFER_BYTES = [1 << 21, 1 << 20, 1 << 18];

/** Options of sockets that newer versions of Node know. */
type Options = SocketOptions & { reusePort?: boolean };

/**
 * Whether this Node gives sockets SO_REUSEPORT. Older ones take the option without a word and do nothing; on other systems
 * it is refused, or it lets sockets take datagrams from each other.
 */
export function canReusePort(version: string, platform: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return (
    platform === "linux" && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12))
  );
}

/**
 * A bound socket that does not keep the process alive. A shared port that another program shares by SO_REUSEPORT
 * alone is shared by that, where Node can (on Linux, with programs of the same user). Throws Node's error when it
 * cannot be had. Addresses are literal, so nothing is looked up: binding is done when this returns, and what is sent
 * leaves in the same tick.
 */
export function openSocket(
  request: SocketRequest,
  create: SocketFactory = createSocket,
  reusesPorts: boolean = canReusePort(process.versions.node, process.platform),
): Socket {
  const options: Options = {
    type: request.family === 4 ? "udp4" : "udp6",
    reuseAddr: request.shared,
    ipv6Only: request.family === 6,
    lookup: literal(request.family),
  };
  try {
    return open(create(options), request);
  } catch (error) {
    if (!request.shared || !reusesPorts || (error as NodeJS.ErrnoException).code !== "EADDRINUSE")
      throw error;
    return openElse(error, () => create({ ...options, reusePort: true } as Options), request);
  }
}

/** Resolves when the port is free again; also when it was closed before. */
export function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(() => resolve());
    } catch {
      resolve();
    }
  });
}

/** With the second way to share; where that fails too, the first failure is the one to tell. */
function openElse(error: unknown, create: () => Socket, request: SocketRequest): Socket {
  try {
    return open(create(), request);
  } catch {
    throw error;
  }
}

function open(socket: Socket, request: SocketRequest): Socket {
  let opening: Error | undefined;
  let isOpen = false;
  socket.on("error", (error) => {
    if (isOpen) request.error(error);
    else opening = error;
  });
  try {
    bind(socket, request);
    if (opening) throw opening;
    request.prepare(socket);
  } catch (error) {
    closeQuietly(socket);
    throw error;
  }
  isOpen = true;
  socket.on("message", request.message);
  socket.unref();
  return socket;
}

function bind(socket: Socket, request: SocketRequest): void {
  let isBound = false;
  let isRefused = false;
  const bound = (): void => {
    isBound = true;
  };
  const refused = (): void => {
    isRefused = true;
  };
  socket.once("listening", bound);
  socket.once("error", refused);
  // Exclusive: in a cluster each worker has sockets of its own.
  socket.bind({ address: request.address, port: request.port, exclusive: true });
  socket.off("listening", bound);
  socket.off("error", refused);
  if (isRefused) return;
  if (!isBound) throw new NetworkError("BIND_UNFINISHED", `binding ${request.address} did not end at once`);
  widenReceiveBuffer(socket);
}

function widenReceiveBuffer(socket: Socket): void {
  for (const bytes of RECEIVE_BUFFER_BYTES) {
    try {
      socket.setRecvBufferSize(bytes);
      return;
    } catch {
      // More than this system allows: the next smaller, or what there is.
    }
  }
}

type Found = (error: Error | null, address: string, family: number) => void;

/** As `dns.lookup`, for addresses, and without waiting. */
function literal(family: 4 | 6): (host: string, options: object, found: Found) => void {
  return (host, _options, found) => found(null, host, family);
}

function closeQuietly(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // It never opened.
  }
}
