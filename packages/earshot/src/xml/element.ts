import type { XmlDeviationCode } from "./deviation.ts";

/** A document that was read. */
export interface XmlDocument {
  readonly root: XmlElement;
  /** What was lived with, each once; empty when read strictly. */
  readonly deviations: readonly XmlDeviationCode[];
}

/** An element. All its text is untrusted, and may be a slice of the whole document: copy what is kept for long. */
export interface XmlElement {
  /** As written, with its prefix. */
  readonly name: string;
  readonly localName: string;
  /** Trimmed. `undefined`: in no namespace, or (read leniently) its prefix is bound to none. */
  readonly namespace: string | undefined;
  /** By name as written, namespace declarations included. Of two with one name, the first. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly in it, CDATA included, white space kept. */
  readonly text: string;
}
