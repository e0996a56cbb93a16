/** How a document that was read leniently is not XML. */
export type XmlDeviationCode =
  /** Something other than white space stood before the first `<`. */
  | "TEXT_BEFORE_XML"
  /** Something other than white space stood after the end of the root. */
  | "TEXT_AFTER_ROOT"
  /** The bytes are not in the encoding that the document names, or in none known. */
  | "WRONG_ENCODING"
  /** `&` that begins no reference which XML defines, taken as the character itself. */
  | "BARE_AMPERSAND"
  /** A character that XML forbids, replaced by U+FFFD. */
  | "ILLEGAL_CHARACTER"
  /** A closing tag without its opening tag, or the other way around. */
  | "TAG_MISMATCH"
  /** The document ends before its root does, or was too broken to be read further. */
  | "TRUNCATED"
  /** Any other error of syntax. */
  | "NOT_WELL_FORMED";

/** A set of deviations, in the order first found: each code once. */
export type XmlDeviations = Set<XmlDeviationCode>;
