/** The options that say what the description of a device says, and the files they name. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type Command, Option } from "commander";
import { type OfferedDescription, type OfferedFile, type OfferedIcon, UsageError } from "../index.ts";
import { collect } from "./options.ts";
import { pngShape } from "./png.ts";

export interface DescriptionChoice {
  /** Types of the services of the device. */
  readonly service?: readonly string[];
  readonly describe?: true;
  readonly friendlyName?: string;
  readonly manufacturer?: string;
  readonly manufacturerUrl?: string;
  readonly model?: string;
  readonly modelNumber?: string;
  readonly modelDescription?: string;
  readonly modelUrl?: string;
  readonly serialNumber?: string;
  readonly presentation?: string;
  readonly icon?: readonly string[];
  readonly scpd?: readonly string[];
  readonly file?: readonly string[];
}

/** Names of the options, save `service`, as the choice has them. */
export const DESCRIPTION_OPTIONS: readonly (keyof DescriptionChoice)[] = [
  "describe",
  "friendlyName",
  "manufacturer",
  "manufacturerUrl",
  "model",
  "modelNumber",
  "modelDescription",
  "modelUrl",
  "serialNumber",
  "presentation",
  "icon",
  "scpd",
  "file",
];

/** Adds the options; none of them goes together with `--port` or `--location`. */
export function addDescriptionOptions(command: Command): Command {
  command.optionsGroup("Its description, which is served while it is announced:");
  const add = (flags: string, help: string): Option => {
    const option = new Option(flags, help).conflicts(["port", "location"]);
    command.addOption(option);
    return option;
  };
  add("--describe", "serve one, with no more than names and types; each of the following serves one, too");
  add("--friendly-name <text>", "what people are shown (default: the name)");
  add("--manufacturer <text>", "who made it (default: earshot)");
  add("--manufacturer-url <url>", "the maker's page");
  add("--model <text>", "its model (default: earshot)");
  add("--model-number <text>", "number of the model");
  add("--model-description <text>", "what the model is");
  add("--model-url <url>", "the model's page");
  add("--serial-number <text>", "serial number; everybody on the network can read it");
  add("--presentation <url>", "a page for people: http: or https:, or the PATH of a --file");
  add("--icon <file>", "an icon, in PNG; repeatable").argParser(collect);
  add("--scpd <name=file>", "description of the service NAME, such as AVTransport; repeatable").argParser(
    collect,
  );
  add("--file <path=file>", "another document to serve, such as /about.html; repeatable").argParser(collect);
  return command;
}

/**
 * The description that was chosen; `undefined` when none of its options was.
 * @throws UsageError `INVALID_OPTION` for a file that cannot be read, or is not what it should be.
 */
export function offeredDescription(choice: DescriptionChoice): OfferedDescription | undefined {
  const { describe, service = [], icon = [], scpd = [], file = [], model, presentation, ...more } = choice;
  const texts = pickTexts({ ...more, modelName: model, presentationUrl: presentation });
  const files = filesOf(scpd, file, service);
  const isChosen = [texts, files, icon].some((part) => Object.keys(part).length > 0);
  if (!describe && !isChosen) return undefined;
  return {
    ...texts,
    ...(icon.length > 0 && { icons: icon.map(readIcon) }),
    ...(Object.keys(files).length > 0 && { files }),
  };
}

type Texts = Omit<OfferedDescription, "icons" | "files" | "devices">;

const TEXTS: readonly (keyof Texts)[] = [
  "friendlyName",
  "manufacturer",
  "manufacturerUrl",
  "modelName",
  "modelNumber",
  "modelDescription",
  "modelUrl",
  "serialNumber",
  "presentationUrl",
];

function pickTexts(choice: { readonly [Name in keyof Texts]?: string | undefined }): Texts {
  return Object.fromEntries(
    TEXTS.flatMap((name) => (choice[name] === undefined ? [] : [[name, choice[name]]])),
  );
}

function filesOf(
  scpds: readonly string[],
  others: readonly string[],
  services: readonly string[],
): Readonly<Record<string, OfferedFile>> {
  const files = new Map<string, OfferedFile>();
  const add = (option: string, path: string, file: string): void => {
    if (files.has(path)) throw wrong(`two files for ${path}`);
    files.set(path, { contentType: option === "--scpd" ? XML : typeOf(file), body: read(file) });
  };
  for (const text of scpds) {
    const [name, file] = assigned("--scpd", text);
    if (!services.some((type) => type.split(":")[3] === name))
      throw wrong(`there is no --service ${name}, which --scpd ${text} describes`);
    add("--scpd", `/${name}/scpd.xml`, file);
  }
  for (const text of others) add("--file", ...assigned("--file", text));
  return Object.fromEntries(files);
}

/** `NAME=FILE`. */
function assigned(option: string, text: string): [name: string, file: string] {
  const at = text.indexOf("=");
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw wrong(`${option} is a name, an equals sign and a file, not ${text}`);
}

function readIcon(file: string): OfferedIcon {
  const data = read(file);
  const shape = pngShape(data);
  if (!shape) throw wrong(`${file} is no PNG image`);
  return { mimeType: "image/png", ...shape, data };
}

const MOST_BYTES = 8 << 20;
const MOST_PIECE = 1 << 16;

function read(file: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = readRegular(file);
  } catch (cause) {
    throw wrong(`cannot read ${file}`, cause);
  }
  if (!bytes) throw wrong(`${file} is no regular file`);
  if (bytes.length <= MOST_BYTES) return bytes;
  throw wrong(`${file} has more than ${MOST_BYTES} bytes`);
}

/**
 * What is in a file, up to a byte more than is allowed; `undefined` where it is none: a device may never end, and a pipe
 * without a writer never begins.
 */
function readRegular(file: string): Uint8Array | undefined {
  const { O_RDONLY, O_NONBLOCK = 0 } = constants;
  const descriptor = openSync(file, O_RDONLY | O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) return undefined;
    const pieces: Uint8Array[] = [];
    for (let length = 0; length <= MOST_BYTES; ) {
      const piece = new Uint8Array(Math.min(MOST_PIECE, MOST_BYTES + 1 - length));
      const count = readSync(descriptor, piece);
      if (count === 0) break;
      pieces.push(piece.subarray(0, count));
      length += count;
    }
    return Buffer.concat(pieces);
  } finally {
    closeSync(descriptor);
  }
}

const XML = 'text/xml; charset="utf-8"';

const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ["xml", XML],
  ["html", "text/html; charset=utf-8"],
  ["txt", "text/plain; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["json", "application/json"],
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["svg", "image/svg+xml"],
]);

function typeOf(file: string): string {
  const [, extension = ""] = /\.([a-z]+)$/i.exec(file) ?? [];
  return CONTENT_TYPES.get(extension.toLowerCase()) ?? "application/octet-stream";
}

function wrong(message: string, cause?: unknown): UsageError {
  return new UsageError("INVALID_OPTION", message, ...(cause === undefined ? [] : [{ cause }]));
}
