import { UsageError } from "../core/errors.ts";
import type { HostedFile } from "./hosting.ts";
import type { OfferedFile } from "./offered.ts";

/** Gives the documents of a device their paths. Each method returns the URL to write, relative to the description. */
export interface DocumentPaths {
  /** `scpd` is served for the service, unless one of the offered files has its path. */
  service(name: string, scpd: HostedFile): { readonly scpdUrl: string; readonly controlUrl: string };
  icon(mimeType: string, data: Uint8Array): string;
  /** A page for people: one elsewhere, or one of the offered files. */
  page(url: string): string;
}

/** Paths and what is served there. Services are `/NAME/scpd.xml` and `/NAME/control`, icons `/icons/N.png`. */
export class PathPlan implements DocumentPaths {
  readonly files: Map<string, HostedFile> = new Map();
  readonly silent: Set<string> = new Set();
  readonly #offered: ReadonlySet<string>;
  readonly #names = new Set<string>();
  #icons = 0;

  /** @param description the description's own path. @param offered those that the device's owner serves beside it. */
  constructor(description: string, offered: Readonly<Record<string, OfferedFile>>) {
    checkPath(description);
    this.#offered = new Set(Object.keys(offered).map(checkPath));
  }

  service(name: string, scpd: HostedFile): { readonly scpdUrl: string; readonly controlUrl: string } {
    const folder = this.#unusedName(name);
    const [scpdUrl, controlUrl] = [`/${folder}/scpd.xml`, `/${folder}/control`];
    if (!this.#offered.has(scpdUrl)) this.add(scpdUrl, scpd);
    this.silent.add(controlUrl);
    return { scpdUrl, controlUrl };
  }

  icon(mimeType: string, data: Uint8Array): string {
    const [, extension = "bin"] = /^image\/([a-z]+)/.exec(mimeType) ?? [];
    const path = `/icons/${++this.#icons}.${extension}`;
    this.add(path, { contentType: checkContentType(mimeType), body: data.slice() });
    return path;
  }

  page(url: string): string {
    const isElsewhere = /^https?:\/\//i.test(url) && URL.canParse(url);
    if (isElsewhere || this.#offered.has(url)) return url;
    throw new UsageError(
      "INVALID_OFFER",
      `presentationUrl ${JSON.stringify(url)} is neither a URL of http: or https: nor the path of one of the files`,
    );
  }

  /** What the device's owner serves beside the description. */
  addFiles(offered: Readonly<Record<string, OfferedFile>>): void {
    for (const [path, { contentType, body }] of Object.entries(offered)) {
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body.slice();
      this.add(path, { contentType: checkContentType(contentType), body: bytes });
    }
  }

  /** @throws UsageError `INVALID_OFFER` for a path that something else has. */
  add(path: string, file: HostedFile): void {
    if (this.files.has(path) || this.silent.has(path))
      throw new UsageError("INVALID_OFFER", `two documents have the path ${JSON.stringify(path)}`);
    this.files.set(path, file);
  }

  /** `name` as part of a path, numbered from its second use on. */
  #unusedName(name: string): string {
    let unused = name;
    for (let count = 2; this.#names.has(unused); count++) unused = `${name}-${count}`;
    this.#names.add(unused);
    return unused;
  }
}

/** A path as clients send it: what a URL has after host and port, ready to be compared. */
function checkPath(path: string): string {
  if (/^\/[\w.~!$&'()*+,;=:@%/-]*$/.test(path) && new URL(path, "http://host").pathname === path) return path;
  throw new UsageError(
    "INVALID_OFFER",
    `${JSON.stringify(path)} is no path: it begins with a slash, and is written as in a URL`,
  );
}

/** It becomes a header. */
function checkContentType(text: string): string {
  if (/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e]*)?$/.test(text)) return text;
  throw new UsageError("INVALID_OFFER", `${JSON.stringify(text)} is no media type, such as text/xml`);
}
