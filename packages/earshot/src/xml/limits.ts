/** What a document may cost. Whoever sends more is not read at all. */
export interface XmlLimits {
  /** @default 1048576 */
  readonly maxBytes: number;
  /** Elements within elements, the root being the first. @default 32 */
  readonly maxDepth: number;
  /** @default 20000 */
  readonly maxElements: number;
  /** Of one element. @default 64 */
  readonly maxAttributes: number;
  /** Characters of one value. @default 8192 */
  readonly maxAttributeLength: number;
  /** Characters of the text directly in one element, and of a comment, CDATA section or instruction. @default 65536 */
  readonly maxTextLength: number;
  /** Namespace declarations in scope at one place. @default 256 */
  readonly maxPrefixes: number;
}

/** More than any device or SOAP message needs, and read in a few milliseconds. */
export const XML_LIMITS: XmlLimits = {
  maxBytes: 1_048_576,
  maxDepth: 32,
  maxElements: 20_000,
  maxAttributes: 64,
  maxAttributeLength: 8192,
  maxTextLength: 65_536,
  maxPrefixes: 256,
};
