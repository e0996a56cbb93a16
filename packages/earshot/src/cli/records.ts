/**
 * The JSON that commands print: one object a line, described in docs/guide/json.md. A change of shape
 * raises `v`.
 */
import type {
  Change,
  Diagnosis,
  DnsSdService,
  MonitoredDatagram,
  MonitoredMdns,
  MonitoredSsdp,
  PeerChange,
  Service,
  Sighting,
  SsdpService,
} from "../index.ts";
import type { RecordChange, ResourceRecord } from "../mdns.ts";
import type { SearchAnswer } from "../ssdp.ts";
import { questionFields, recordFields } from "./record-json.ts";
import { bytesText } from "./txt-text.ts";

const VERSION_OF_SHAPE = 1;

/** One change as a line of JSON, without line end. */
export function changeJson(change: Change, time: Date, isAscii: boolean): string {
  const { kind, service } = change;
  const reason = change.kind === "lost" ? { reason: change.reason } : {};
  return json({ v: VERSION_OF_SHAPE, kind, time, service: serviceRecord(service), ...reason }, isAscii);
}

/** A service that is followed, by what became of it, as JSON, without line end. Why it is gone is not known here. */
export function followedJson(kind: Change["kind"], service: Service, time: Date, isAscii: boolean): string {
  return json({ v: VERSION_OF_SHAPE, kind, time, service: serviceRecord(service) }, isAscii);
}

/** One answer to a search as JSON, without line end. */
export function answerJson(answer: SearchAnswer, time: Date, isAscii: boolean): string {
  const { target, usn, location, from, port, link, headers, violations } = answer;
  const record = {
    target,
    usn,
    location: location ?? null,
    from,
    port,
    link,
    headers: Object.fromEntries(headers),
    violations,
  };
  return json({ v: VERSION_OF_SHAPE, kind: "answer", time, answer: record }, isAscii);
}

/** One datagram of a monitor as JSON, without line end. @param hasBytes with its bytes, in hexadecimal. */
export function datagramJson(datagram: MonitoredDatagram, isAscii: boolean, hasBytes: boolean): string {
  const { at, protocol, direction, link, from, to, message, dropped, bytes } = datagram;
  const record = {
    protocol,
    direction,
    link,
    from,
    to,
    length: bytes.length,
    message: message.kind,
    ...(datagram.protocol === "ssdp" ? ssdpContents(datagram) : mdnsContents(datagram)),
    dropped: dropped ?? null,
    ...(hasBytes && { bytes: Buffer.from(bytes).toString("hex") }),
  };
  return json({ v: VERSION_OF_SHAPE, kind: "datagram", time: at, datagram: record }, isAscii);
}

function ssdpContents({ message, violations }: MonitoredSsdp): Record<string, unknown> {
  const headers = message.kind === "malformed" ? {} : Object.fromEntries(message.headers.toMap());
  return { headers, violations };
}

function mdnsContents({ message, violations }: MonitoredMdns): Record<string, unknown> {
  const told = { violations };
  if (message.kind === "malformed") return told;
  const { id, opcode, rcode, authoritative, truncated, questions } = message;
  return {
    id,
    opcode,
    rcode,
    authoritative,
    truncated,
    questions: questions.map(questionFields),
    answers: message.answers.map(toldRecord),
    authorities: message.authorities.map(toldRecord),
    additionals: message.additionals.map(toldRecord),
    ...told,
  };
}

function toldRecord(record: ResourceRecord): Record<string, unknown> {
  return { ...recordFields(record), flush: record.flush };
}

/** What became of a record, as JSON, without line end. */
export function recordChangeJson(
  change: Exclude<RecordChange, { kind: "none" }>,
  time: Date,
  isAscii: boolean,
): string {
  const { kind, record } = change;
  const { isUnique, link, from, heardAt, expiresAt } = record;
  const told = { ...recordFields(record), isUnique, link, from, heardAt, expiresAt };
  const reason = kind === "removed" ? { reason: change.reason } : {};
  return json({ v: VERSION_OF_SHAPE, kind, time, record: told, ...reason }, isAscii);
}

/** One change among peers as JSON, without line end. */
export function peerJson(change: PeerChange, time: Date, isAscii: boolean): string {
  const { kind, peer } = change;
  const { name, network, address, port, link, udn } = peer;
  const record = { name, network, address, port, link, udn: udn ?? null };
  const reason = change.kind === "left" ? { reason: change.reason } : {};
  return json({ v: VERSION_OF_SHAPE, kind, time, peer: record, ...reason }, isAscii);
}

/**
 * What a command tells that has no shape of its own, as JSON, without line end.
 * @param key the name under which its content stands.
 * @default key its kind
 */
export function eventJson(
  kind: string,
  content: Readonly<Record<string, unknown>>,
  time: Date,
  isAscii: boolean,
  key: string = kind,
): string {
  return json({ v: VERSION_OF_SHAPE, kind, time, [key]: content }, isAscii);
}

/** What an examination found, as JSON, without line end. */
export function diagnosisJson({ isWell, findings }: Diagnosis, time: Date, isAscii: boolean): string {
  const list = findings.map(({ level, subject, says, advice }) => ({
    level,
    subject,
    says,
    advice: advice ?? null,
  }));
  return json({ v: VERSION_OF_SHAPE, kind: "diagnosis", time, isWell, findings: list }, isAscii);
}

function serviceRecord(service: Service): Record<string, unknown> {
  return service.protocol === "ssdp" ? ssdpRecord(service) : dnsSdRecord(service);
}

function dnsSdRecord(service: DnsSdService): Record<string, unknown> {
  return {
    protocol: service.protocol,
    id: service.id,
    name: service.name,
    type: service.type,
    domain: service.domain,
    subtypes: service.subtypes,
    host: service.host,
    addresses: service.addresses,
    port: service.port ?? null,
    priority: service.priority,
    weight: service.weight,
    txt: Object.fromEntries(
      [...service.txt].map(([key, value]) => [key, value === true || bytesText(value)]),
    ),
    txtBytes: Buffer.from(service.txtBytes).toString("hex"),
    sightings: service.sightings.map(sightingRecord),
  };
}

function sightingRecord({ link, from, heardAt, expiresAt }: Sighting): Record<string, unknown> {
  return { link, from, heardAt, expiresAt };
}

function ssdpRecord(service: SsdpService): Record<string, unknown> {
  return {
    protocol: service.protocol,
    id: service.id,
    name: service.name,
    type: service.type,
    usn: service.usn,
    udn: service.udn,
    location: service.location ?? null,
    locations: service.locations,
    ...(service.conflict && { conflict: true }),
    addresses: service.addresses,
    port: service.port ?? null,
    server: service.server ?? null,
    bootId: service.bootId ?? null,
    configId: service.configId ?? null,
    searchPort: service.searchPort ?? null,
    headers: Object.fromEntries(service.headers),
    sightings: service.sightings.map(sightingRecord),
    ...descriptionRecord(service),
  };
}

/** What came of reading the description, if that was asked for. What it leaves out is left out here. */
function descriptionRecord({ description, device, undescribed }: SsdpService): Record<string, unknown> {
  if (!description) return undescribed === undefined ? {} : { undescribed };
  const headers = Object.fromEntries(description.headers);
  return { description: { ...description, headers }, deviceUdn: device?.udn ?? null };
}

/** What JSON leaves as it is and a terminal would act on is escaped; the meaning stays the same. */
function json(value: unknown, isAscii: boolean): string {
  return JSON.stringify(value).replace(isAscii ? NOT_ASCII : UNSAFE, escaped);
}

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const NOT_ASCII = /[^\x20-\x7e]/gu;

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
