/** Serves a description and what belongs to it over HTTP (UDA 1.1 §2.1, §2.11). */
import type { HttpHandler, HttpServerRequest, HttpServerResponse } from "../network/index.ts";

/** One document that is served. */
export interface HostedFile {
  /** Such as `text/xml; charset="utf-8"`. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What is served, by absolute path. */
export interface Hosted {
  readonly files: ReadonlyMap<string, HostedFile>;
  /** Paths that the description names for control and events, which nobody answers. */
  readonly silent: ReadonlySet<string>;
  /** The SERVER header. */
  readonly server: string;
}

/**
 * Answers GET and HEAD of exactly the paths given. A path is a key and never a file name: it is neither decoded nor
 * shortened, so nothing but these documents can be reached (H-11), and no method changes them (S-22). No web page of
 * another origin may read them: there are no CORS headers.
 */
export function hostingHandler({ files, silent, server }: Hosted): HttpHandler {
  const all: Headers = [["SERVER", server]];
  return (request) => {
    const { method, path } = request;
    if (silent.has(path))
      return CONTROL_METHODS.has(method) ? { status: 501, headers: all } : refusal("", all);
    if (method !== "GET" && method !== "HEAD") return refusal("GET, HEAD", all);
    const file = files.get(path);
    return file ? whole(file, request, all) : { status: 404, headers: all };
  };
}

type Headers = readonly (readonly [name: string, value: string])[];

const CONTROL_METHODS: ReadonlySet<string> = new Set(["POST", "SUBSCRIBE", "UNSUBSCRIBE"]);

/** All of it, whatever range was asked for: RFC 9110 §14.2 allows that, and no range can be a trap then (H-16). */
function whole(file: HostedFile, { headers, method }: HttpServerRequest, all: Headers): HttpServerResponse {
  return {
    status: 200,
    headers: [
      ["CONTENT-TYPE", file.contentType],
      ["CONTENT-LENGTH", String(file.body.length)],
      ...(headers.has("accept-language") ? LANGUAGE : []),
      ["ACCEPT-RANGES", "none"],
      ...all,
    ],
    ...(method === "GET" && { body: file.body }),
  };
}

/** What it says of itself by default is English; whoever asks for a language is told which it got (UDA 1.1 §2.11). */
const LANGUAGE: Headers = [["CONTENT-LANGUAGE", "en"]];

/** `allow`: the methods for which there is something; empty where there is nothing (RFC 9110 §10.2.1). */
function refusal(allow: string, all: Headers): HttpServerResponse {
  return { status: 405, headers: [["ALLOW", allow], ...all] };
}
