import * as limits from "./thresholds.js";

const ORDER = ["pass", "warn", "fail"];

/** The worst of some verdicts; of none, `pass`. */
export function worst(verdicts) {
  return ORDER[Math.max(0, ...verdicts.map((verdict) => ORDER.indexOf(verdict)))];
}

/** Puts together what several looks at one thing gave: the worst verdict, and all that was said, once each. */
export function together(judgements) {
  const said = [...new Set(judgements.map((each) => each.said))].join("; ");
  return { verdict: worst(judgements.map(({ verdict }) => verdict)), said };
}

export const pass = (said) => ({ verdict: "pass", said });
export const warn = (said) => ({ verdict: "warn", said });
export const fail = (said) => ({ verdict: "fail", said });

/** The completion of a name: three probes at their distance, and then the announcements, by the events of its kind. */
export function judgeCompletion(events) {
  const announced = events.findLast(({ what }) => what === "announcement");
  if (!announced) return fail("never announced");
  const { name } = announced;
  const probes = sinceOpposed(events).filter((event) => event.what === "probe" && event.name.equals(name));
  const last = events.findLast(({ what }) => what === "probe");
  if (!last?.name.equals(name)) return fail(`announced ${name}, last probed for ${last?.name ?? "nothing"}`);
  const times = probes.map(({ time }) => time);
  const isFirst = (event) =>
    event.what === "announcement" && event.name.equals(name) && event.time > times[0];
  const first = events.find(isFirst);
  const isSlowed = events.filter(({ what }) => what === "deny").length >= limits.DENIALS;
  const gap = isSlowed ? limits.SLOWED_PROBE_GAP : limits.PROBE_GAP;
  if (!first) return fail(`not announced after ${times.length} probes`);
  return together([judgeProbes(times, gap), judgeGap("then announced after", first.time - last.time, gap)]);
}

/** What happened since the tester opposed last; who won a tie-break goes on from the probe before it. */
function sinceOpposed(events) {
  const opposed = events.findLastIndex(({ what }) => what === "deny" || what === "rival");
  const next = events.slice(opposed + 1).find(({ what }) => what === "probe");
  const isAnew = opposed < 0 || !next || next.time - events[opposed].time > limits.ANEW;
  return events.slice(Math.max(0, isAnew ? opposed : opposed - 1));
}

function judgeProbes(times, { least, most, never }) {
  const gaps = gapsOf(times);
  const said = `${times.length} probes, gaps ${gaps.map(ms).join(", ") || "none"} ms`;
  if (times.length < limits.PROBES) return fail(said);
  if (gaps.some((gap) => gap > never || gap < 100)) return fail(said);
  if (times.length > limits.PROBES || gaps.some((gap) => gap < least || gap > most)) return warn(said);
  return pass(said);
}

function judgeGap(what, gap, { least, most, never }) {
  const said = `${what} ${ms(gap)} ms`;
  if (gap > never || gap < 100) return fail(said);
  return gap < least || gap > most ? warn(said) : pass(said);
}

/** The announcements of a record among the device's multicast responses: how often, how far apart. */
export function judgeAnnouncements(packets, label, isIt) {
  const times = packets
    .filter(({ isOurs, isMulticast, message }) => !isOurs && isMulticast && message.kind === "response")
    .filter(({ message }) => message.answers.some((record) => record.ttl > 0 && isIt(record)))
    .map(({ time }) => time);
  const gaps = gapsOf(times);
  const said = `${label} ${times.length} times, gaps ${gaps.map(ms).join(", ") || "none"} ms`;
  const { least, most, never } = limits.ANNOUNCEMENT_GAP;
  if (times.length < limits.ANNOUNCEMENTS || gaps[0] < never) return fail(said);
  return gaps[0] < least || gaps[0] > most ? warn(said) : pass(said);
}

/** After each rival with the better data: a pause of a second, then the same name. */
export function judgeTieBreaks(events) {
  const judgements = events.flatMap((event, index) => {
    if (event.what !== "rival") return [];
    const next = events.slice(index + 1).find(({ what }) => what === "probe" || what === "announcement");
    return [judgeTieBreak(event, next)];
  });
  return judgements.length === 0 ? fail("no probe came that could be opposed") : together(judgements);
}

function judgeTieBreak(rival, next) {
  if (!next) return fail("fell silent");
  const gap = next.time - rival.time;
  if (!next.name.equals(rival.name)) return fail(`took ${next.name} at once, after ${ms(gap)} ms`);
  if (next.what === "announcement") return fail(`announced the name all the same, after ${ms(gap)} ms`);
  const said = `probed again for the same name after ${ms(gap)} ms`;
  const { least, most } = limits.TIE_BREAK_GAP;
  if (gap < least) return fail(said);
  return gap > most ? warn(said) : pass(said);
}

/** After each denial: another name, never one that was denied before. */
export function judgeDenials(events, wanted) {
  const denied = new Set();
  let ignored = 0;
  let reused = 0;
  let stuck = 0;
  events.forEach((event, index) => {
    if (event.what !== "deny") return;
    const next = events.slice(index + 1).find(({ what }) => what === "probe" || what === "announcement");
    const isReused = next && denied.has(next.name.key);
    denied.add(event.name.key);
    if (!next) stuck++;
    else if (next.name.equals(event.name)) ignored++;
    else if (isReused) reused++;
  });
  const said = `${denied.size} names denied; ${ignored} denials ignored, ${reused} denied names used again`;
  if (stuck > 0) return fail(`${said}; fell silent`);
  if (denied.size < wanted || ignored > 1 || reused > 0) return fail(said);
  return ignored > 0 ? warn(said) : pass(said);
}

/** Once fifteen denials came within ten seconds, the probe after each waits. */
export function judgeRate(events) {
  const denials = events.filter(({ what }) => what === "deny");
  const gaps = denials.flatMap(({ time }, index) => {
    const earlier = denials[index - limits.DENIALS + 1];
    if (!earlier || time - earlier.time > limits.DENIAL_WINDOW) return [];
    const next = events.find((event) => event.what === "probe" && event.time > time);
    return next ? [next.time - time] : [];
  });
  if (denials.length < limits.DENIALS) return fail(`only ${denials.length} denials came about`);
  if (gaps.length === 0)
    return pass(`by itself never ${limits.DENIALS} tries within ${limits.DENIAL_WINDOW / 1000} s`);
  const least = Math.min(...gaps);
  const said = `after ${limits.DENIALS} denials within ${limits.DENIAL_WINDOW / 1000} s it waits ${gaps.map(ms).join(", ")} ms`;
  if (least < limits.DENIED_GAP.never) return fail(said);
  return least < limits.DENIED_GAP.least ? warn(said) : pass(said);
}

/** Whether no two probes for one name came closer than probes of one try may. */
export function judgeDistance(events) {
  const close = [];
  for (const [index, event] of events.entries()) {
    if (event.what !== "probe") continue;
    const before = events.slice(0, index).findLast(({ what }) => what === "probe");
    if (before?.name.equals(event.name)) close.push(event.time - before.time);
  }
  const least = Math.min(...close);
  if (close.length === 0) return fail("no name was probed for twice");
  const said = `probes for one name at least ${ms(least)} ms apart`;
  return least < limits.PROBE_GAP.least ? warn(said) : pass(said);
}

function gapsOf(times) {
  return times.slice(1).map((time, index) => time - times[index]);
}

export function ms(time) {
  return time < 9.95 ? time.toFixed(1) : time.toFixed(0);
}
