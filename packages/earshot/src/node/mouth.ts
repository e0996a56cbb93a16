import type { Binding } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import { withZone } from "./ear-plan.ts";
import type { UsableLink } from "./links.ts";
import { closeSocket, openSocket, type RemoteInfo, type Socket, type SocketFactory } from "./sockets.ts";
import { letSpeak } from "./speaking.ts";

/** A socket bound to an address of ours, to speak from and to be answered at. */
export interface MouthRequest {
  readonly link: UsableLink;
  /** One of the link's addresses. */
  readonly address: string;
  /** The port to share, or, for a port of our own, the one to try first. */
  readonly port: number | undefined;
  readonly shared: boolean;
  readonly binding: Binding;
  readonly random: Random;
  readonly heard: (bytes: Uint8Array, from: RemoteInfo) => void;
  readonly failed: (error: Error) => void;
}

/** Where ports of our own are chosen: the dynamic ports, among which UDA allows a SEARCHPORT (clause 1.2.2). */
const OWN_PORTS = { from: 49_152, to: 65_535 };
const TRIES = 16;

/**
 * Throws `NetworkError` NO_MULTICAST_ROUTE when the kernel has no way to the IPv6 group on this link, as on most
 * loopback interfaces. IPv4 needs no route where the interface is given.
 */
export function assertGroupRoute(link: UsableLink, binding: Binding, create: SocketFactory): void {
  const group = binding.groups[6].find((address) => withZone(address, link) !== address);
  if (link.family === 4 || group === undefined) return;
  const probe = openSocket(
    {
      family: 6,
      address: withZone(link.address, link),
      port: 0,
      shared: false,
      prepare: (socket) => socket.connect(binding.port, withZone(group, link)), // Sends nothing.
      message: () => {},
      error: () => {},
    },
    create,
  );
  try {
    probe.remoteAddress();
  } catch (cause) {
    const message = `${link.id}: the kernel has no route to ${group} here`;
    throw new NetworkError("NO_MULTICAST_ROUTE", message, { cause });
  } finally {
    closeSocket(probe).catch(() => {});
  }
}

/**
 * Whether nobody else hears what is sent directly to the protocol's port on this link. Where somebody does, speaking
 * from there would take it from them: of two sockets that share a port the kernel prefers the one that is bound to the
 * very address. UDA has SEARCHPORT.UPNP.ORG for that (clause 1.2.2).
 */
export function isPortFree(link: UsableLink, port: number, create: SocketFactory): boolean {
  return canHold(link.address, link, port, create);
}

/**
 * Whether we still take nothing from anybody by holding the port on this link: no other program has it on no particular
 * address. It is asked at a group that nobody binds to, for our own socket does not count.
 */
export function isPortStillFree(link: UsableLink, port: number, create: SocketFactory): boolean {
  return canHold(ALL_HOSTS[link.family], link, port, create);
}

/** RFC 1112 §4 and RFC 4291 §2.7.1. */
const ALL_HOSTS = { 4: "224.0.0.1", 6: "ff02::1" };

function canHold(host: string, link: UsableLink, port: number, create: SocketFactory): boolean {
  const silent = { prepare: () => {}, message: () => {}, error: () => {} };
  const address = withZone(host, link);
  try {
    closeSocket(openSocket({ family: link.family, address, port, shared: false, ...silent }, create)).catch(
      () => {},
    );
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    return true; // Another reason is told when the port is used.
  }
}

/** Opens a mouth; throws Node's error. A port of our own that is taken is another one next time. */
export function openMouth(request: MouthRequest, create: SocketFactory): Socket {
  if (request.shared) return open(request, request.port ?? 0, create);
  for (const port of candidates(request)) {
    try {
      return open(request, port, create);
    } catch (error) {
      if (port === 0 || !isTaken(error)) throw error;
    }
  }
  return open(request, 0, create);
}

function* candidates({ port, random }: MouthRequest): Generator<number> {
  if (port !== undefined) yield port;
  for (let tries = 0; tries < TRIES; tries++) yield random.integer(OWN_PORTS.from, OWN_PORTS.to);
}

/** Windows says EACCES of ports that it keeps back. */
function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EADDRINUSE" || code === "EACCES";
}

function open(request: MouthRequest, port: number, create: SocketFactory): Socket {
  const { link, address, shared, binding } = request;
  return openSocket(
    {
      family: link.family,
      address: withZone(address, link),
      port,
      shared,
      prepare: (socket) => {
        letSpeak(socket, link, address, binding);
        if (binding.broadcast && link.family === 4) socket.setBroadcast(true);
      },
      message: request.heard,
      error: request.failed,
    },
    create,
  );
}
