/// <reference lib="esnext.disposable" preserve="true" />

import { canonicalAddress, familyOf } from "../core/address.ts";
import type { Endpoint } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import { plainBytes } from "../core/plain-bytes.ts";
import { within } from "../core/within.ts";
import {
  checkSearchTarget,
  checkVendorHeaders,
  DEFAULT_MX_SECONDS,
  type Dialect,
  MOST_MX_SECONDS,
  MOST_MX_SECONDS_UDA_1_0,
  PORT,
  SEARCH_COPIES,
  type SearchRequest,
  type SsdpAnswer,
  type Violation,
} from "../ssdp/index.ts";
import { UnreadFeed } from "./feed.ts";

/** How to search, in SSDP's own words (UDA 1.1 section 1.3.2). */
export interface SearchOptions {
  /** Seconds over which devices spread their answers: 1 to 5, with dialect "1.0" to 120. @default 3 */
  readonly mx?: number;
  /** How often each round is sent, 1 to 10. @default 3 */
  readonly repeats?: number;
  /** Makes the search a standing one, with a new round this often, in ms, at least 1000. @default one round only */
  readonly everyMs?: number;
  /** @default "1.1" */
  readonly dialect?: Dialect;
  /** Searches one host instead of the groups: an address, with `:port` if not 1900; IPv6 with port in brackets. */
  readonly to?: string;
  /**
   * Searches every link's IPv4 broadcast address instead of the groups, or this one. Needs `ssdp: { broadcast: true }`.
   */
  readonly broadcast?: boolean | string;
  /** Destination port of groups and broadcasts. @default 1900 */
  readonly port?: number;
  /** Searches from the protocol's port as well: some devices answer only there. @default false */
  readonly fromShared?: boolean;
  /**
   * Opens a TCP port on each link, for hosts there, and asks devices that speak UPnP 2.0 to answer at once and reliably to
   * that port (TCPPORT.UPNP.ORG). All others answer by UDP as ever. Not together with `to`. @default false
   */
  readonly tcp?: boolean;
  /** Accepts only the search targets that the standard lists. @default false */
  readonly strict?: boolean;
  /** @default operating system, UPnP version and earshot's as product tokens */
  readonly userAgent?: string;
  /** CPFN.UPNP.ORG, required by UDA 2.0. @default "earshot" with dialect "2.0" */
  readonly friendlyName?: string;
  /** CPUUID.UPNP.ORG */
  readonly uuid?: string;
  /** Vendor headers, `NAME.DOMAIN` each. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the search, quietly. */
  readonly signal?: AbortSignal;
}

/** An answer to a search, as it came. All text in it is untrusted. */
export interface SearchAnswer {
  /** ST; empty when the answer has none. */
  readonly target: string;
  /** USN; empty when the answer has none. */
  readonly usn: string;
  readonly location: string | undefined;
  /** Who answered: address without zone. */
  readonly from: string;
  readonly port: number;
  /** The link it came by, such as `eth0/4`. */
  readonly link: string;
  /** Names in upper case. */
  readonly headers: ReadonlyMap<string, string>;
  /** In what it deviates from the standard. */
  readonly violations: readonly Violation[];
  readonly bytes: Uint8Array;
}

/**
 * A search under way. The loop ends when the last answer may have come; a standing one only when closed. Leaving the
 * loop closes the search. Two loops over one search share its answers: each answer goes to one of them. Of answers that
 * nobody reads the newest are kept: 10,000, and 8 MiB of datagrams, at most.
 */
export interface Search extends AsyncIterable<SearchAnswer>, AsyncDisposable {
  /**
   * Resolves when the network is heard, or when closed before; rejects with `NetworkError` when it cannot be heard, or
   * when `to` is on no link, and the search has closed itself then. The loop rejects the same way.
   */
  readonly ready: Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Bytes of datagrams whose answers are kept for a loop that does not read. */
const MOST_UNREAD_BYTES = 8 * 2 ** 20;

/** The answers to one search, kept until read. */
export class AnswerSearch extends UnreadFeed<SearchAnswer> implements Search {
  constructor(ready: Promise<void>, onClose: () => void) {
    super(ready, onClose, { mostBytes: MOST_UNREAD_BYTES, bytesOf: ({ bytes }) => bytes.length });
  }

  hear(answer: SsdpAnswer): void {
    this.push(searchAnswer(answer));
  }
}

/**
 * Checks and completes a search.
 * @throws UsageError `INVALID_SEARCH_TARGET`, `INVALID_OPTION` or `INVALID_HEADER`.
 */
export function searchRequest(target: string, options: SearchOptions): SearchRequest {
  const dialect = options.dialect ?? "1.1";
  const headers = Object.entries(options.headers ?? {});
  checkVendorHeaders(headers);
  const { everyMs, port } = options;
  if (options.tcp && (options.to !== undefined || options.broadcast)) {
    throw new UsageError("INVALID_OPTION", "tcp is for searches of the groups: one host is searched by UDP");
  }
  const mostMx = dialect === "1.0" ? MOST_MX_SECONDS_UDA_1_0 : MOST_MX_SECONDS;
  return {
    target: checkSearchTarget(target, options.strict),
    mx: options.to === undefined ? within("mx", options.mx ?? DEFAULT_MX_SECONDS, 1, mostMx) : undefined,
    copies: within("repeats", options.repeats ?? SEARCH_COPIES, 1, 10),
    everyMs: everyMs === undefined ? undefined : within("everyMs", everyMs, 1000, 2 ** 31),
    dialect,
    to: destinationOf(options),
    port: port === undefined ? undefined : within("port", port, 1, 65_535),
    fromShared: options.fromShared ?? false,
    userAgent: options.userAgent,
    friendlyName: options.friendlyName ?? (dialect === "2.0" ? "earshot" : undefined),
    uuid: options.uuid,
    headers,
  };
}

function destinationOf({ to, broadcast, port }: SearchOptions): SearchRequest["to"] {
  if (to !== undefined && broadcast) throw new UsageError("INVALID_OPTION", "a search has one destination");
  if (broadcast === true) return "broadcast";
  const address = broadcast === false ? to : (broadcast ?? to);
  return address === undefined ? undefined : destination(address, port ?? PORT);
}

/** `192.0.2.1`, `192.0.2.1:1900`, `fe80::1`, `[fe80::1]:1900`. */
function destination(text: string, defaultPort: number): Endpoint {
  if (text.includes("%")) {
    throw new UsageError(
      "INVALID_OPTION",
      `${JSON.stringify(text)} has a zone: name the interface to search by instead`,
    );
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^\]:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = familyOf(text) === 6 ? text : (bracketed ?? plain ?? "");
  const address = canonicalAddress(host);
  if (address === undefined) {
    throw new UsageError(
      "INVALID_OPTION",
      `${JSON.stringify(text)} is no address to search; write 192.0.2.1 or [fe80::1]:1900`,
    );
  }
  const port = familyOf(text) === 6 || digits === undefined ? defaultPort : Number(digits);
  return { address, port: within("port", port, 1, 65_535) };
}

function searchAnswer({ target, usn, location, from, link, message, bytes }: SsdpAnswer): SearchAnswer {
  return {
    target,
    usn,
    location,
    from: from.address,
    port: from.port,
    link: link.id,
    headers: message.headers.toMap(),
    violations: message.violations,
    bytes: plainBytes(bytes),
  };
}
