/** B-20 to B-23, B-36 and B-43: names that are contested when they are established already, and once more in other cases. */
import { TYPE } from "earshot/mdns";
import { eventsOf } from "../lab/events.js";
import { inOtherCase, isShiftable, kindOf, shifted } from "../lab/names.js";
import { fail, judgeCompletion, judgeDenials, judgeTieBreaks, ms, pass, together, warn } from "./judging.js";
import { hostAnnouncements, instanceAnnouncements, judgeWin, tell } from "./probing.js";

const CABLE_MS = 10_000;
/** How long a device may think about a conflict. */
const THINKING_MS = 10_000;

export const conflicts = {
  async host(lab) {
    await lab.startSettled();
    tell(lab, "B-20", await contested(lab, "host", {}));
    const packets = await contest(lab, "host", { host: ["deny"] });
    tell(lab, "B-21", judgeRenamed(eventsOf(packets, "host")), ...hostAnnouncements(packets));
  },

  async service(lab) {
    await lab.startSettled();
    tell(lab, "B-22", await contested(lab, "instance", {}));
    const packets = await contest(lab, "instance", { instance: ["deny"] });
    tell(lab, "B-22", judgeRenamed(eventsOf(packets, "instance")), ...instanceAnnouncements(packets));
  },

  /** Ten seconds without a cable, and then the whole course in one. */
  async hotPlug(lab) {
    await lab.startSettled();
    const calm = await lab.stage(() => replug(lab, {}));
    const host = eventsOf(calm, "host");
    const instance = eventsOf(calm, "instance");
    tell(lab, "B-36", judgeCompletion(host), judgeCompletion(instance), ...hostAnnouncements(calm));
    const course = ["beat", "deny", "deny", "yield"];
    const rough = await lab.stage(() => replug(lab, { host: course, instance: course }));
    tell(lab, "B-36", ...judgeCourse(rough, "host"), ...judgeCourse(rough, "instance"));
    tell(lab, "B-36", await contested(lab, "host", {}), await contested(lab, "instance", {}));
  },

  async mixedCase(lab) {
    const course = ["beat", "deny"];
    const packets = await lab.startSettled({ host: course, instance: course, isMixed: true });
    tell(lab, "B-43", ...judgeCourse(packets, "host", 1), ...judgeCourse(packets, "instance", 1));
    const lost = await lab.startSettled({ host: ["yield"], instance: ["yield"], isMixed: true });
    tell(lab, "B-43", judgeWin(eventsOf(lost, "host")), judgeWin(eventsOf(lost, "instance")));
    tell(lab, "B-43", await contested(lab, "host", { isMixed: true }));
  },
};

async function replug(lab, plan) {
  lab.peer.plan({});
  await lab.interrupt(CABLE_MS);
  lab.peer.forget();
  lab.peer.plan(plan);
  await lab.settled(40_000);
}

function judgeCourse(packets, kind, denials = 2) {
  const events = eventsOf(packets, kind);
  const tieBreak = events.findIndex(({ what }) => what === "deny");
  return [
    judgeTieBreaks(tieBreak < 0 ? events : events.slice(0, tieBreak)),
    judgeDenials(events, denials),
    judgeCompletion(events),
  ];
}

/** Contests an established name, and says nothing more: the device must ask again, and then it is still its own. */
async function contested(lab, kind, plan) {
  return judgeDefence(eventsOf(await contest(lab, kind, plan), kind));
}

/** Announces other data of an established name, and then does as planned. Returns what passed. */
function contest(lab, kind, plan) {
  return lab.stage(async () => {
    await lab.peer.quiet(1200);
    const record = established(lab, kind);
    lab.peer.forget();
    lab.peer.plan(plan);
    if (!record) return;
    const name = plan.isMixed ? inOtherCase(record.name) : record.name;
    await lab.peer.say({
      kind: "response",
      answers: [{ ...shifted(record, 1), name, flush: true, ttl: 120 }],
    });
    await lab.peer.until(() => lab.peer.heard.length > 0, THINKING_MS);
    await lab.settled(THINKING_MS, [kind]);
  });
}

/** The record that a name of this kind was last announced with. */
function established(lab, kind) {
  const { records } = lab.peer;
  const isIt = (record) => record.ttl > 0 && kindOf(record.name) === kind && isShiftable(record);
  const ofType = (type) => records.findLast((record) => isIt(record) && record.type === type);
  return kind === "instance" ? ofType(TYPE.SRV) : (ofType(TYPE.A) ?? ofType(TYPE.AAAA));
}

function judgeDefence(events) {
  const conflict = events.findIndex(({ what }) => what === "deny");
  if (conflict < 0) return fail("nothing was announced that could be contested");
  const { name, time } = events[conflict];
  const after = events.slice(conflict + 1).filter(({ what }) => what === "probe" || what === "announcement");
  const first = after[0];
  if (!first) return fail("neither probed nor answered");
  const said = `${first.what === "probe" ? "probed" : "answered"} after ${ms(first.time - time)} ms`;
  if (!first.name.equals(name)) return warn(`${said}, for another name at once`);
  const again = after.some((event) => event.what === "announcement" && event.name.equals(name));
  if (!again) return fail(`${said}, but did not defend its name`);
  return first.what === "probe"
    ? together([pass(`${said} for its name, and announced it again`), judgeCompletion(events)])
    : warn(`${said} with its own data, without asking first`);
}

function judgeRenamed(events) {
  const denied = events.findLast(({ what }) => what === "deny");
  const last = events.findLast(({ what }) => what === "announcement");
  if (!denied || !last) return fail("no new name was announced");
  if (last.name.equals(denied.name)) return fail(`still announces ${last.name}`);
  return together([pass("left the name that was denied, announced another"), judgeCompletion(events)]);
}
