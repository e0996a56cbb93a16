import { UsageError } from "../../src/core/errors.ts";
import type { Head, HeadFailure } from "../../src/core/http-head.ts";
import { HeadReader } from "../../src/core/http-message.ts";
import { readLenientHead } from "../../src/core/lenient-head.ts";
import * as fields from "../../src/ssdp/fields.ts";
import { whyUnusable } from "../../src/ssdp/location.ts";
import {
  encodeMessage,
  type Headers,
  messageLimits,
  parseMessage,
  type SsdpMessage,
} from "../../src/ssdp/message.ts";
import { splitUsn, typeServes } from "../../src/ssdp/usn.ts";
import { devices, latin1 } from "../ssdp/corpus.ts";
import { wireFormats } from "../ssdp/wire-formats.ts";
import { utf8 } from "./mutant.ts";
import type { Signature } from "./signature.ts";
import { insist, type Target } from "./target.ts";

/** Header names and values that something is decided by. */
export const WORDS: readonly string[] = [
  "NOTIFY * HTTP/1.1\r\n",
  "M-SEARCH * HTTP/1.1\r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.0 200 OK\r\n",
  "HTTP/1.1 404 No\r\n",
  "\r\nHOST: 239.255.255.250:1900",
  "\r\nHOST: [FF02::C]:1900",
  '\r\nMAN: "ssdp:discover"',
  "\r\nMX: 3",
  "\r\nST: ssdp:all",
  "\r\nNT: upnp:rootdevice",
  "\r\nNTS: ssdp:alive",
  "\r\nNTS: ssdp:byebye",
  "\r\nNTS: ssdp:update",
  "\r\nUSN: uuid:a",
  "\r\nUSN: uuid:a::upnp:rootdevice",
  "\r\nLOCATION: http://192.168.1.20/d.xml",
  "\r\nAL: <http://[fe80::1]/><http://a/>",
  "\r\nCACHE-CONTROL: max-age=1800",
  "\r\nEXPIRES: Thu, 01 Jan 1970 00:00:12 GMT",
  "\r\nDATE: Thu, 01 Jan 1970 00:00:00 GMT",
  "\r\nBOOTID.UPNP.ORG: 1",
  "\r\nNEXTBOOTID.UPNP.ORG: 2",
  "\r\nCONFIGID.UPNP.ORG: 3",
  "\r\nSEARCHPORT.UPNP.ORG: 49152",
  "\r\nTCPPORT.UPNP.ORG: 50000",
  "\r\nCPFN.UPNP.ORG: x",
  "\r\nSECURELOCATION.UPNP.ORG: https://a/",
  "\r\n__proto__: polluted",
  "\r\nconstructor: x",
  "\r\nEXT:",
  '\r\nOPT: "http://schemas.upnp.org/upnp/1/0/"; ns=01',
  "\r\n01-NLS: 1",
  "\r\n",
  "\r\n\r\n",
  ": ",
  ":",
  " ",
  "\t",
  "\r\n ",
  "ssdp:discover",
  "max-age=",
  'no-cache, max-age = "60"',
  "uuid:",
  "uuid:uuid:",
  "::",
  "urn:schemas-upnp-org:device:MediaServer:2",
  "urn:schemas-upnp-org:service:ContentDirectory:99999",
  "upnp:rootdevice",
  "http://user:pw@192.168.1.20/",
  "http://0x7f.1/",
  "http://[::ffff:169.254.169.254]/",
  "file:///etc/passwd",
  "é",
  "居",
  "\ud800",
];

/** SSDP's codec: everything that reads a message, whatever it is. */
export const ssdpCodec: Target = {
  name: "ssdp",
  seeds: [...devices, ...wireFormats].flatMap(({ text }) => [utf8(text), latin1(text)]),
  dictionary: WORDS,
  mostBytes: messageLimits.maxBytes + 64,
  run(bytes, signature) {
    const message = parseMessage(bytes);
    signature.note(message.kind);
    if (message.kind === "malformed") signature.note(message.reason);
    else {
      for (const { code } of message.violations) signature.note(code);
      signature.count("headers", message.headers.size);
      readFields(message.headers, signature);
    }
  },
  examine(bytes) {
    agree(bytes);
    const message = parseMessage(bytes);
    if (message.kind === "malformed") return;
    readHeaders(message);
    readNames(message.headers);
    writeAgain(message);
  },
};

