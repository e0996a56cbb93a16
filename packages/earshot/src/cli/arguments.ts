/** What is written on the command line, evened out before it is parsed. */

/** Other names of options, as the tools that people come from have them. */
const ALIASES: Readonly<Record<string, string>> = {
  "--iface": "--interface",
  "--device-type": "--type",
  "--extra-field": "--header",
  "-e": "--header",
};

/**
 * The arguments with aliases replaced and `--header NAME VALUE` made one value, `NAME: VALUE`, which may
 * also be written so at once, and must be where the value looks like an option. Neither the values of other options
 * nor anything after `--` is touched.
 * @param options all there are, as they are written, long and short, and whether they have a value.
 */
export function normalised(args: readonly string[], options: ReadonlyMap<string, boolean>): string[] {
  const result: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? "";
    if (argument === "--") return [...result, ...args.slice(at)];
    const { name, value } = split(argument);
    if (name !== "--header") {
      result.push(value === undefined ? name : `${name}=${value}`);
      if (value === undefined && options.get(name)) result.push(...args.slice(++at, at + 1));
      continue;
    }
    const first = value ?? args[++at];
    const isWhole = first === undefined || first.includes(":") || isOption(args[at + 1], options);
    const second = isWhole ? undefined : args[++at];
    result.push("--header", ...[second === undefined ? first : `${first}: ${second}`].filter(isGiven));
  }
  return result;
}

function split(argument: string): { readonly name: string; readonly value: string | undefined } {
  const equals = argument.startsWith("--") ? argument.indexOf("=") : -1;
  const name = equals < 0 ? argument : argument.slice(0, equals);
  return { name: ALIASES[name] ?? name, value: equals < 0 ? undefined : argument.slice(equals + 1) };
}

/** An option of ours, also as `--name=value` or, in a short one that has a value, `-nvalue`; `-1` is none. */
function isOption(text: string | undefined, options: ReadonlyMap<string, boolean>): boolean {
  if (text === undefined || !text.startsWith("-")) return false;
  return text === "--" || options.has(split(text).name) || options.get(text.slice(0, 2)) === true;
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined;
}
