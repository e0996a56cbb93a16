/** B-10 to B-19: how the device comes by its names. Each stage starts it anew. */
import { TYPE } from "earshot/mdns";
import { eventsOf } from "../lab/events.js";
import { kindOf, OFFER, TYPE_NAME } from "../lab/names.js";
import {
  fail,
  judgeAnnouncements,
  judgeCompletion,
  judgeDenials,
  judgeDistance,
  judgeRate,
  judgeTieBreaks,
  ms,
  pass,
  together,
  warn,
} from "./judging.js";
import * as limits from "./thresholds.js";

/** Who is denied so often may rest for a minute, each time. */
const PATIENCE_MS = 150_000;
/** Fifteen, and two more to see the pace after them. */
const DENIALS = Array.from({ length: limits.DENIALS + 2 }, () => "deny");

export const probing = {
  async undisturbed(lab) {
    const packets = await lab.startSettled();
    const host = eventsOf(packets, "host");
    const instance = eventsOf(packets, "instance");
    tell(lab, "B-10", judgeInitial(host));
    tell(lab, "B-14", judgeDistance(host));
    tell(lab, "B-16", judgeCompletion(host));
    tell(lab, "B-17", together(hostAnnouncements(packets)));
    tell(lab, "B-18", judgeService(host, instance));
    tell(lab, "B-19", judgeDistance(instance), judgeCompletion(instance), ...instanceAnnouncements(packets));
  },

  async tieBreaks(lab) {
    const host = eventsOf(await lab.startSettled({ host: ["beat"] }), "host");
    tell(lab, "B-11", judgeTieBreaks(host), judgeCompletion(host));
    const instance = eventsOf(await lab.startSettled({ instance: ["beat"] }), "instance");
    tell(lab, "B-19", judgeTieBreaks(instance), judgeCompletion(instance));
  },

  async hostDenials(lab) {
    const host = eventsOf(await lab.startSettled({ host: DENIALS }, PATIENCE_MS), "host");
    tell(lab, "B-12", judgeDenials(host, limits.DENIALS), judgeCompletion(host));
    tell(lab, "B-13", judgeRate(host));
  },

  async serviceDenials(lab) {
    const instance = eventsOf(await lab.startSettled({ instance: DENIALS }, PATIENCE_MS), "instance");
    tell(lab, "B-19", judgeDenials(instance, limits.DENIALS), judgeRate(instance), judgeCompletion(instance));
  },

  async wins(lab) {
    const packets = await lab.startSettled({ host: ["yield"], instance: ["yield"] });
    const host = eventsOf(packets, "host");
    const instance = eventsOf(packets, "instance");
    tell(lab, "B-15", judgeWin(host), judgeCompletion(host));
    tell(lab, "B-16", judgeCompletion(host));
    tell(lab, "B-17", ...hostAnnouncements(packets));
    tell(lab, "B-19", judgeWin(instance), judgeCompletion(instance), ...instanceAnnouncements(packets));
  },
};

export function tell(lab, row, ...judgements) {
  const { verdict, said } = together(judgements);
  lab.find(row, verdict, said);
}

export function hostAnnouncements(packets) {
  const isAddress = ({ type, name }) => (type === TYPE.A || type === TYPE.AAAA) && kindOf(name) === "host";
  return [judgeAnnouncements(packets, "the address", isAddress)];
}

export function instanceAnnouncements(packets) {
  const isOf = (type) => (record) => record.type === type && kindOf(record.name) === "instance";
  return [
    judgeAnnouncements(packets, "SRV", isOf(TYPE.SRV)),
    judgeAnnouncements(packets, "TXT", isOf(TYPE.TXT)),
    judgeAnnouncements(packets, "PTR", ({ type, name }) => type === TYPE.PTR && name.equals(TYPE_NAME)),
  ];
}

function judgeInitial(events) {
  const probe = events.find(({ what }) => what === "probe");
  if (!probe) return fail("no probe for the host name");
  const said = `first probe for ${probe.name}`;
  return probe.name.first.toLowerCase() === OFFER.host ? pass(said) : warn(said);
}

function judgeService(host, instance) {
  const first = host.find(({ what }) => what === "probe");
  const probe = instance.find(({ what }) => what === "probe");
  const announced = instance.find(({ what }) => what === "announcement");
  if (!probe || !announced) return fail(`the service name was never ${probe ? "announced" : "probed for"}`);
  const delay = probe.time - (first?.time ?? probe.time);
  const said = `probed for ${ms(delay)} ms after the host name, announced after ${ms(announced.time - probe.time)} ms`;
  if (delay > limits.SERVICE_DELAY.never) return fail(said);
  return delay > limits.SERVICE_DELAY.most || delay < -limits.PROBE_GAP.never ? warn(said) : pass(said);
}

/** Who wins a tie-break goes on as if nothing was: the same name, and no pause. */
export function judgeWin(events) {
  const rival = events.find(({ what }) => what === "rival");
  const next = rival && events.find(({ what, time }) => what !== "rival" && time > rival.time);
  if (!next) return fail(rival ? "fell silent" : "no probe came that could be opposed");
  const gap = next.time - rival.time;
  if (!next.name.equals(rival.name)) return fail(`took ${next.name} though its data win`);
  return gap > limits.ANEW
    ? warn(`waited ${ms(gap)} ms though its data win`)
    : pass(`went on after ${ms(gap)} ms`);
}
