import { describe, expect, test } from "vitest";
import {
  type DnsMessage,
  decodeMessage,
  encodeMessage,
  Name,
  type Question,
  TYPE,
} from "../../src/mdns/index.ts";
import { Driver } from "../../src/network/index.ts";
import { Lan, MdnsCrowd, type MdnsCrowdOptions } from "../../src/testing/index.ts";

const GROUP = { address: "224.0.0.251", port: 5353 };
const ASKER = "10.0.0.9";
const CROWD = Name.parse("_crowd._tcp.local");

function scene(options: MdnsCrowdOptions) {
  const lan = new Lan({ seed: 1 });
  const crowd = new MdnsCrowd(options);
  const driver = new Driver(lan.addHost("crowd", crowd.host), crowd, { deliver: () => {} });
  lan.addHost("asker", { addresses: [`${ASKER}/16`] });
  lan.advance(0);
  const capture = lan.capture();
  const ask = (
    name: Name,
    type: number,
    message: Partial<DnsMessage> & { unicast?: boolean; port?: number } = {},
  ): void => {
    const { unicast = false, port = 5353, ...rest } = message;
    const questions: Question[] = [{ name, type, class: 1, unicast }];
    lan.inject({
      from: { address: ASKER, port },
      to: GROUP,
      bytes: encodeMessage({ ...rest, kind: "query", questions }),
    });
    lan.advance(200);
  };
  const answers = () =>
    capture.datagrams.flatMap(({ bytes, from, to }) => {
      const message = decodeMessage(bytes);
      return message.kind === "response" ? [{ from: from.address, to: to.address, message }] : [];
    });
  return { lan, crowd, driver, ask, answers };
}

describe("a crowd of services", () => {
  test("answers for its type with a message of each, from its own address, with all that will be asked next", () => {
    const { crowd, ask, answers } = scene({ services: 300 });
    ask(CROWD, TYPE.PTR);
    expect(new Set(answers().map(({ from }) => from))).toEqual(
      new Set(crowd.services.map((one) => one.addresses[4])),
    );
    expect(answers()).toHaveLength(300);
    for (const { to, message } of answers()) {
      expect([to, message.violations, message.answers.map(({ type }) => type)]).toEqual([
        GROUP.address,
        [],
        [TYPE.PTR],
      ]);
      expect(message.additionals.map(({ type }) => type)).toEqual([TYPE.SRV, TYPE.TXT, TYPE.A, TYPE.AAAA]);
    }
    expect(crowd.counts).toEqual({ queries: 1, answers: 300 });
  });

  test("answers only what it is asked without additional records", () => {
    const { crowd, ask, answers } = scene({ services: 20, additionals: false });
    const { name, host, port, addresses } = crowd.services[7] as (typeof crowd.services)[number];
    ask(CROWD.prepend(name), TYPE.SRV);
    ask(Name.parse(host), TYPE.A);
    ask(Name.parse(host), TYPE.TXT);
    ask(Name.parse("other.local"), TYPE.A);
    expect(
      answers().map(({ message }) => [...message.answers, ...message.additionals].map(({ data }) => data)),
    ).toEqual([
      [expect.objectContaining({ kind: "SRV", port, target: Name.parse(host) })],
      [{ kind: "A", address: addresses[4] }],
    ]);
  });

  test("heeds what is known, answers by unicast where that is welcome, and not who is no mDNS querier or probes", () => {
    const { crowd, ask, answers } = scene({ services: 5 });
    const target = CROWD.prepend(crowd.services[0]?.name ?? "");
    const known = {
      name: CROWD,
      type: TYPE.PTR,
      class: 1,
      flush: false,
      ttl: 4500,
      data: { kind: "PTR", target },
    } as const;
    ask(CROWD, TYPE.PTR, { answers: [known], unicast: true });
    expect(answers().map(({ to }) => to)).toEqual([ASKER, ASKER, ASKER, ASKER]);
    ask(CROWD, TYPE.PTR, { port: 40_000 });
    ask(target, TYPE.ANY, { authorities: [known] });
    expect(answers()).toHaveLength(4);
  });

  test("announces and says goodbye when told to, on each link", () => {
    const { lan, crowd, driver, answers } = scene({ services: 10, hostTtlSeconds: 60 });
    driver.turn((turn) => crowd.announce(turn, 1000));
    lan.advance(1100);
    expect(answers()).toHaveLength(20);
    for (const { message } of answers())
      expect(message.answers.map(({ ttl }) => ttl)).toEqual([4500, 60, 4500, 60, 60]);
    driver.turn((turn) => crowd.sayGoodbye(turn));
    lan.advance(10);
    expect(
      answers()
        .slice(20)
        .flatMap(({ message }) => message.answers.map(({ ttl }) => ttl)),
    ).toEqual(Array(100).fill(0));
  });

  test.each([0, 1.5, 30_001])("%d services are refused", (services) => {
    expect(() => new MdnsCrowd({ services })).toThrowError(
      expect.objectContaining({ code: "INVALID_CROWD" }),
    );
  });
});
