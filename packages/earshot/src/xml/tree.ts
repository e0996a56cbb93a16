import { MalformedError } from "../core/errors.ts";
import type { XmlElement } from "./element.ts";
import type { XmlLimits } from "./limits.ts";

/** Puts a tree together from opening tags, text and closings, within limits, and knows what every prefix means. */
export class Tree {
  readonly #limits: XmlLimits;
  readonly #open: Node[] = [];
  #root: Node | undefined;
  #elements = 0;
  #prefixes = 0;

  constructor(limits: XmlLimits) {
    this.#limits = limits;
  }

  get root(): XmlElement | undefined {
    return this.#root;
  }

  /** How many elements are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether there was a root and it has been closed. */
  get isComplete(): boolean {
    return this.#root !== undefined && this.#open.length === 0;
  }

  /** @throws MalformedError past a limit. */
  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (this.depth >= this.#limits.maxDepth) throw tooMuch("XML_TOO_DEEP", "elements within elements");
    if (++this.#elements > this.#limits.maxElements) throw tooMuch("XML_TOO_MANY_ELEMENTS", "elements");
    const node = new Node(name, attributes, this.#open.at(-1));
    this.#prefixes += node.declared.size;
    if (this.#prefixes > this.#limits.maxPrefixes)
      throw tooMuch("XML_TOO_MANY_PREFIXES", "prefixes in scope");
    this.#open.at(-1)?.children.push(node);
    this.#open.push(node);
    this.#root ??= node;
  }

  /** @throws MalformedError past a limit. */
  write(text: string): void {
    const node = this.#open.at(-1);
    if (!node) return;
    node.text += text;
    if (node.text.length > this.#limits.maxTextLength)
      throw tooMuch("XML_TEXT_TOO_LONG", "text in an element");
  }

  /** Closes the innermost `count` elements. */
  close(count: number): void {
    for (const node of this.#open.splice(Math.max(this.#open.length - count, 0)))
      this.#prefixes -= node.declared.size;
  }

  /**
   * How many elements a closing tag that fits none the parser knows of must mean: up to the innermost of that name;
   * else the innermost one if it has no children, for then its name was misspelt; else none.
   */
  closedBy(name: string): number {
    const index = this.#open.findLastIndex((node) => node.name === name);
    if (index >= 0) return this.#open.length - index;
    return this.#open.at(-1)?.children.length === 0 ? 1 : 0;
  }
}

const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
const NOTHING: ReadonlyMap<string, string> = new Map();

class Node implements XmlElement {
  readonly name: string;
  readonly localName: string;
  readonly namespace: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Node[] = [];
  text = "";
  /** Namespaces declared here, by prefix; the default one by "". */
  readonly declared: ReadonlyMap<string, string>;
  readonly #parent: Node | undefined;

  constructor(name: string, attributes: ReadonlyMap<string, string>, parent: Node | undefined) {
    const colon = name.indexOf(":");
    this.name = name;
    this.localName = name.slice(colon + 1);
    this.attributes = attributes;
    this.declared = declarations(attributes);
    this.#parent = parent;
    this.namespace = this.#resolve(colon < 0 ? "" : name.slice(0, colon));
  }

  #resolve(prefix: string): string | undefined {
    if (prefix === "xml") return XML_NAMESPACE;
    for (let node: Node | undefined = this; node; node = node.#parent) {
      const namespace = node.declared.get(prefix);
      if (namespace !== undefined) return namespace === "" ? undefined : namespace;
    }
    return undefined;
  }
}

function declarations(attributes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  let declared: Map<string, string> | undefined;
  for (const [name, value] of attributes) {
    if (name !== "xmlns" && !name.startsWith("xmlns:")) continue;
    declared ??= new Map();
    declared.set(name.slice("xmlns:".length), value.trim());
  }
  return declared ?? NOTHING;
}

function tooMuch(code: string, what: string): MalformedError {
  return new MalformedError(code, `the document has too much of this: ${what}`);
}
