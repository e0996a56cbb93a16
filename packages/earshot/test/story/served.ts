import { expect } from "vitest";
import type { Service, SsdpService } from "../../src/discovery/service.ts";
import type { HttpResponse } from "../../src/network/http.ts";
import type { Host, Lan } from "../../src/testing/index.ts";
import { offer } from "./household.ts";

const { port: _, ...described } = { ...offer, description: { manufacturer: "ACME" } };
/** A device that we describe. */
export const films = described;
/** Of a host that has one link. */
export const V4_ONLY = { addresses: ["10.0.0.50/16"] };

/** Fetches as a control point does: by the link on which the LOCATION was heard. */
export function get(lan: Lan, host: Host, url: string, method = "GET"): Promise<HttpResponse> {
  const family = url.includes("[") ? 6 : 4;
  const link = host.links.find((one) => one.family === family);
  if (!link) throw new Error("no link of this family");
  return lan.until(host.http.request({ method, url, link }));
}

/** A document, which must be there. */
export async function xmlAt(lan: Lan, host: Host, url: string | undefined): Promise<string> {
  const { status, body } = await get(lan, host, url ?? "");
  expect(status).toBe(200);
  return new TextDecoder().decode(body);
}

/** Lets time pass as on a real network, where promises settle meanwhile. */
export function pass(lan: Lan, host: Host, ms: number): Promise<void> {
  return lan.until(new Promise<void>((resolve) => void host.clock.at(host.clock.now() + ms, resolve)));
}

/** The one service of a type. */
export const only = (services: Iterable<Service>, type = "upnp:rootdevice"): SsdpService => {
  const found = [...services].filter((service) => service.type === type);
  expect(found).toHaveLength(1);
  return found[0] as SsdpService;
};
