import { describe, expect, test } from "vitest";
import type { Binding } from "../../src/core/engine.ts";
import type { Finding } from "../../src/network/diagnosis.ts";
import { examine } from "../../src/node/doctor.ts";
import type { Examination } from "../../src/node/doctor-trial.ts";
import { Lan } from "../../src/testing.ts";
import { binding } from "./support.ts";

function shortly(findings: readonly Finding[]): string[] {
  return findings.map(({ level, subject, says }) => `${level} ${subject}: ${says}`);
}

const mdnsBinding: Binding = {
  port: 5353,
  groups: { 4: ["224.0.0.251"], 6: ["ff02::fb"] },
  hops: 255,
  speaksFromPort: true,
};

describe("an examination", () => {
  const encoder = new TextEncoder();
  let probes = 0;
  const examination: Examination = {
    binding: binding({ groups: { 4: ["239.255.255.250"], 6: ["ff02::c"] } }),
    probe: ({ port }) => encoder.encode(`probe ${++probes} to ${port}`),
    question: () => encoder.encode("who is there?"),
    waitMs: 2000,
  };
  /** Somebody who answers questions, or only talks to the group. */
  const neighbour = (lan: Lan, answers: boolean): void => {
    const host = lan.addHost("neighbour");
    const channel = host.open(examination.binding, {
      datagram: ({ from, link, bytes }) => {
        if (new TextDecoder().decode(bytes) !== "who is there?") return;
        const to = answers ? from : ("group" as const);
        channel.send({ bytes: encoder.encode("I am"), to, link, socket: "own" });
      },
      links: () => {},
      fault: () => {},
    });
  };

  test("hears itself on each link, and who answers", async () => {
    const lan = new Lan({ seed: 1 });
    neighbour(lan, true);
    const diagnosis = await lan.until(examine(lan.addHost("patient"), [examination]));
    expect(diagnosis.isWell).toBe(true);
    expect(shortly(diagnosis.findings).filter((line) => line.includes("eth0/4"))).toEqual([
      expect.stringMatching(/^ok eth0\/4: is chosen/),
      "ok eth0/4: what is sent to the group 239.255.255.250 is heard",
      "ok eth0/4: what is sent to this machine directly is heard",
      "ok eth0/4: 1 host answered a search",
    ]);
  });

  test.each([
    [0, []],
    [
      700,
      [
        "eth0/4: what this machine itself sends to the group 239.255.255.250 does not come back to it, so nothing of others will come either",
        "eth0/4: what is sent to 10.0.0.1 directly, as answers to searches are, is not heard",
      ],
    ],
  ])("ended after %i ms, it finds no more wrong than it could know by then", async (ms, wrong) => {
    const lan = new Lan({ seed: 1, loss: 1 });
    const host = lan.addHost("patient", { addresses: ["10.0.0.1/16"] });
    const deaf: typeof host = new Proxy(host, {
      get: (_, name) => {
        if (name !== "open") return Reflect.get(host, name);
        return (...[binding, listener]: Parameters<typeof host.open>) =>
          host.open(binding, { ...listener, datagram: () => {} });
      },
    });
    const stop = new AbortController();
    const ended = examine(deaf, [{ ...examination, signal: stop.signal }]);
    await lan.until(new Promise<void>((resolve) => void host.clock.at(host.clock.now() + ms, resolve)));
    stop.abort();
    const before = host.clock.now();
    const { findings } = await lan.until(ended);
    expect(host.clock.now() - before).toBeLessThan(300);
    const told = findings.filter(({ level }) => level === "problem");
    expect(told.map(({ subject, says }) => `${subject}: ${says}`)).toEqual(wrong);
    expect(findings.at(-1)).toEqual({
      level: "note",
      subject: "this machine",
      says: "listening was ended early: whoever was not heard by then may be there",
    });
    expect(findings.map(({ says }) => says).join()).not.toContain("nobody else was heard");
  });

  test("of several protocols tells what they have in common once, and what they have not of each", async () => {
    const lan = new Lan({ seed: 1 });
    neighbour(lan, true);
    const mdns = { ...examination, binding: mdnsBinding };
    const { findings } = await lan.until(examine(lan.addHost("patient"), [examination, mdns]));
    const lines = shortly(findings).filter((line) => line.includes("eth0/4"));
    expect(lines.filter((line) => line.includes("is chosen"))).toHaveLength(1);
    expect(lines).toContain("ok eth0/4: 1 host answered a search");
    expect(lines).toContain("ok eth0/4: what is sent to the group 224.0.0.251 is heard");
    const lonely = await lan.until(examine(lan.addHost("lonely", { interfaces: [] }), [examination, mdns]));
    expect(lonely.findings).toHaveLength(1);
  });

  test("tells who speaks from who answers", async () => {
    const lan = new Lan({ seed: 1 });
    neighbour(lan, false);
    const { findings } = await lan.until(examine(lan.addHost("patient"), [examination]));
    expect(findings.filter(({ level }) => level === "warning")).toHaveLength(2);
  });

  test("sends each probe again while it did not come, and no more when it did", async () => {
    const lan = new Lan({ seed: 1 });
    const capture = lan.capture();
    await lan.until(examine(lan.addHost("patient", { addresses: ["10.0.0.1/16"] }), [examination]));
    const texts = capture.datagrams.map(({ bytes }) =>
      new TextDecoder().decode(bytes).replace(/\d+ to/, "to"),
    );
    expect(texts.filter((text) => text === "probe to 1900")).toHaveLength(1);
    expect(texts.filter((text) => text === "who is there?")).toHaveLength(1);
  });

  describe("of a protocol that speaks from its port", () => {
    const mdns = { ...examination, binding: mdnsBinding };
    const said = async (isShared: boolean): Promise<string[]> => {
      const lan = new Lan({ seed: 1 });
      const host = lan.addHost("patient");
      if (isShared) host.blockPort(5353);
      const { findings } = await lan.until(examine(host, [mdns]));
      return shortly(findings).filter((line) => line.includes("eth0/4"));
    };

    test("says that answers come to that port", async () => {
      expect(await said(false)).toEqual([
        expect.stringMatching(/^ok eth0\/4: is chosen/),
        "ok eth0/4: what is sent to the group 224.0.0.251 is heard",
        "ok eth0/4: what is sent to this machine directly at port 5353 is heard",
        "note eth0/4: nobody else was heard on the group 224.0.0.251 within 2 s",
      ]);
    });

    test("F-19 says where they reach another program, and that the group is heard all the same", async () => {
      expect(await said(true)).toEqual([
        expect.stringMatching(/^ok eth0\/4: is chosen/),
        "ok eth0/4: what is sent to the group 224.0.0.251 is heard",
        expect.stringMatching(
          /^note eth0\/4: what is sent to 10\.0\.0\.1 at port 5353 directly reaches another program/,
        ),
        "note eth0/4: nobody else was heard on the group 224.0.0.251 within 2 s",
      ]);
    });

    test("counts who speaks on the group, for that is where they answer", async () => {
      const lan = new Lan({ seed: 1 });
      const other = lan.addHost("other");
      const channel = other.open(mdnsBinding, {
        datagram: ({ link, from, bytes }) => {
          expect(from.port).toBe(5353);
          if (new TextDecoder().decode(bytes) !== "who is there?") return;
          channel.send({ bytes: encoder.encode("I am"), to: "group", link, socket: "shared" });
        },
        links: () => {},
        fault: () => {},
      });
      const { findings } = await lan.until(examine(lan.addHost("patient"), [mdns]));
      expect(shortly(findings)).toContain("ok eth0/4: 1 host spoke on the group 224.0.0.251 within 2 s");
      expect(findings.filter(({ level }) => level === "warning")).toEqual([]);
    });
  });

  test("of a machine without a network is a diagnosis too", async () => {
    const lan = new Lan({ seed: 1 });
    const diagnosis = await lan.until(examine(lan.addHost("lonely", { interfaces: [] }), [examination]));
    expect(diagnosis).toMatchObject({
      isWell: false,
      findings: [{ level: "problem", subject: "this machine" }],
    });
  });
});
