/** A word (name, keyword or number), one punctuation mark, or a string without its quotes. */
export interface Token {
  readonly kind: "word" | "mark" | "string";
  readonly text: string;
  readonly line: number;
}

const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const WORD = /[\p{L}\p{N}_$#]+/uy;
const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/** Words after which a slash begins a regular expression, not a division. */
const BEFORE_REGEXP = new Set([
  "return",
  "typeof",
  "case",
  "of",
  "in",
  "void",
  "await",
  "throw",
  "else",
  "do",
]);

/**
 * Splits TypeScript or JavaScript into tokens, without comments: enough to see imports and names, and not fooled by
 * what stands in strings, templates and comments. The code inside `${…}` of a template is split like any other.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const templates: number[] = [];
  let at = 0;
  let line = 1;
  let depth = 0;

  const take = (kind: Token["kind"] | undefined, whole: string, text = whole): void => {
    if (kind) tokens.push({ kind, text, line });
    line += whole.split("\n").length - 1;
    at += whole.length;
  };

  while (at < source.length) {
    const skipped = match(SPACE, source, at) ?? match(COMMENT, source, at);
    const string = match(STRING, source, at);
    const word = match(WORD, source, at);
    const mark = source.charAt(at);
    if (skipped) take(undefined, skipped);
    else if (string) take("string", string, string.slice(1, -1));
    else if (word) take("word", word);
    else if (mark === "`" || (mark === "}" && templates.at(-1) === depth)) {
      if (mark === "}") templates.pop();
      const text = templatePart(source, at);
      if (text.endsWith("${")) templates.push(depth);
      take("string", text, text.slice(1, text.endsWith("${") ? -2 : -1));
    } else {
      const expression = startsExpression(tokens.at(-1)) ? match(REGEXP, source, at) : undefined;
      if (mark === "{") depth++;
      if (mark === "}") depth--;
      take(expression ? "string" : "mark", expression ?? mark);
    }
  }
  return tokens;
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/** From a back-tick, or the brace that ends a `${…}`, to the closing back-tick or the next `${`, both included. */
function templatePart(source: string, from: number): string {
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "`") return source.slice(from, at + 1);
    else if (source.startsWith("${", at)) return source.slice(from, at + 2);
  }
  return source.slice(from);
}

function startsExpression(before: Token | undefined): boolean {
  if (!before) return true;
  if (before.kind === "word") return BEFORE_REGEXP.has(before.text);
  return before.kind === "mark" && before.text !== ")" && before.text !== "]" && before.text !== "}";
}

/** What a file imports or re-exports. `undefined` is an `import()` of something that is not a plain string. */
export interface Import {
  readonly specifier: string | undefined;
  readonly line: number;
}

/** Every `import`, `export … from`, `import()` and `import("…")` type of a file. */
export function importsOf(tokens: readonly Token[]): Import[] {
  const found: Import[] = [];
  tokens.forEach((token, index) => {
    if (token.kind !== "word" || isMark(tokens[index - 1], ".")) return;
    const next = tokens[index + 1];
    if (token.text === "import" && next?.kind === "string") found.push(named(next));
    else if (token.text === "import" && isMark(next, "(")) found.push(called(tokens, index));
    else if (token.text === "require" && isMark(next, "(")) found.push(called(tokens, index));
    else if (token.text === "import" || token.text === "export") found.push(...clause(tokens, index));
  });
  return found;
}

function named(token: Token): Import {
  return { specifier: token.text, line: token.line };
}

function called(tokens: readonly Token[], index: number): Import {
  const argument = tokens[index + 2];
  const plain =
    argument?.kind === "string" && (isMark(tokens[index + 3], ")") || isMark(tokens[index + 3], ","));
  return plain ? named(argument) : { specifier: undefined, line: tokens[index]?.line ?? 0 };
}

/** `import a, { b } from "x"`, `export { a } from "x"`, `export * as a from "x"`: names, braces and commas up to `from`. */
function clause(tokens: readonly Token[], index: number): Import[] {
  for (let at = index + 1; at < tokens.length; at++) {
    const token = tokens[at];
    if (!token || (token.kind === "mark" && !"{},*".includes(token.text))) return [];
    if (token.kind === "string") return isWord(tokens[at - 1], "from") ? [named(token)] : [];
  }
  return [];
}

export function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === "mark" && token.text === text;
}

export function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === "word" && token.text === text;
}
