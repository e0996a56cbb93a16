/** B-34, B-35: the operator gives the service another name. */
import { TYPE } from "earshot/mdns";
import { eventsOf } from "../lab/events.js";
import { TYPE_NAME } from "../lab/names.js";
import { fail, judgeCompletion, pass } from "./judging.js";
import { instanceAnnouncements, tell } from "./probing.js";

const NEW_NAME = "Renamed by Hand";

export const changes = {
  async rename(lab) {
    await lab.startSettled();
    const packets = await lab.stage(async () => {
      lab.peer.forget();
      await lab.rename(NEW_NAME);
      const name = TYPE_NAME.prepend(NEW_NAME);
      const isNew = (record) => record.type === TYPE.SRV && record.name.equals(name);
      await lab.peer.until(() => lab.peer.heard.some(({ answers }) => answers.some(isNew)), 15_000);
      await lab.peer.quiet(3000);
    });
    const events = eventsOf(packets, "instance");
    tell(lab, "B-34", judgeGoodbye(packets), judgeProbed(events), judgeCompletion(events));
    tell(lab, "B-35", ...instanceAnnouncements(packets));
  },
};

function judgeGoodbye(packets) {
  const said = packets.some(
    ({ isOurs, message }) =>
      !isOurs &&
      message.kind === "response" &&
      message.answers.some(({ type, ttl }) => type === TYPE.PTR && ttl === 0),
  );
  return said ? pass("said goodbye for the old name") : fail("no goodbye for the old name");
}

function judgeProbed(events) {
  const probe = events.find(({ what }) => what === "probe");
  if (!probe) return fail("did not probe for the new name");
  return probe.name.first === NEW_NAME
    ? pass("probed for exactly the new one")
    : fail(`probed for ${probe.name}`);
}
