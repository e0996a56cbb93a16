import { MalformedError } from "../core/errors.ts";
import { illegalCodePoint, replaceIllegal } from "./characters.ts";
import type { XmlDeviations } from "./deviation.ts";

/**
 * Refuses a document that declares a type or entities: nothing that is discovered has a use for them, and every attack
 * by XML begins there. What stands in a comment or in CDATA is text. So is an instruction; each may be `longest` long.
 * @throws MalformedError `XML_DTD_FORBIDDEN` or `XML_TEXT_TOO_LONG`.
 */
export function forbidDtd(text: string, longest: number): void {
  const marks = /<[!?]/g;
  for (let found = marks.exec(text); found; found = marks.exec(text)) {
    const end = opaqueEnd(text, found.index, longest);
    if (typeof end !== "number") throw end;
    marks.lastIndex = end;
  }
}

/** A document that was repaired, up to where it may not be read any further; `refusal` says why, if it is. */
export interface Mended {
  readonly text: string;
  readonly refusal: MalformedError | undefined;
}

/**
 * Repairs what a parser would stumble over so that everything after it is lost: text before the first `<`, characters
 * that XML forbids, and `&` that begins no reference of XML's own, which is taken as the character itself. Where
 * `forbidDtd` would refuse, the text ends: what follows the root is nobody's concern. One pass. Never throws.
 */
export function mend(text: string, longest: number, deviations: XmlDeviations): Mended {
  const start = Math.max(text.indexOf("<"), 0);
  if (start > 0 && /\S/.test(text.slice(0, start))) deviations.add("TEXT_BEFORE_XML");
  const mended = mendReferences(text.slice(start), longest);
  if (mended.isMended) deviations.add("BARE_AMPERSAND");
  if (illegalCodePoint(mended.text) === undefined) return mended;
  deviations.add("ILLEGAL_CHARACTER");
  return { text: replaceIllegal(mended.text), refusal: mended.refusal };
}

/** More would not be a description with a few `&` in it, and would take long. */
const MOST_REPAIRS = 10_000;
const REFERENCE = /&(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);/y;
const DTD = /<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/iy;
const OPAQUE = [
  { opening: "<!--", closing: "-->" },
  { opening: "<![CDATA[", closing: "]]>" },
  { opening: "<?", closing: "?>" },
];

function mendReferences(text: string, longest: number): Mended & { readonly isMended: boolean } {
  const pieces: string[] = [];
  let copied = 0;
  const ended = (at: number, refusal?: MalformedError): ReturnType<typeof mendReferences> => {
    const isMended = pieces.length > 0;
    return { text: pieces.join("") + text.slice(copied, at), refusal, isMended };
  };
  const points = /&|<[!?]/g;
  for (let found = points.exec(text); found; found = points.exec(text)) {
    if (found[0] !== "&") {
      const end = opaqueEnd(text, found.index, longest);
      if (typeof end !== "number") return ended(found.index, end);
      points.lastIndex = end;
    } else if (!standsAt(REFERENCE, text, found.index)) {
      pieces.push(text.slice(copied, found.index), "&amp;");
      copied = found.index + 1;
      if (pieces.length > 2 * MOST_REPAIRS)
        return ended(copied, new MalformedError("XML_TOO_BROKEN", `over ${MOST_REPAIRS} bad references`));
    }
  }
  return ended(text.length);
}

/**
 * Where the comment, CDATA section or instruction that begins at `start` ends; behind the mark when it is none; or why
 * it is refused.
 */
function opaqueEnd(text: string, start: number, longest: number): number | MalformedError {
  if (standsAt(DTD, text, start))
    return new MalformedError("XML_DTD_FORBIDDEN", "the document declares a document type or an entity");
  const kind = OPAQUE.find(({ opening }) => text.startsWith(opening, start));
  if (!kind) return start + 2;
  const closing = text.indexOf(kind.closing, start + kind.opening.length);
  const end = closing < 0 ? text.length : closing + kind.closing.length;
  if (end - start <= longest) return end;
  return new MalformedError("XML_TEXT_TOO_LONG", "a comment, CDATA section or instruction is too long");
}

function standsAt(sticky: RegExp, text: string, index: number): boolean {
  sticky.lastIndex = index;
  return sticky.test(text);
}
