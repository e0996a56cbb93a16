import { posix } from "node:path";
import { type Import, importsOf, isMark, isWord, type Token, tokenize } from "./tokens.ts";

/** One broken rule: where, and what to do instead. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** A source folder and what it may lean on. */
interface Folder {
  /** Folders it may import. */
  readonly imports: readonly string[];
  /** No clock, no chance, no timer, no process: everything of the outside comes through `Network`. */
  readonly pure?: true;
  /** Neighbours may import its files one by one; otherwise they come in by its `index.ts`. */
  readonly open?: true;
  /** May import Node's own modules. */
  readonly node?: true;
  /** May import the packages that the library depends on. */
  readonly packages?: true;
}

/** The house: who may import whom. `entries` are the files directly in `src/`. A new folder gets a row here. */
export const FOLDERS: Readonly<Record<string, Folder>> = {
  core: { imports: [], pure: true, open: true },
  network: { imports: ["core"], pure: true, open: true },
  ssdp: { imports: ["network", "core"], pure: true },
  mdns: { imports: ["network", "core"], pure: true },
  "dns-sd": { imports: ["mdns", "network", "core"], pure: true },
  xml: { imports: ["core"], pure: true, open: true, packages: true },
  upnp: { imports: ["xml", "ssdp", "network", "core"], pure: true },
  discovery: { imports: ["upnp", "ssdp", "dns-sd", "mdns", "network", "core"], pure: true },
  pcap: { imports: ["core"], pure: true },
  testing: { imports: ["pcap", "ssdp", "dns-sd", "mdns", "network", "core"] },
  node: { imports: ["network", "core"], node: true },
  entries: {
    imports: ["discovery", "testing", "pcap", "node", "upnp", "ssdp", "dns-sd", "mdns", "network", "core"],
    node: true,
  },
  cli: { imports: [], node: true, packages: true },
};

/** What other programs can import, as subpaths of the package and as source files: read from its package.json. */
export interface Published {
  readonly specifiers: readonly string[];
  readonly files: readonly string[];
}

export const MAX_LINES = 400;

const SOURCE = "packages/earshot/src/";
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:(?:\.[a-z]+)?\.test|\.d|\.config)?\.[a-z]+$/;

/** Every rule of the house that `text`, as the file `file` (from the root of the project), breaks. */
export function check(file: string, text: string, published: Published): Violation[] {
  const tokens = tokenize(text);
  const rules = [shape(file, text), imports(file, tokens, published), names(file, tokens)];
  return rules.flat().map(({ line, message }) => ({ file, line, message }));
}

type Finding = Omit<Violation, "file">;

function shape(file: string, text: string): Finding[] {
  const found: Finding[] = [];
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  if (lines > MAX_LINES)
    found.push({
      line: lines,
      message: `has ${lines} lines, more than ${MAX_LINES}: give a role of its own a file of its own`,
    });
  if (!KEBAB.test(posix.basename(file)))
    found.push({ line: 1, message: "is not named in kebab-case after the one thing it exports" });
  return found;
}

function imports(file: string, tokens: readonly Token[], published: Published): Finding[] {
  const judge = judgeOf(file);
  return importsOf(tokens).flatMap((found) => {
    const message = found.specifier === undefined ? computed(file) : judge(file, found.specifier, published);
    return message === undefined ? [] : [{ line: found.line, message }];
  });
}

function computed(file: string): string | undefined {
  if (!file.startsWith(SOURCE)) return undefined;
  return "imports something whose name is computed: write the name as a plain string, so that it can be checked";
}

/** Says what is wrong with importing `specifier` from `file`; `undefined` when nothing is. */
type Judge = (
  file: string,
  specifier: NonNullable<Import["specifier"]>,
  published: Published,
) => string | undefined;

function judgeOf(file: string): Judge {
  if (file.startsWith(SOURCE)) return judgeSource;
  if (file.startsWith("packages/earshot/test/")) return () => undefined;
  return judgeOutsider;
}

function folderOf(file: string): string {
  const [first, ...rest] = file.slice(SOURCE.length).split("/");
  return rest.length === 0 || first === undefined ? "entries" : first;
}

function judgeSource(file: string, specifier: string, published: Published): string | undefined {
  const from = folderOf(file);
  const rules = FOLDERS[from];
  if (!rules)
    return `${from}/ has no row in the table of test/architecture/rules.ts: say there what it may import`;
  if (specifier.startsWith(".")) return judgeRelative(file, specifier, from, rules, published);
  if (/^(?:node:)?child_process$/.test(specifier) && from !== "cli")
    return `${from}/ starts programs: ${INJECTION}`;
  if (specifier.startsWith("node:")) return rules.node ? undefined : noNode(from);
  if (rules.packages) return undefined;
  return `${from}/ imports the package "${specifier}": only cli/ and xml/ lean on packages; write what is needed, or take it there`;
}

function noNode(from: string): string {
  return `${from}/ imports a module of Node: only node/, cli/ and the files directly in src/ may; ask for what you need through Network`;
}

