import { describe, expect, test } from "vitest";
import { TYPE } from "../../src/mdns/record.ts";
import { a, PRINTER, question, ResponderRig, said, txt, V4, WLAN, words } from "./responder-rig.ts";

const INSTANCES = question("_ipp._tcp.local", TYPE.PTR);

function printer(options: ConstructorParameters<typeof ResponderRig>[0] = {}): ResponderRig {
  const rig = new ResponderRig(options);
  rig.have(PRINTER);
  return rig;
}

/** How long after now each message goes, and what it answers. */
function within(rig: ResponderRig, ms: number): (readonly [number, string[]])[] {
  const start = rig.now;
  rig.advance(ms);
  return rig.heard().map(({ at, message }) => [at - start, message.answers.map(words)]);
}

describe("Defence of names", () => {
  const PROBE = question("host.local", TYPE.ANY);
  const theirs = { authorities: [said(a("host.local", "192.168.1.77"))] };

  test("A62-079 A62-041 a probe for a name of ours is answered at once, also among other questions", () => {
    const rig = printer();
    rig.ask([PROBE, INSTANCES, question("theirs.local", TYPE.ANY)], {
      authorities: [...theirs.authorities, said(a("theirs.local", "192.168.1.77"))],
    });
    expect(rig.heard().map(({ to, message }) => [to, message.answers.map(words)])).toEqual([
      ["group", ["Host.local A 192.168.1.10", "Host.local AAAA fe80::10"]],
    ]);
    expect(within(rig, 200).map(([, answers]) => answers)).toEqual([
      ["_ipp._tcp.local PTR Office._ipp._tcp.local"],
    ]);
  });

  test("A62-041 between two defences of a record are 250 ms, not a second", () => {
    const rig = printer();
    rig.ask([PROBE], theirs);
    expect(rig.heard()).toHaveLength(1);
    rig.advance(100);
    rig.ask([PROBE], theirs);
    expect(within(rig, 400)).toEqual([[150, expect.arrayContaining(["Host.local A 192.168.1.10"])]]);
    rig.ask([PROBE], theirs);
    expect(within(rig, 10)).toEqual([[0, expect.arrayContaining(["Host.local A 192.168.1.10"])]]);
  });

  test("A62-041 without a proposal in the authority section it is no probe", () => {
    const rig = printer();
    rig.ask([PROBE], theirs);
    rig.advance(300);
    rig.heard();
    rig.ask([PROBE], { authorities: [said(a("theirs.local", "192.168.1.77"))] });
    expect(within(rig, 300)).toEqual([]);
  });

  test("A62-079 a name is defended even against one who says to know it", () => {
    const rig = printer();
    rig.ask([PROBE], { ...theirs, answers: [said(a("host.local", "192.168.1.10"))] });
    expect(rig.heard()).toHaveLength(1);
  });

  test("A62-079 A62-021 a probe that asks for unicast is told by unicast every time, and all when they have not heard it lately", () => {
    const rig = printer();
    const asked = question("host.local", TYPE.ANY, "QU");
    rig.ask([asked], theirs);
    expect(rig.heard().map(({ to }) => to)).toEqual([{ address: "192.168.1.20", port: 5353 }, "group"]);
    for (let probe = 0; probe < 3; probe++) {
      rig.advance(20);
      rig.ask([asked], theirs);
      expect(rig.heard().map(({ to }) => to)).toEqual([{ address: "192.168.1.20", port: 5353 }]);
    }
    rig.advance(31_000);
    rig.ask([asked], theirs);
    expect(rig.heard().map(({ to }) => to)).toEqual([{ address: "192.168.1.20", port: 5353 }, "group"]);
  });

  test("G-22 A62-079 a name is defended before all when the prober may have no more unicast", () => {
    const rig = printer({ limits: { unicastBurstPerSource: 1, unicastPerSecondPerSource: 1 } });
    const asked = question("host.local", TYPE.ANY, "QU");
    rig.ask([asked], theirs);
    rig.heard();
    rig.advance(250);
    rig.ask([asked], theirs);
    expect(rig.heard().map(({ to }) => to)).toEqual(["group"]);
  });

  test("G-21 a flood of questions does not keep names from being defended", () => {
    const rig = new ResponderRig({ limits: { multicastPerSecond: 5 } });
    const names = Array.from({ length: 10 }, (_, index) => `h${index}.local`);
    rig.have([...names, "host.local"].map((name) => a(name, "192.168.1.10")));
    for (const name of names) rig.ask([question(name, TYPE.A)]);
    expect(rig.heard()).toHaveLength(5);
    rig.ask([PROBE], theirs);
    expect(rig.heard()).toHaveLength(1);
  });

  test("A62-119 a name is defended on every link, each by itself", () => {
    const rig = new ResponderRig({ links: [V4, WLAN] });
    rig.have([a("host.local", "192.168.1.10")], V4);
    rig.have([a("host.local", "10.0.0.10")], WLAN);
    rig.ask([PROBE], theirs);
    rig.ask([PROBE], theirs, { link: WLAN, from: { address: "10.0.0.20" } });
    expect(rig.heard().map(({ link, message }) => [link.id, message.answers.map(words)])).toEqual([
      ["eth0/4", ["host.local A 192.168.1.10"]],
      ["wlan0/4", ["host.local A 10.0.0.10"]],
    ]);
  });

  test("a name that others may share is no one's to defend: it waits its turn", () => {
    const rig = printer();
    rig.ask([question("_ipp._tcp.local", TYPE.ANY)], { authorities: [said(txt("_ipp._tcp.local", "mine"))] });
    expect(rig.heard()).toEqual([]);
    expect(within(rig, 200)).toHaveLength(1);
  });

  test("however many probes come at once, each name is defended once, and little waits", () => {
    const rig = printer();
    for (let time = 0; time < 1000; time++) rig.ask([PROBE], theirs);
    expect(rig.heard()).toHaveLength(1);
    expect(rig.ground.agenda.size).toBe(1);
    expect(within(rig, 3000)).toHaveLength(1);
  });

  test("A62-041 several names are defended each in its own time", () => {
    const rig = new ResponderRig();
    rig.have([a("one.local", "192.168.1.10"), a("two.local", "192.168.1.10")]);
    const theirs = { authorities: ["one.local", "two.local"].map((name) => said(a(name, "192.168.1.77"))) };
    const probe = (...names: string[]) =>
      rig.ask(
        names.map((name) => question(name, TYPE.ANY)),
        theirs,
      );
    probe("one.local");
    rig.advance(100);
    probe("two.local");
    rig.advance(50);
    rig.heard();
    probe("one.local", "two.local");
    expect(within(rig, 500)).toEqual([
      [100, ["one.local A 192.168.1.10"]],
      [200, ["two.local A 192.168.1.10"]],
    ]);
  });
});
