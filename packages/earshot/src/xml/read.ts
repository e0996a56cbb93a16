import { SaxesParser } from "saxes";
import { MalformedError } from "../core/errors.ts";
import { decodeLeniently, decodeStrictly } from "./decode.ts";
import type { XmlDeviations } from "./deviation.ts";
import type { XmlDocument } from "./element.ts";
import { LenientClosings } from "./lenient-closings.ts";
import { XML_LIMITS, type XmlLimits } from "./limits.ts";
import { forbidDtd, mend } from "./mend.ts";
import { Tree } from "./tree.ts";

export interface ReadXmlOptions {
  /**
   * Read what is meant instead of what is written: stray bytes around the root, encodings other than UTF-8, `&` alone,
   * prefixes bound to nothing, tags that do not match, a document cut off. What is before the damage is kept.
   * @default false
   */
  readonly lenient?: boolean;
  /** The encoding that the transport names. */
  readonly charset?: string | undefined;
  /** @default what XML_LIMITS says */
  readonly limits?: Partial<XmlLimits>;
}

/**
 * Reads an XML 1.0 document with namespaces. There are no entities but the five of XML itself, no document types, and
 * nothing outside the bytes is ever looked at. Costs are bounded, see `XmlLimits`; time grows with the length only.
 * @throws MalformedError `XML_DTD_FORBIDDEN`, `XML_TOO_LARGE`, `XML_TOO_DEEP`, `XML_TOO_MANY_ELEMENTS`,
 * `XML_TOO_MANY_ATTRIBUTES`, `XML_ATTRIBUTE_TOO_LONG`, `XML_TEXT_TOO_LONG`, `XML_TOO_MANY_PREFIXES`,
 * `XML_BAD_REFERENCE`, `XML_BAD_ENCODING`; strictly `XML_NOT_WELL_FORMED`; leniently `XML_NO_ROOT` and
 * `XML_TOO_BROKEN`.
 */
export function readXml(bytes: Uint8Array, options: ReadXmlOptions = {}): XmlDocument {
  const limits = { ...XML_LIMITS, ...options.limits };
  if (bytes.length > limits.maxBytes)
    throw new MalformedError("XML_TOO_LARGE", `the document has more than ${limits.maxBytes} bytes`);
  if (!options.lenient) {
    const text = decodeStrictly(bytes, options.charset);
    forbidDtd(text, limits.maxTextLength);
    return new Reader(limits, undefined).read(text, undefined);
  }
  const deviations: XmlDeviations = new Set();
  const decoded = decodeLeniently(bytes, options.charset, deviations);
  const { text, refusal } = mend(decoded, limits.maxTextLength, deviations);
  return new Reader(limits, deviations).read(text, refusal);
}

/** The parser gets a piece at a time, so that reading can stop at the end of the root, or when all is lost. */
const PIECE = 4096;
/** Errors of syntax after which the rest is not worth reading. */
const MOST_ERRORS = 1000;

class Reader {
  readonly #limits: XmlLimits;
  /** Where repairs are noted; `undefined`: nothing is repaired. */
  readonly #deviations: XmlDeviations | undefined;
  readonly #tree: Tree;
  readonly #closings: LenientClosings;
  #attributes = new Map<string, string>();
  #attributeCount = 0;
  #errors = 0;

  constructor(limits: XmlLimits, deviations: XmlDeviations | undefined) {
    this.#limits = limits;
    this.#deviations = deviations;
    this.#tree = new Tree(limits);
    this.#closings = new LenientClosings(this.#tree);
  }

  /** `refusal`: why the text ends where it does, to be thrown unless the root ends before. */
  read(written: string, refusal: MalformedError | undefined): XmlDocument {
    const text = withPlainLineEnds(written);
    const parser = this.#parser();
    let at = 0;
    while (at < text.length && !this.#isOver()) {
      parser.write(text.slice(at, at + PIECE));
      at += PIECE;
    }
    this.#closings.settle();
    if (refusal && !this.#tree.isComplete) throw refusal;
    if (!this.#deviations || this.#tree.isComplete) parser.close();
    else this.#deviations.add("TRUNCATED");
    if (this.#tree.isComplete && (refusal || /\S/.test(text.slice(at))))
      this.#deviations?.add("TEXT_AFTER_ROOT");
    if (!this.#tree.root) throw new MalformedError("XML_NO_ROOT", "the document has no root element");
    return { root: this.#tree.root, deviations: [...(this.#deviations ?? [])] };
  }

  #isOver(): boolean {
    return this.#errors > MOST_ERRORS || (this.#deviations !== undefined && this.#tree.isComplete);
  }

  #parser(): SaxesParser<{ xmlns: boolean }> {
    // A prefix bound to nothing is an error only in strict reading. What prefixes mean, the tree finds out itself.
    const parser = new SaxesParser({
      xmlns: this.#deviations === undefined,
      position: false,
      forceXMLVersion: true,
      defaultXMLVersion: "1.0",
    });
    parser.on("error", (error) => this.#fail(error.message));
    parser.on("doctype", () => {
      throw new MalformedError("XML_DTD_FORBIDDEN", "the document declares a document type");
    });
    parser.on("opentagstart", () => this.#start());
    parser.on("attribute", ({ name, value }) => this.#attribute(name, value));
    parser.on("opentag", ({ name }) => this.#open(name));
    parser.on("closetag", () => this.#closings.close());
    parser.on("text", (text) => this.#write(this.#closings.withoutStray(text)));
    parser.on("cdata", (text) => this.#write(text));
    return parser;
  }

  #start(): void {
    this.#closings.settle();
    this.#attributes = new Map();
    this.#attributeCount = 0;
  }

  #attribute(name: string, value: string): void {
    if (++this.#attributeCount > this.#limits.maxAttributes)
      throw new MalformedError("XML_TOO_MANY_ATTRIBUTES", "an element has too many attributes");
    if (value.length > this.#limits.maxAttributeLength)
      throw new MalformedError("XML_ATTRIBUTE_TOO_LONG", "an attribute is too long");
    if (!this.#attributes.has(name)) this.#attributes.set(name, value);
  }

  #open(name: string): void {
    if (this.#tree.isComplete) this.#deviations?.add("TEXT_AFTER_ROOT");
    else this.#tree.open(name, this.#attributes);
  }

  #write(text: string): void {
    this.#closings.settle();
    if (this.#tree.isComplete && /\S/.test(text)) this.#deviations?.add("TEXT_AFTER_ROOT");
    this.#tree.write(text);
  }

  #fail(message: string): void {
    if (message.startsWith("malformed character entity"))
      throw new MalformedError("XML_BAD_REFERENCE", "a character reference names no character");
    if (!this.#deviations)
      throw new MalformedError("XML_NOT_WELL_FORMED", `the document is not XML: ${message.slice(0, 200)}`);
    // After a closing tag that matched nothing, the parser takes every element for another root.
    if (message.startsWith("documents may contain only one root") && !this.#tree.isComplete) return;
    this.#errors++;
    if (this.#closings.fail(message)) this.#deviations.add("TAG_MISMATCH");
    else {
      this.#closings.settle();
      this.#deviations.add(this.#tree.isComplete ? "TEXT_AFTER_ROOT" : "NOT_WELL_FORMED");
    }
  }
}

/** XML 1.0 §2.11. Done here at once, as the parser takes its time over each; and so, as it is the fastest way. */
function withPlainLineEnds(text: string): string {
  return text.includes("\r") ? text.split("\r\n").join("\n").split("\r").join("\n") : text;
}
