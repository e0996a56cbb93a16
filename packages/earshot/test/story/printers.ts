import { Earshot, type EarshotOptions } from "../../src/earshot.ts";
import type { DnsSdOffer, DnsSdService, Service } from "../../src/index.ts";
import { type HostOptions, Lan, type LanOptions } from "../../src/testing/index.ts";

export const IPP = "_ipp._tcp";

export const office = {
  type: IPP,
  name: "Office",
  port: 631,
  txt: { txtvers: 1, rp: "ipp/print", note: "2nd floor" },
} as const satisfies DnsSdOffer;

export const OFFICE = "dns-sd office._ipp._tcp.local";

/** A LAN with a printer and a laptop, each with a whole `Earshot`. */
export function printerAndLaptop(
  lanOptions: Partial<LanOptions> = {},
  hosts: { printer?: HostOptions; laptop?: HostOptions } = {},
  options: EarshotOptions = {},
) {
  const lan = new Lan({ seed: 42, ...lanOptions });
  const printerHost = lan.addHost("printer", hosts.printer);
  const laptopHost = lan.addHost("laptop", hosts.laptop);
  const printer = new Earshot({ ...options, network: printerHost });
  const laptop = new Earshot({ ...options, network: laptopHost });
  return { lan, printerHost, laptopHost, printer, laptop };
}

/** The one service of DNS-SD among some. */
export function only(services: Iterable<Service>): DnsSdService {
  const [first, ...others] = services;
  if (first?.protocol !== "dns-sd" || others.length > 0) throw new Error("there is not exactly one");
  return first;
}

/** What stands in the text of a service, as text. */
export function texts({ txt }: DnsSdService): Record<string, string | true> {
  const decoder = new TextDecoder();
  return Object.fromEntries(
    [...txt].map(([key, value]) => [key, value === true ? value : decoder.decode(value)]),
  );
}
