import type { Change } from "../../src/discovery/service.ts";
import { Earshot, type EarshotOptions } from "../../src/earshot.ts";
import type { Browser } from "../../src/index.ts";
import { type HostOptions, Lan, type LanOptions } from "../../src/testing/index.ts";

export const MEDIA_SERVER = "urn:schemas-upnp-org:device:MediaServer:2";
export const CONTENT_DIRECTORY = "urn:schemas-upnp-org:service:ContentDirectory:1";

/** A LAN with a media server and a laptop, each with a whole `Earshot` that speaks SSDP. */
export function household(
  lanOptions: Partial<LanOptions> = {},
  hosts: { server?: HostOptions; laptop?: HostOptions } = {},
) {
  const lan = new Lan({ seed: 42, ...lanOptions });
  const serverHost = lan.addHost("server", hosts.server);
  const laptopHost = lan.addHost("laptop", hosts.laptop);
  const server = new Earshot({ network: serverHost, protocols: ["ssdp"] });
  const laptop = new Earshot({ network: laptopHost, protocols: ["ssdp"] });
  return { lan, serverHost, laptopHost, server, laptop };
}

/** Another Earshot on a host of its own. */
export function guest(lan: Lan, name: string, options: EarshotOptions & { host?: HostOptions } = {}) {
  const host = lan.addHost(name, options.host);
  return { host, earshot: new Earshot({ ...options, network: host }) };
}

export const offer = {
  type: MEDIA_SERVER,
  name: "Films",
  udn: "uuid:films",
  port: 8200,
  services: [CONTENT_DIRECTORY],
} as const;

/** Writes down what a browser tells, as `found uuid:…` lines. */
export function diary(browser: Browser): string[] {
  const lines: string[] = [];
  const write = (change: Change): void => {
    lines.push(`${change.kind} ${change.service.id}${change.kind === "lost" ? ` ${change.reason}` : ""}`);
  };
  browser.on("found", write);
  browser.on("updated", write);
  browser.on("lost", write);
  return lines;
}

/** The ids of what a browser holds, sorted. */
export function ids(browser: Browser): string[] {
  return [...browser.services.values()].map(({ id }) => id).sort();
}

export const FILMS = [
  "uuid:films",
  "uuid:films::upnp:rootdevice",
  `uuid:films::${CONTENT_DIRECTORY}`,
  `uuid:films::${MEDIA_SERVER}`,
].sort();
