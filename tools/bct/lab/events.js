import { TYPE } from "earshot/mdns";
import { kindOf } from "./names.js";

/** The types that are said of a host, and of an instance. */
const TYPES = { host: [TYPE.A, TYPE.AAAA], instance: [TYPE.SRV] };

/** Whether a message says, unasked or asked, that the name of this kind is somebody's. */
export function isAnnouncementOf(message, kind) {
  return message.kind === "response" && message.answers.some((record) => isClaim(record, kind));
}

/**
 * What happened to the device's name of a kind, in order: `{ what, time, name, packet }` with `what` one of `probe`,
 * `announcement` and `goodbye` by the device, and `deny` and `rival` by the tester.
 */
export function eventsOf(packets, kind) {
  return packets.flatMap((packet) => {
    const found = packet.message.kind === "malformed" ? undefined : eventOf(packet, kind);
    return found ? [{ ...found, time: packet.time, packet }] : [];
  });
}

function eventOf({ message, isOurs, isMulticast }, kind) {
  const { questions, answers, authorities } = message;
  if (message.kind === "query") {
    if (authorities.length === 0) return undefined;
    const name = questions.map((question) => question.name).find((each) => kindOf(each) === kind);
    return name && { what: isOurs ? "rival" : "probe", name };
  }
  if (!isMulticast) return undefined;
  const claim = answers.find((record) => isClaim(record, kind));
  if (claim) return { what: isOurs ? "deny" : "announcement", name: claim.name };
  const goodbye = answers.find((record) => record.ttl === 0 && TYPES[kind].includes(record.type));
  return goodbye && kindOf(goodbye.name) === kind ? { what: "goodbye", name: goodbye.name } : undefined;
}

function isClaim(record, kind) {
  return record.ttl > 0 && TYPES[kind].includes(record.type) && kindOf(record.name) === kind;
}
