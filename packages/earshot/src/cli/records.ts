/**
 * The JSON that commands print: one object a line, described in docs/guide/json.md. A change of shape
 * raises `v`.
 */
import type { Change, Service } from "../index.ts";
import type { SearchAnswer } from "../ssdp.ts";

const VERSION_OF_SHAPE = 1;

/** One change as a line of JSON, without line end. */
export function changeJson(change: Change, time: Date, isAscii: boolean): string {
  const { kind, service } = change;
  const reason = change.kind === "lost" ? { reason: change.reason } : {};
  return json({ v: VERSION_OF_SHAPE, kind, time, service: serviceRecord(service), ...reason }, isAscii);
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

function serviceRecord(service: Service): Record<string, unknown> {
  return {
    protocol: service.protocol,
    id: service.id,
    name: service.name,
    type: service.type,
    usn: service.usn,
    udn: service.udn,
    location: service.location ?? null,
    locations: service.locations,
    addresses: service.addresses,
    port: service.port ?? null,
    server: service.server ?? null,
    bootId: service.bootId ?? null,
    configId: service.configId ?? null,
    searchPort: service.searchPort ?? null,
    headers: Object.fromEntries(service.headers),
    sightings: service.sightings.map(({ link, from, heardAt, expiresAt }) => ({
      link,
      from,
      heardAt,
      expiresAt,
    })),
  };
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
