import { Name, rdataOf } from "earshot/mdns";

/** What the device is to publish. */
export const OFFER = {
  name: "Conformance",
  type: "_http._tcp",
  host: "conformance",
  port: 8080,
  txt: ["path=/"],
};

export const TYPE_NAME = Name.parse(`${OFFER.type}.local`);
export const META_NAME = Name.parse("_services._dns-sd._udp.local");

/** `host` for `x.local`, `instance` for `x._http._tcp.local`, else nothing. */
export function kindOf(name) {
  if (name.labels.length === 2 && name.isWithin(LOCAL)) return "host";
  return name.labels.length === 4 && name.isWithin(TYPE_NAME) ? "instance" : undefined;
}

const LOCAL = Name.of("local");

/** The same name to every resolver, in other letters. */
export function inOtherCase(name) {
  const turned = name.labels.map((label) =>
    [...label].map((each) => (each === each.toLowerCase() ? upper(each) : lower(each))).join(""),
  );
  return Name.of(...turned);
}

function upper(letter) {
  return /^[a-z]$/.test(letter) ? letter.toUpperCase() : letter;
}

function lower(letter) {
  return /^[A-Z]$/.test(letter) ? letter.toLowerCase() : letter;
}

/** One for the same record, whatever its TTL and flush bit. */
export function identity(record) {
  const data = Buffer.from(rdataOf(record.data, record.type)).toString("hex");
  return `${record.type} ${record.class} ${record.name.key} ${data}`;
}

/** The record with its data raised or lowered: the last byte of an address, the port of a service. */
export function shifted(record, by) {
  const { data } = record;
  if (data.kind === "SRV") return { ...record, data: { ...data, port: data.port + by } };
  const separator = data.kind === "A" ? "." : ":";
  const radix = data.kind === "A" ? 10 : 16;
  const at = data.address.lastIndexOf(separator) + 1;
  const last = Number.parseInt(data.address.slice(at), radix) + by;
  return { ...record, data: { ...data, address: data.address.slice(0, at) + last.toString(radix) } };
}

export function isShiftable({ data }) {
  return data.kind === "SRV" || data.kind === "A" || data.kind === "AAAA";
}
