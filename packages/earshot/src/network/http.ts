import type { InterfaceAddress } from "../core/engine.ts";

/**
 * HTTP as the protocols need it: small requests to hosts on the link, small answers from us. Both sides of the
 * port are bounded in bytes and time by whoever implements it.
 */

/** Names are lower case. A header that came more than once has its values joined by `, `. */
export type HttpHeaders = ReadonlyMap<string, string>;

export interface HttpRequest {
  /** Upper case, such as `GET` or `SUBSCRIBE`. */
  readonly method: string;
  /** Absolute `http:` URL with a literal address as host. */
  readonly url: string;
  /** Written as given, case kept. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
  /** The link to go out by: gives a link-local IPv6 host its zone. With its addresses, only hosts on it are reached. */
  readonly link: {
    readonly interfaceName: string;
    readonly address: string;
    readonly addresses?: readonly InterfaceAddress[];
  };
  /** Most bytes of body accepted. @default 1048576 */
  readonly maxBodyBytes?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
}

/** Follows no redirect, keeps no connection alive, decodes no encoding. Rejects with `NetworkError` or `TimeoutError`. */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpServerRequest {
  readonly method: string;
  /** Path and query as sent: begins with a slash. */
  readonly path: string;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
  /** Address without zone. */
  readonly remoteAddress: string;
}

export interface HttpServerResponse {
  readonly status: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

export type HttpHandler = (request: HttpServerRequest) => HttpServerResponse | Promise<HttpServerResponse>;

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}
