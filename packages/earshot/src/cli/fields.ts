/** The values of services and answers by name: for templates and columns. All of it is untrusted text. */
import type { DnsSdService, Service, SsdpService } from "../index.ts";
import type { SearchAnswer } from "../ssdp.ts";
import { interfaceOf, shortType } from "./rows.ts";
import { bytesText, txtText } from "./txt-text.ts";

export type ServiceField =
  | "name"
  | "type"
  | "short"
  | "protocol"
  | "id"
  | "usn"
  | "udn"
  | "location"
  | "address"
  | "addresses"
  | "port"
  | "server"
  | "interface"
  | "host"
  | "domain"
  | "subtypes"
  | "priority"
  | "weight"
  | "txt"
  | "manufacturer"
  | "model";

const SERVICE_FIELDS: Readonly<Record<ServiceField, (service: Service) => string>> = {
  name: ({ name }) => name,
  type: ({ type }) => type,
  short: ({ type }) => shortType(type),
  protocol: ({ protocol }) => protocol,
  id: ({ id }) => id,
  usn: ssdp(({ usn }) => usn),
  udn: ssdp(({ udn }) => udn),
  location: ssdp(({ location }) => location ?? ""),
  address: ({ addresses }) => addresses[0] ?? "",
  addresses: ({ addresses }) => addresses.join(" "),
  port: ({ port }) => String(port ?? ""),
  server: ssdp(({ server }) => server ?? ""),
  interface: ({ sightings }) => [...new Set(sightings.map(({ link }) => interfaceOf(link)))].join(" "),
  host: dnsSd(({ host }) => host),
  domain: dnsSd(({ domain }) => domain),
  subtypes: dnsSd(({ subtypes }) => subtypes.join(" ")),
  priority: dnsSd(({ priority }) => String(priority)),
  weight: dnsSd(({ weight }) => String(weight)),
  txt: dnsSd(({ txtBytes }) => txtText(txtBytes)),
  manufacturer: ssdp(({ device }) => device?.manufacturer ?? ""),
  model: ssdp(({ device }) => [device?.modelName, device?.modelNumber].filter(Boolean).join(" ")),
};

const ANSWER_FIELDS: Readonly<Record<string, (answer: SearchAnswer) => string>> = {
  type: ({ target }) => target,
  short: ({ target }) => shortType(target),
  usn: ({ usn }) => usn,
  location: ({ location }) => location ?? "",
  address: ({ from }) => from,
  port: ({ port }) => String(port),
  server: ({ headers }) => headers.get("SERVER") ?? "",
  interface: ({ link }) => interfaceOf(link),
  link: ({ link }) => link,
};

/** Names that templates may use of a service and of an answer; both know `header.NAME` as well, services `txt.KEY`. */
export const SERVICE_FIELD_NAMES: readonly string[] = Object.keys(SERVICE_FIELDS);
export const ANSWER_FIELD_NAMES: readonly string[] = Object.keys(ANSWER_FIELDS);

export function fieldOf(service: Service, field: ServiceField): string {
  return SERVICE_FIELDS[field](service);
}

/** What `name` stands for in a service; empty when it has none. */
export function serviceValue(service: Service, name: string): string {
  const found = service.protocol === "ssdp" ? headerValue(service.headers, name) : txtValue(service, name);
  return found ?? read(SERVICE_FIELDS, name, service);
}

/** What `name` stands for in an answer; empty when it has none. */
export function answerValue(answer: SearchAnswer, name: string): string {
  return headerValue(answer.headers, name) ?? read(ANSWER_FIELDS, name, answer);
}

/** Of a key without value its name: so a template tells it from one that is not there. */
function txtValue({ txt }: DnsSdService, name: string): string | undefined {
  if (!name.startsWith("txt.")) return undefined;
  const key = name.slice(4).toLowerCase();
  const value = [...txt].find(([other]) => other.toLowerCase() === key)?.[1];
  if (value === undefined) return "";
  return value === true ? key : bytesText(value);
}

function ssdp(value: (service: SsdpService) => string): (service: Service) => string {
  return (service) => (service.protocol === "ssdp" ? value(service) : "");
}

function dnsSd(value: (service: DnsSdService) => string): (service: Service) => string {
  return (service) => (service.protocol === "dns-sd" ? value(service) : "");
}

function headerValue(headers: ReadonlyMap<string, string>, name: string): string | undefined {
  return name.startsWith("header.") ? (headers.get(name.slice(7).toUpperCase()) ?? "") : undefined;
}

function read<Of>(fields: Readonly<Record<string, (of: Of) => string>>, name: string, of: Of): string {
  return Object.hasOwn(fields, name) ? (fields[name]?.(of) ?? "") : "";
}
