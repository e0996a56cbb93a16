import { isIPv4, isIPv6 } from "node:net";
import * as address from "../../src/core/address.ts";
import { whyUnusable } from "../../src/ssdp/location.ts";
import { utf8 } from "./mutant.ts";
import type { Signature } from "./signature.ts";
import { insist, type Target } from "./target.ts";

const decoder = new TextDecoder();
const NEIGHBOURS = [
  { address: "192.168.1.10", prefixLength: 24 },
  { address: "fe80::10", prefixLength: 64 },
];

/** Addresses and URLs as text: what we take for an address, and where we think a URL leads. */
export const addressTarget: Target = {
  name: "address",
  seeds: [
    "192.168.1.20",
    "255.255.255.255",
    "0.0.0.0",
    "01.2.3.4",
    "fe80::1%eth0",
    "::",
    "::1",
    "::ffff:169.254.169.254",
    "2001:db8:0:0:1:0:0:1",
    "ff02::c",
    "1:2:3:4:5:6:7:8",
    "http://192.168.1.20:8200/rootDesc.xml",
    "http://[fe80::1%25eth0]:80/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://10.0.0.1\\@host/",
    "http://user:pw@192.168.1.20/",
    "https://[::ffff:1.2.3.4]/",
    "HTTP://192.168.1.20",
    "http:192.168.1.20",
    "file:///etc/passwd",
    "http://１９２.168.1.20/",
    "//192.168.1.20/",
    "http://host.local/",
  ].map(utf8),
  dictionary: [
    "http://",
    "https://",
    "[",
    "]",
    "%25",
    "%",
    "@",
    ":",
    "::",
    ".",
    "/",
    "\\",
    "#",
    "?",
    "0x",
    "ffff:",
    "fe80::",
    "ff02::c",
    "127.0.0.1",
    "169.254.169.254",
    "192.168.1.20",
    "0",
    "255",
    "256",
    "65536",
    "\t",
    "\n",
    "。",
    "１",
    "­",
  ],
  mostBytes: 2048,
  run(bytes, signature) {
    const text = decoder.decode(bytes);
    readAddress(text, signature);
    readUrl(text, signature);
  },
};

function readAddress(text: string, signature: Signature): void {
  const parsed = address.parseAddress(text);
  const canonical = address.canonicalAddress(text);
  const { zone } = address.splitZone(text);
  insist((parsed === undefined) === (canonical === undefined), "is half an address");
  const isPlain = !text.includes("%");
  insist(!isPlain || (parsed !== undefined) === (isIPv4(text) || isIPv6(text)), "net judges otherwise");
  for (const [name, judge] of JUDGES) if (judge(text)) signature.note(name);
  if (canonical === undefined || !parsed) {
    insist(!JUDGES.some(([, judge]) => judge(text)), "is no address, and of a class");
    return;
  }
  signature.note(`${parsed.length} bytes`);
  if (zone !== undefined) signature.note("zone");
  insist(address.canonicalAddress(canonical) === canonical, "the canonical form is not canonical");
  insist(address.sameAddress(text, canonical), "is not the same as its canonical form");
  insist(address.familyOf(text) === (canonical.includes(":") ? 6 : 4), "is of another family");
}

function readUrl(text: string, signature: Signature): void {
  const host = address.hostOfUrl(text);
  const why = whyUnusable(text, "192.168.1.20");
  if (host) signature.note("name" in host ? "host by name" : `host by address ${host.family}`);
  signature.note(why ?? "usable");
  if (why !== undefined) return;
  const { hostname, protocol, username } = new URL(text);
  insist(
    hostname === "192.168.1.20" && username === "" && /^https?:$/.test(protocol),
    "a foreign URL is believed",
  );
}

const JUDGES: readonly (readonly [name: string, judge: (text: string) => boolean])[] = [
  ["loopback", address.isLoopback],
  ["link-local", address.isLinkLocal],
  ["private", address.isPrivate],
  ["multicast", address.isMulticast],
  ["unspecified", address.isUnspecified],
  ["public", address.isPublic],
  ["broadcast", (text) => address.isBroadcast(text, NEIGHBOURS)],
  ["on-link", (text) => address.isOnLink(text, NEIGHBOURS)],
];