const reader = new HeadReader(["NOTIFY * HTTP/1.1", "M-SEARCH * HTTP/1.1", "HTTP/1.1 200 OK"], messageLimits);

/** What the fast reader reads, the lenient one reads to the same result. */
function agree(bytes: Uint8Array): void {
  const fast = reader.read(bytes);
  const slow = bytes.length > messageLimits.maxBytes ? "too-long" : readLenientHead(bytes, messageLimits);
  const one = told(fast);
  const other = told(slow);
  insist(one === other, `the readers disagree:\n${one}\n${other}`);
}

function told(head: Head | HeadFailure): string {
  if (typeof head === "string") return head;
  const deviations = head.deviations.map(({ code, detail }) => `${code} ${detail ?? ""}`).sort();
  return JSON.stringify([head.startLine, [...head.headers], deviations]);
}

function readHeaders({ headers, violations }: SsdpMessage): void {
  insist(headers.size <= messageLimits.maxHeaders, `${headers.size} headers`);
  let count = 0;
  const map = headers.toMap();
  for (const [name, value] of headers) {
    count++;
    insist(headers.has(name), `has no ${name}`);
    const first = headers.get(name);
    insist(first !== undefined && headers.getAll(name).includes(value), `cannot get ${name}`);
    insist(map.get(name.toUpperCase()) === first, `another ${name} in the map`);
    insist(
      !/^[ \t]|[ \t]$|\n/.test(value),
      `${name} has white space around its value, or a line break in it`,
    );
  }
  insist(count === headers.size && map.size <= count, "the size is another than the count");
  insist(new Set(violations.map(({ code }) => code)).size === violations.length, "a violation is told twice");
}

function readFields(headers: Headers, signature: Signature): void {
  within("max-age", fields.readMaxAgeSeconds(headers), 0, fields.MOST_ID, signature);
  within("mx", fields.readMx(headers), 1, 120, signature);
  within("boot", fields.readBootId(headers), 0, fields.MOST_ID, signature);
  within("next", fields.readNextBootId(headers), 0, fields.MOST_ID, signature);
  within("config", fields.readConfigId(headers), 0, fields.MOST_ID, signature);
  within("search-port", fields.readSearchPort(headers), fields.LEAST_PORT, fields.MOST_PORT, signature);
  within("tcp-port", fields.readTcpPort(headers), fields.LEAST_PORT, fields.MOST_PORT, signature);
  const man = fields.readMan(headers);
  if (man) signature.note(man);
  signature.count("locations", fields.readLocations(headers).length);
}

function within(
  name: string,
  value: number | undefined,
  least: number,
  most: number,
  signature: Signature,
): void {
  if (value === undefined) return;
  signature.note(name);
  insist(Number.isInteger(value) && value >= least && value <= most, `${name} is ${value}`);
}

function readNames(headers: Headers): void {
  const usn = splitUsn(headers.get("USN") ?? "");
  insist(splitUsn(usn.id).id === usn.id, `the id of ${usn.written} is not the id of itself`);
  if (usn.type !== undefined) insist(typeServes(usn.type, usn.type), `${usn.type} does not serve itself`);
  for (const url of fields.readLocations(headers)) {
    const why = whyUnusable(url, "192.168.1.20");
    insist(why !== undefined || new URL(url).hostname === "192.168.1.20", `${url} is believed`);
  }
}

/** What can be written again is read again, to the last character. */
function writeAgain({ kind, headers }: SsdpMessage): void {
  const pairs = [...headers.toMap()];
  let bytes: Uint8Array;
  try {
    bytes = encodeMessage(kind, pairs);
  } catch (error) {
    if (error instanceof UsageError) return;
    throw error;
  }
  const again = parseMessage(bytes);
  insist(
    again.kind === kind && again.violations.length === 0,
    `what we write we find ${again.kind}, or faulty`,
  );
  insist(JSON.stringify([...again.headers]) === JSON.stringify(pairs), "what was written reads otherwise");
}
