import { describe, expect, test } from "vitest";
import { TYPE } from "../../src/mdns/record.ts";
import { instance, ptr, QuerierRig } from "./querier-rig.ts";

describe("A62-070 what another host asks need not be asked again", () => {
  function asking(): QuerierRig {
    const rig = new QuerierRig();
    rig.ask();
    rig.advance(150);
    rig.say([ptr("Office")]);
    rig.advance(200);
    expect(rig.sent).toHaveLength(1);
    return rig;
  }

  test("when it is asked within the second before, and the next interval is twice as long then, too", () => {
    const rig = asking();
    rig.hearQuery([{}]);
    rig.advance(1500);
    expect(rig.sent).toHaveLength(1);
    rig.advance(1000);
    expect(rig.sent).toHaveLength(2);
  });

  test("when it knows no more than we do", () => {
    const rig = asking();
    rig.hearQuery([{}], { known: [ptr("Office")] });
    rig.advance(1500);
    expect(rig.sent).toHaveLength(1);
  });

  test.each([
    ["it knows what we do not", [{}], { known: [ptr("Attic")] }],
    ["it may know more than it said yet", [{}], { truncated: true }],
    ["it wants the answer for itself", [{ unicast: true }], {}],
    ["it asks something else", [{ type: TYPE.ANY }, { name: instance("Office") }], {}],
    ["it asks us alone", [{}], { to: "host" as const }],
  ])("but it is asked where %s", (_, questions, how) => {
    const rig = asking();
    rig.hearQuery(questions, how);
    rig.advance(1500);
    expect(rig.sent).toHaveLength(2);
  });

  test("but it is asked where it asked long before", () => {
    const rig = asking();
    rig.advance(1100);
    rig.hearQuery([{}]);
    rig.sent.length = 0;
    rig.advance(2000);
    expect(rig.sent).toHaveLength(1);
  });
});
