import { MalformedError } from "../core/errors.ts";
import { readXml, type XmlDocument, type XmlElement } from "../xml/index.ts";
import { DEVICE_NAMESPACE, DescribedElements, isForeignNamespace } from "./described-elements.ts";
import type { Description } from "./description.ts";
import { DescriptionUrls } from "./description-urls.ts";
import { DeviceReader } from "./device-reader.ts";
import { Violations } from "./violations.ts";

/** Where a description came from. */
export interface DescriptionContext {
  /** The URL that was fetched: absolute, `http:` or `https:`. */
  readonly url: string;
  /** Of the HTTP response, names in lower case. Of `content-type` only the charset counts, if it must. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Reads a device description (UDA 1.0 to 2.0 §2.3) as devices really write it. What is missing or unusable is
 * `undefined` and noted in `violations`; nothing but what cannot be read as a description at all is an error. The
 * codes of violations: those of `XmlDeviationCode`, `WRONG_NAMESPACE`, `MISSING_ELEMENT`, `NOT_A_NUMBER`,
 * `UNUSABLE_URL`, `FOREIGN_URL`, `URLBASE_IGNORED`, `DUPLICATE_UDN`, `DEVICES_TOO_DEEP`, `TOO_MANY_DEVICES`,
 * `TOO_MANY_SERVICES` and `TOO_MANY_ICONS`.
 *
 * A URL that leads to another host than `context.url` is `undefined` where a program would fetch it (services, icons,
 * URLBase), and kept where only a person would follow it (manufacturer, model, presentation).
 * @throws MalformedError `NOT_A_DESCRIPTION` for anything else, such as a web page, or a code of `readXml`.
 * @throws UsageError `INVALID_URL` when `context.url` is no absolute `http:` or `https:` URL.
 */
export function readDescription(body: Uint8Array, context: DescriptionContext): Description {
  const { root, deviations } = readDocument(body, context.headers.get("content-type"));
  if (root.localName !== "root" || isForeignNamespace(root.namespace)) throw notADescription();
  const elements = new DescribedElements(root.namespace);
  const device = elements.first(root, "device");
  if (!device) throw notADescription();

  const violations = new Violations();
  for (const deviation of deviations) violations.note(deviation);
  if (root.namespace !== DEVICE_NAMESPACE) violations.note("WRONG_NAMESPACE", root.namespace ?? "none");
  const urls = new DescriptionUrls(context.url, elements.text(root, "URLBase"));
  if (urls.ignoresUrlBase) violations.note("URLBASE_IGNORED", elements.text(root, "URLBase") ?? "");
  return {
    url: context.url,
    base: urls.base,
    configId: configId(root),
    specVersion: specVersion(root, elements, violations),
    device: new DeviceReader(elements, urls, violations).read(device),
    headers: context.headers,
    violations: violations.list,
  };
}

/** A page for people, met where a login or an error took the description's place. */
const WEB_PAGE = /^[^<]{0,256}<(?:!doctype\s{1,16}html|html)\b/i;
const CHARSET = /;\s{0,16}charset\s{0,16}=\s{0,16}"?([\w.:-]{1,40})/i;
const MOST_CONFIG_ID = 0xff_ffff;

function readDocument(body: Uint8Array, contentType: string | undefined): XmlDocument {
  if (isFilledWithZeros(body)) throw notADescription();
  if (WEB_PAGE.test(new TextDecoder().decode(body.subarray(0, 512)))) throw notADescription();
  try {
    return readXml(body, { lenient: true, charset: CHARSET.exec(contentType ?? "")?.[1] });
  } catch (error) {
    throw error instanceof MalformedError && error.code === "XML_NO_ROOT" ? notADescription() : error;
  }
}

/** Zeros are no text, but for every other byte of UTF-16: mending each of them would take long. */
function isFilledWithZeros(body: Uint8Array): boolean {
  const isUtf16 = (body[0] === 0xff && body[1] === 0xfe) || (body[0] === 0xfe && body[1] === 0xff);
  return !isUtf16 && body.subarray(0, 1024).reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0) > 64;
}

function notADescription(): MalformedError {
  return new MalformedError("NOT_A_DESCRIPTION", "the document is not a device description");
}

/** 0 to 16777215 (UDA 1.1 §2.3). */
function configId(root: XmlElement): number | undefined {
  const text = root.attributes.get("configId")?.trim() ?? "";
  return /^\d{1,8}$/.test(text) && Number(text) <= MOST_CONFIG_ID ? Number(text) : undefined;
}

function specVersion(
  root: XmlElement,
  elements: DescribedElements,
  violations: Violations,
): Description["specVersion"] {
  const version = elements.first(root, "specVersion");
  const [major = "", minor = ""] = ["major", "minor"].map((name) => version && elements.text(version, name));
  if (/^\d{1,4}$/.test(major) && /^\d{1,4}$/.test(minor))
    return { major: Number(major), minor: Number(minor) };
  violations.note("MISSING_ELEMENT", "specVersion");
  return undefined;
}
