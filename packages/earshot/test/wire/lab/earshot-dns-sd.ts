import { runEarshot } from "./earshot.ts";
import type { Host } from "./host.ts";
import { type Browsing, browsing, type Told } from "./peers/dns-sd-peer.ts";

/** `earshot browse --json TYPE` at work, as the browsers of other people are looked at. */
export function browseByEarshot(host: Host, type: string, ...words: string[]): Browsing {
  return browsing(runEarshot(host, "browse", "--json", type, ...words), readChange);
}

/** Lines as docs/guide/json.md has them. */
function readChange(line: string): Told | undefined {
  if (!line.startsWith("{")) return undefined;
  const { kind, service } = JSON.parse(line);
  if (service?.protocol !== "dns-sd") return undefined;
  const { name, type, host, port, addresses, txtBytes } = service;
  if (kind === "lost") return { kind: "gone", name };
  return { kind: "found", instance: { name, type, host, port, addresses, txt: strings(txtBytes) } };
}

/** The strings of a TXT record in hexadecimal, sorted. */
function strings(hex: string): string[] {
  const bytes = Buffer.from(hex, "hex");
  const found: string[] = [];
  for (let at = 0; at < bytes.length; at += 1 + (bytes[at] ?? 0))
    found.push(bytes.toString("utf8", at + 1, at + 1 + (bytes[at] ?? 0)));
  return found.filter(Boolean).sort();
}
