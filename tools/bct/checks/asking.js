/** Questions to the device, and what it answered to each, by the timeline. */
import { setTimeout as wait } from "node:timers/promises";
import { TYPE } from "earshot/mdns";
import { identity, kindOf, META_NAME, TYPE_NAME } from "../lab/names.js";

/** Section 6: a record is multicast once a second at most, so nobody may expect an answer sooner. */
const PAUSE_MS = 1150;

export function question(name, type) {
  return { name, type, class: 1, unicast: false };
}

export const ASK_TYPE = question(TYPE_NAME, TYPE.PTR);
export const ASK_META = question(META_NAME, TYPE.PTR);

/** What the device has announced: its records of each sort, the newest. */
export function recordsOf(lab) {
  const find = (isIt) => lab.peer.records.findLast((record) => record.ttl > 0 && isIt(record));
  const ofKind = (type, kind) => find((record) => record.type === type && kindOf(record.name) === kind);
  return {
    ptr: find(({ type, name }) => type === TYPE.PTR && name.equals(TYPE_NAME)),
    srv: ofKind(TYPE.SRV, "instance"),
    txt: ofKind(TYPE.TXT, "instance"),
    address: ofKind(lab.family === 4 ? TYPE.A : TYPE.AAAA, "host"),
  };
}

/** Asks, and returns the device's answers, each with `after`, the time since the question in ms. */
export async function ask(lab, message, { forMs = 900 } = {}) {
  const packets = await lab.asked(async () => {
    await lab.peer.quiet(PAUSE_MS, 5000);
    await lab.peer.say({ kind: "query", ...message });
    await wait(forMs);
  });
  return answersTo(packets);
}

/** Asks the same so many times, and returns the first answer to each that has a record; none where none came. */
export async function askOften(lab, message, count, isIt) {
  const packets = await lab.asked(async () => {
    for (let asked = 0; asked < count; asked++) {
      lab.peer.forget();
      await lab.peer.say({ kind: "query", ...message });
      await lab.peer.until(() => lab.peer.heard.some((heard) => heard.answers.some(isIt)), PAUSE_MS);
      await wait(20); // Several questions may be answered by several messages.
      await lab.peer.quiet(PAUSE_MS + Math.random() * 50, 5000);
    }
  });
  return rounds(packets).map((round) => answersTo(round).find((answer) => has(answer, isIt)));
}

/** Cuts what passed before each of our questions. */
function rounds(packets) {
  const starts = packets.flatMap(({ isOurs }, index) => (isOurs ? [index] : []));
  return starts.map((start, index) => packets.slice(start, starts[index + 1]));
}

function answersTo(packets) {
  const asked = packets.findLast(({ isOurs }) => isOurs);
  const isAnswer = ({ isOurs, message }) => !isOurs && message.kind === "response";
  return packets
    .filter((packet) => asked && isAnswer(packet) && packet.time >= asked.time)
    .map((packet) => ({ ...packet, after: packet.time - asked.time }));
}

export function has({ message }, isIt) {
  return message.answers.some((record) => record.ttl > 0 && isIt(record));
}

export function sameAs(wanted) {
  const key = identity(wanted);
  return (record) => identity(record) === key;
}

/** The record as a known answer, with this share of its life left. */
export function known(record, share) {
  return { ...record, flush: false, ttl: Math.floor(record.ttl * share) };
}

/** Questions that nobody here can answer. */
export function strangers(count) {
  return Array.from({ length: count }, (_, index) =>
    question(TYPE_NAME.withoutFirst().withoutFirst().prepend("_tcp").prepend(`_stranger${index}`), TYPE.PTR),
  );
}
