import { canonicalAddress } from "../core/address.ts";
import type { Endpoint } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import type { SsdpOffer } from "./offer.ts";

/** An application and one of the networks that its users form: who says both the same are peers. */
export interface PeerGroup {
  /** The application: a letter, then letters, digits, `.` and `-`, 40 in all at most; letter case does not matter. */
  readonly name: string;
  /** Its network: letters, digits, `.`, `-` and `_`, 40 at most; letter case does not matter. */
  readonly network: string;
}

/** What a program tells its peers. */
export interface PeerOffer extends PeerGroup {
  /** Where it listens: a TCP or UDP port of this host, 1 to 65535. */
  readonly port: number;
  /** After so many seconds one that vanished is given up, 60 to 86400. @default 300 */
  readonly maxAgeSeconds?: number;
}

/** A program of the same application and network. */
export interface Peer extends PeerGroup {
  /** The address that it speaks from, without zone, and the port where it listens. */
  readonly address: string;
  readonly port: number;
  /** The link it is heard on, such as `eth0/4`; its interface is the zone of a link-local address. */
  readonly link: string;
  /** The same at all addresses of one peer; `undefined` for one that does not say who it is. */
  readonly udn: string | undefined;
}

/** Shorter than devices have it: who works with a peer wants to know soon that it is gone. */
const MAX_AGE_SECONDS = 300;

/** The search target of a group, which is also what its peers announce. @throws UsageError `INVALID_OPTION`. */
export function peerType(group: PeerGroup): string {
  return `urn:earshot:service:${peerScheme(group)}:1`;
}

/**
 * The scheme that marks a group in LOCATION: `name_network`. RFC 3986 knows no underscore there; the programs that
 * began with this do.
 * @throws UsageError `INVALID_OPTION`.
 */
export function peerScheme({ name, network }: PeerGroup): string {
  if (!/^[a-z][a-z\d.-]{0,39}$/i.test(name))
    throw invalid("name", name, "a letter, then letters, digits, . and -");
  if (!/^[a-z\d._-]{1,40}$/i.test(network)) throw invalid("network", network, "letters, digits, ., - and _");
  return `${name}_${network}`.toLowerCase();
}

/**
 * What is announced for a peer, under an identity of its own for each port, so that a host may have several.
 * @param uuid makes a stable UUID from a name.
 * @throws UsageError `INVALID_OPTION`.
 */
export function peerOffer(offer: PeerOffer, uuid: (name: string) => string): SsdpOffer {
  const scheme = peerScheme(offer);
  const port = within("port", offer.port, 1, 65_535);
  return {
    type: peerType(offer),
    name: `${offer.name} ${offer.network}`,
    udn: `uuid:${uuid(`peer ${scheme} ${port}`)}`,
    location: `${scheme}://{address}:${port}`,
    maxAgeSeconds: within("maxAgeSeconds", offer.maxAgeSeconds ?? MAX_AGE_SECONDS, 60, 86_400),
  };
}

/**
 * Where the peer is that a LOCATION tells of, if it is of this scheme; `undefined` also when its address is not the one
 * that spoke: nobody tells of others.
 */
export function readPeer(location: string, scheme: string, from: string): Endpoint | undefined {
  const prefix = `${scheme}://`;
  if (location.slice(0, prefix.length).toLowerCase() !== prefix) return undefined;
  const match = /^(?:\[([^\]]{2,45})\]|([\d.]{7,15})):(\d{1,5})\/?$/.exec(
    location.slice(prefix.length).trim(),
  );
  const address = canonicalAddress(match?.[1] ?? match?.[2] ?? "");
  const port = Number(match?.[3]);
  if (address === undefined || address !== from || port < 1 || port > 65_535) return undefined;
  return { address, port };
}

function invalid(option: string, value: string, needed: string): UsageError {
  return new UsageError(
    "INVALID_OPTION",
    `${option} is ${JSON.stringify(value.slice(0, 80))}; it must be ${needed}, 40 at most`,
  );
}
