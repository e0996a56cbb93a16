import { describe, expect, test } from "vitest";
import type { SsdpEvent } from "../../src/ssdp/events.ts";
import { DEVICE, msearch, PEER, Rig, UDN, V4, V6 } from "./rig.ts";

const OFFER = {
  location: "http://{address}:8200/rootDesc.xml",
  root: { type: DEVICE, udn: UDN, services: ["urn:schemas-upnp-org:service:ContentDirectory:1"] },
};

function device(options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig({ answerByTcp: true, ...options });
  rig.offer(OFFER);
  rig.advance(5000);
  rig.forget();
  return rig;
}

const byTcp = (port: string, headers: Record<string, string | undefined> = {}) =>
  msearch({ "TCPPORT.UPNP.ORG": port, ...headers });

type TcpAnswer = Extract<SsdpEvent, { kind: "tcp-answer" }>;

const connections = (rig: Rig) =>
  rig.events.filter((event): event is TcpAnswer => event.kind === "tcp-answer");

const text = (answer: TcpAnswer | undefined) => new TextDecoder().decode(answer?.bytes);

describe("UD-041 answers over TCP", () => {
  test("all of them leave at once, MX or not, on one connection to who asked, and nothing by UDP", () => {
    const rig = device();
    rig.hear(byTcp("50000", { MX: "5" }), { port: 40_000 });
    const [answer, ...more] = connections(rig);
    expect(more).toEqual([]);
    expect(answer?.to).toEqual({ address: PEER, port: 50_000 });
    expect(answer?.link.id).toBe(V4.id);
    const heads = text(answer).split("\r\n\r\n");
    expect(heads.pop()).toBe("");
    expect(heads.map((head) => head.split("\r\n")[0])).toEqual(Array(4).fill("HTTP/1.1 200 OK"));
    expect(heads.map((head) => /^USN: (.*)$/m.exec(head)?.[1]).sort()).toEqual(
      [
        UDN,
        `${UDN}::upnp:rootdevice`,
        `${UDN}::${DEVICE}`,
        `${UDN}::urn:schemas-upnp-org:service:ContentDirectory:1`,
      ].sort(),
    );
    expect(text(answer)).toContain("LOCATION: http://192.168.1.10:8200/rootDesc.xml\r\n");
    rig.advance(10_000);
    expect(rig.sent).toEqual([]);
  });

  test("over IPv6 the connection goes to the address that asked, with our LOCATION of its scope", () => {
    const rig = device({ links: [V4, V6] });
    rig.hear(byTcp("50000", { ST: UDN }), { link: V6, address: "fe80::99" });
    expect(connections(rig).map(({ to, link }) => [to.address, link.id])).toEqual([["fe80::99", V6.id]]);
    expect(text(connections(rig)[0])).toContain("LOCATION: http://[fe80::10]:8200/rootDesc.xml\r\n");
  });

  test.each(["0", "22", "1900", "49151", "65536", "-1", "5e4", "0xC350", "", "50000, 50001"])(
    "S-53 TCPPORT %j names no port that it may name: the answer comes by UDP, as if it were not there",
    (port) => {
      const rig = device();
      rig.hear(byTcp(port, { ST: UDN }));
      rig.advance(5000);
      expect(connections(rig)).toEqual([]);
      expect(rig.sent).toHaveLength(1);
    },
  );

  test.each(["49152", "65535", "0049152"])("the ports of the range are taken, such as %s", (port) => {
    const rig = device();
    rig.hear(byTcp(port, { ST: UDN }));
    expect(connections(rig).map(({ to }) => to.port)).toEqual([Number(port)]);
  });

  test("S-53 it is off unless asked for: the header is ignored", () => {
    const rig = device({ answerByTcp: false });
    rig.hear(byTcp("50000", { ST: UDN }));
    rig.advance(5000);
    expect(connections(rig)).toEqual([]);
    expect(rig.sent.map(({ to }) => to)).toEqual([{ address: PEER, port: 1900 }]);
  });

  test("S-53 a source that is on no prefix of the link is not connected to, nor is a broadcast address", () => {
    const rig = device();
    for (const address of ["203.0.113.9", "192.168.2.20", "127.0.0.1", "192.168.1.255", "255.255.255.255"]) {
      rig.hear(byTcp("50000"), { address });
    }
    rig.advance(6000);
    expect(connections(rig)).toEqual([]);
    expect(rig.sent).toEqual([]);
    expect(rig.engine.counts.dropped.get("tcp-answer-off-link")).toBe(5);
  });

  test("S-53 one address gets one connection in 5 seconds, whatever ports it names, and no retry", () => {
    const rig = device();
    const start = rig.now;
    const at: number[] = [];
    for (let i = 0; i < 200; i++) {
      rig.hear(byTcp(String(49_152 + i)), { port: 1024 + i });
      if (connections(rig).length > at.length) at.push(rig.now - start);
      rig.advance(100);
    }
    expect(at).toEqual([0, 5000, 10_000, 15_000]);
    expect(rig.sent, "what is refused to one address is not answered by UDP either").toEqual([]);
  });

  test("S-53 all addresses together get 16 connections at once and 10 a second, the others are answered by UDP", () => {
    const rig = device();
    for (let i = 0; i < 250; i++) rig.hear(byTcp("50000"), { address: `192.168.1.${i}` });
    expect(connections(rig)).toHaveLength(16);
    for (let i = 0; i < 16; i++) rig.engine.tcpAnswerOver();
    rig.advance(1000);
    expect(rig.sent.length).toBeGreaterThan(0);
    for (let i = 0; i < 250; i++) rig.hear(byTcp("50000"), { address: `192.168.1.${i}` });
    expect(connections(rig)).toHaveLength(26);
  });

  test("S-53 while 16 connections are under way, who asks is answered by UDP; one that is over makes room", () => {
    const rig = device();
    for (let i = 0; i < 16; i++) rig.hear(byTcp("50000"), { address: `192.168.1.${100 + i}` });
    rig.advance(60_000);
    rig.hear(byTcp("50000", { ST: UDN }), { port: 40_000 });
    rig.advance(5000);
    expect(connections(rig)).toHaveLength(16);
    expect(rig.sent.map(({ to }) => to)).toEqual([{ address: PEER, port: 40_000 }]);
    rig.engine.tcpAnswerOver();
    rig.hear(byTcp("50000", { ST: UDN }), { port: 40_000 });
    expect(connections(rig)).toHaveLength(17);
  });

  test("S-53 strangers who ask all the time leave an honest one unanswered at no time", () => {
    const rig = device();
    for (let second = 0; second < 20; second++) {
      for (let i = 0; i < 20; i++) {
        rig.advance(50);
        rig.hear(byTcp("50000", { ST: UDN }), { address: `192.168.1.${30 + ((second * 20 + i) % 200)}` });
        rig.engine.tcpAnswerOver();
      }
    }
    rig.forget();
    rig.hear(byTcp("50001", { ST: UDN }), { address: "192.168.1.250", port: 45_000 });
    rig.advance(5000);
    const byUdp = rig.sent.filter(({ to }) => typeof to === "object" && to.address === "192.168.1.250");
    expect(connections(rig).length + byUdp.length).toBe(1);
  });

  test("what is no proper search, or not for us, makes no connection", () => {
    const rig = device();
    rig.hear(byTcp("50000", { MAN: undefined }));
    rig.hear(byTcp("50000", { ST: undefined }));
    rig.hear(byTcp("50000", { MX: undefined }));
    rig.hear(byTcp("50000", { ST: "urn:x:device:Other:1" }));
    rig.hear(byTcp("50000", { ST: UDN }), { to: "host" });
    expect(connections(rig)).toEqual([]);
    expect(rig.sent, "sent to us alone it is a unicast search, which knows no TCPPORT").toHaveLength(1);
  });
});
