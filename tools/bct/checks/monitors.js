/** B-37 to B-42, B-53 to B-55: what is true of every packet of the device, whatever the check that it came in. */
import { TYPE } from "earshot/mdns";
import { identity, META_NAME, TYPE_NAME } from "../lab/names.js";
import { fail, pass, warn } from "./judging.js";
import { tell } from "./probing.js";

const PHASE_3 = "network";

/** Looks at all that passed. `group` is the group of checks that was run. */
export function monitor(lab, group) {
  const packets = lab.timeline.packets.filter(({ isOurs }) => !isOurs);
  const isAsked = ({ time }) => lab.asking.some(({ start, end }) => time >= start && time < end);
  const multicast = packets.filter(({ isMulticast, message }) => isMulticast && message.kind === "response");
  const probes = packets.filter(({ message }) => message.kind === "query" && message.authorities.length > 0);
  const answers = packets.filter((packet) => packet.message.kind === "response" && isAsked(packet));
  const isPhase3 = group === PHASE_3;
  judge(lab, isPhase3 ? "B-54" : "B-37", packets, "a record twice", hasTwice);
  if (answers.length > 0)
    judge(lab, isPhase3 ? "B-55" : "B-38", answers, "additional records left out", lacksAdditionals);
  judge(lab, "B-53", packets, "another TTL than 255", ({ ttl }) => ttl !== 255);
  if (isPhase3) return;
  judge(lab, "B-39", packets, "an illegal host name", hasIllegalHost);
  judge(lab, "B-39", packets, "a host name of other than letters, digits, hyphens", hasDoubtfulHost, warn);
  judge(lab, "B-40", multicast, "a unique record without cache-flush bit", hasUniqueWithout);
  if (probes.length > 0)
    judge(lab, "B-41", probes, "the cache-flush bit in a probe", ({ message }) =>
      message.authorities.some(({ flush }) => flush),
    );
  judge(lab, "B-42", multicast, "the cache-flush bit on a shared record", hasSharedWith);
}

function judge(lab, row, packets, fault, isBad, verdict = fail) {
  const legible = packets.filter(({ message }) => message.kind !== "malformed");
  const bad = legible.filter(isBad);
  if (legible.length < packets.length) tell(lab, row, fail("malformed packets"));
  if (bad.length > 0) tell(lab, row, verdict(`${bad.length} of ${legible.length} packets with ${fault}`));
  else if (legible.length > 0) tell(lab, row, pass(`no packet with ${fault}`));
}

function allOf({ answers, authorities, additionals }) {
  return [...answers, ...authorities, ...additionals];
}

function hasTwice({ message }) {
  const keys = allOf(message).map(identity);
  return new Set(keys).size < keys.length;
}

/** RFC 6763 section 12: with PTR goes SRV and TXT of what it points to, with SRV the addresses of its target. */
function lacksAdditionals({ message }) {
  const all = allOf(message).filter(({ ttl }) => ttl > 0);
  const has = (types, name) => all.some((record) => types.includes(record.type) && record.name.equals(name));
  return message.answers.some(({ ttl, type, name, data }) => {
    if (ttl === 0) return false;
    if (type === TYPE.SRV) return !has([TYPE.A, TYPE.AAAA], data.target);
    return (
      type === TYPE.PTR &&
      name.equals(TYPE_NAME) &&
      !(has([TYPE.SRV], data.target) && has([TYPE.TXT], data.target))
    );
  });
}

function hostLabels(message) {
  return allOf(message).flatMap(({ type, name, data }) => {
    if (type === TYPE.SRV) return data.target.labels;
    return type === TYPE.A || type === TYPE.AAAA ? name.labels : [];
  });
}

/** Control characters, spaces, and what is not UTF-8. */
function hasIllegalHost({ message }) {
  return hostLabels(message).some((label) => /[\0- \u{7f}-\u{9f}\u{d800}-\u{dfff}]/u.test(label));
}

/** Of ASCII, host names have letters, digits and hyphens (RFC 1123); Apple's test lets others pass. */
function hasDoubtfulHost({ message }) {
  return hostLabels(message).some((label) => /[!-,./:-@[-`{-~]/.test(label));
}

const UNIQUE_TYPES = [TYPE.A, TYPE.AAAA, TYPE.SRV, TYPE.TXT, TYPE.NSEC, TYPE.HINFO];

function hasUniqueWithout({ message }) {
  return allOf(message).some(({ type, flush, ttl }) => ttl > 0 && UNIQUE_TYPES.includes(type) && !flush);
}

function hasSharedWith({ message }) {
  const isShared = ({ type, name }) =>
    type === TYPE.PTR && (name.equals(TYPE_NAME) || name.equals(META_NAME) || name.labels.includes("_sub"));
  return allOf(message).some((record) => isShared(record) && record.flush);
}