function judgeRelative(
  file: string,
  specifier: string,
  from: string,
  rules: Folder,
  published: Published,
): string | undefined {
  const target = posix.join(posix.dirname(file), specifier);
  if (!target.startsWith(SOURCE))
    return `imports ${specifier}, which is outside src/: nothing there is published`;
  const to = folderOf(target);
  if (to === from) return undefined;
  if (from === "cli") return judgeCommand(target, published);
  if (!rules.imports.includes(to)) return missingArrow(from, to, rules);
  if (FOLDERS[to]?.open || posix.basename(target) === "index.ts") return undefined;
  return `goes past the front of ${to}/: import it from ${to}/index.ts, and export it there if neighbours shall have it`;
}

function judgeCommand(target: string, published: Published): string | undefined {
  if (published.files.includes(target)) return undefined;
  const entries = published.files.map((entry) => posix.basename(entry)).join(", ");
  return `cli/ imports ${target.slice(SOURCE.length)}: the command uses only what every user can import (${entries})`;
}

function missingArrow(from: string, to: string, rules: Folder): string {
  const may = rules.imports.length > 0 ? `only ${rules.imports.join(", ")}` : "nothing";
  return `no arrow leads from ${from} to ${to}: ${from} may import ${may}. Move what both need down, or take it as an argument`;
}

/** Benchmarks, examples and scripts are users: they see the package, never its folders. */
function judgeOutsider(file: string, specifier: string, published: Published): string | undefined {
  const home = `${file.split("/")[0]}/`;
  const entries = published.specifiers.join(", ");
  if (specifier.startsWith(".")) {
    if (posix.join(posix.dirname(file), specifier).startsWith(home)) return undefined;
    return `imports ${specifier}, a path out of ${home}: import a published entry (${entries})`;
  }
  if (!/^earshot(\/|$)/.test(specifier) || published.specifiers.includes(specifier)) return undefined;
  return `imports "${specifier}", which is not published: there are ${entries}`;
}

/** A name that must not be used, as a row of words and marks; `why` teaches. */
interface Forbidden {
  readonly words: readonly string[];
  readonly why: string;
}

const TIME = "only the edge reads a clock: time comes from turn.now, the date from turn.date()";
const CHANCE = "use the Random that the constructor got, so that a seed replays a bug";
const TIMER = "set a deadline in the Agenda, so that virtual time drives it";
const OUTSIDE = "a pure folder knows no process and no console: emit an event and let the edge act";

const NOT_PURE: readonly Forbidden[] = [
  { words: ["Date", ".", "now"], why: TIME },
  { words: ["new", "Date", "(", ")"], why: TIME },
  { words: ["new", "Date", ";"], why: TIME },
  { words: ["performance", "."], why: TIME },
  { words: ["Math", ".", "random"], why: CHANCE },
  { words: ["crypto", "."], why: CHANCE },
  { words: ["setTimeout"], why: TIMER },
  { words: ["setInterval"], why: TIMER },
  { words: ["setImmediate"], why: TIMER },
  { words: ["process", "."], why: OUTSIDE },
  { words: ["console", "."], why: OUTSIDE },
];

const INJECTION = "S-27 text from the network must never become code, a pattern or a command";

const NOT_ANYWHERE: readonly Forbidden[] = [
  {
    words: ["allocUnsafe"],
    why: "S-19 memory that was not cleared could leave by a socket: use Buffer.alloc",
  },
  {
    words: ["allocUnsafeSlow"],
    why: "S-19 memory that was not cleared could leave by a socket: use Buffer.alloc",
  },
];

const NOT_IN_THE_LIBRARY: readonly Forbidden[] = [
  { words: ["eval", "("], why: INJECTION },
  { words: ["Function", "("], why: INJECTION },
  { words: ["RegExp", "("], why: `${INJECTION}: write the pattern as a literal` },
];

function names(file: string, tokens: readonly Token[]): Finding[] {
  if (!file.startsWith(SOURCE)) return [];
  const folder = folderOf(file);
  const forbidden = [
    ...NOT_ANYWHERE,
    ...(folder === "cli" ? [] : NOT_IN_THE_LIBRARY),
    ...(FOLDERS[folder]?.pure ? NOT_PURE : []),
  ];
  return forbidden.flatMap(({ words, why }) =>
    tokens.flatMap((token, index) => {
      if (!stands(words, tokens, index)) return [];
      return [{ line: token.line, message: `uses ${words.join(" ")}: ${why}` }];
    }),
  );
}

/** Whether the row of words stands at `index`, and not as a member of something else (`random.process.`). */
function stands(words: readonly string[], tokens: readonly Token[], index: number): boolean {
  const same = words.every((word, offset) => {
    const token = tokens[index + offset];
    return token?.text === word && token.kind !== "string";
  });
  if (!same) return false;
  const member = isMark(tokens[index - 1], ".") && !isWord(tokens[index - 2], "globalThis");
  return !member || words[0]?.startsWith("allocUnsafe") === true;
}
