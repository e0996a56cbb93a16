import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { TYPE } from "../../src/mdns/record.ts";
import { address, PEER, ptr, Rig, srv, txt, V4, webServer } from "./rig.ts";

const NAME = "Web._http._tcp.local";
const FOUND = `found Web web.local:80 ${PEER}`;

describe("finding", () => {
  test("A63-008 a browse asks for PTR records of the type, and each target is an instance", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    expect(rig.mdns.asked).toEqual(["continuous PTR _http._tcp.local"]);
    rig.hear(webServer("One", { host: "one.local" }));
    rig.hear(webServer("Two", { host: "two.local", port: 8080 }));
    expect(rig.told).toEqual([`found One one.local:80 ${PEER}`, `found Two two.local:8080 ${PEER}`]);
  });

  test("A63-009 names are told unescaped, and kept apart by their full name", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear(webServer("Dr. Lee\\s"));
    rig.hear(webServer("dr. lee\\s"));
    expect(rig.last.instance).toBe("Dr. Lee\\s");
    expect(rig.last.name.labels).toEqual(["Dr. Lee\\s", "_http", "_tcp", "local"]);
    expect(rig.told).toEqual([`found Dr. Lee\\s web.local:80 ${PEER}`]);
    rig.browse("_ipp._tcp");
    const other = "Dr\\. Lee\\\\s._ipp._tcp.local";
    rig.hear([ptr("_ipp._tcp.local", other), srv(other, "web.local", 631), txt(other)]);
    expect(rig.told).toEqual([`found Dr. Lee\\s web.local:631 ${PEER}`]);
    expect([...rig.browser.found()].map(({ instance }) => instance)).toEqual(["Dr. Lee\\s", "Dr. Lee\\s"]);
  });

  test("M16 M-30 names of any bytes are told as they are", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    for (const instance of ["Büro 🖨️ (2)", 'a/b"c', "x\u001b[31m\n", "\u202eabc", "\udcff\udc80"])
      rig.hear(webServer(instance));
    expect(rig.events.map((event) => "instance" in event && event.instance.instance)).toEqual([
      "Büro 🖨️ (2)",
      'a/b"c',
      "x\u001b[31m\n",
      "\u202eabc",
      "\udcff\udc80",
    ]);
  });

  test("A63-042 F-10 the records may come one by one, in any order, minutes apart", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        fc.integer({ min: 0, max: 2900 }),
        (order, gap) => {
          const rig = new Rig();
          rig.browse("_http._tcp");
          const records = webServer();
          for (const index of order) {
            expect(rig.told).toEqual([]);
            rig.hear(records.slice(index, index + 1));
            if (rig.events.length === 0) rig.advance(gap);
          }
          expect(rig.told).toEqual([FOUND]);
        },
      ),
    );
  });

  test("F-10 with minutes between them it is told when the last one that counts is there", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    const [pointer, service, text, host] = webServer();
    rig.hear([text]);
    rig.advance(120_000);
    rig.hear([pointer]);
    rig.advance(120_000);
    rig.hear([host]);
    rig.advance(120_000);
    expect(rig.told).toEqual([]);
    rig.hear([service]);
    expect(rig.told).toEqual([FOUND]);
  });

  test("A63-041 F-11 without additional records each of the missing ones is asked for", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    const [pointer, service, text, host] = webServer();
    rig.hear([pointer]);
    expect(rig.mdns.asking).toEqual(["PTR _http._tcp.local", `SRV ${NAME}`, `TXT ${NAME}`]);
    rig.hear([service]);
    expect(rig.mdns.asking).toContain("A web.local");
    expect(rig.mdns.asking).toContain("AAAA web.local");
    rig.hear([host]);
    rig.hear([text]);
    expect(rig.told).toEqual([FOUND]);
  });

  test("A63-042 the records of one message make one change", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear(webServer().toReversed());
    expect(rig.told).toEqual([FOUND]);
    rig.advance(60_000);
    expect(rig.told).toEqual([]);
  });

  test("what is known already is used at once, and asked for only to be kept fresh", () => {
    const rig = new Rig();
    rig.hear(webServer());
    rig.browse("_http._tcp");
    expect(rig.told).toEqual([FOUND]);
    expect(rig.mdns.asking).toContain(`SRV ${NAME}`);
  });

  test("A63-014 a text that does not come within three seconds counts as empty", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    const [pointer, service, text, host] = webServer();
    rig.hear([pointer, service, host]);
    rig.advance(2999);
    expect(rig.told).toEqual([]);
    rig.advance(1);
    expect(rig.last.txt.bytes).toEqual(Uint8Array.of(0));
    expect(rig.told).toEqual([FOUND]);
    rig.hear([text]);
    rig.advance(100);
    expect(rig.last.txt.text("path")).toBe("/");
  });

  test("A63-014 a text of no bytes, of one zero byte and none at all are told alike", () => {
    const texts = [new Uint8Array(), Uint8Array.of(0), undefined].map((bytes) => {
      const rig = new Rig();
      rig.browse("_http._tcp");
      const [pointer, service, text, host] = webServer();
      rig.hear([pointer, service, host]);
      if (bytes) rig.hear([{ ...text, data: { kind: "TXT", bytes } }]);
      else rig.turn((turn) => rig.mdns.deny(Name.parse(NAME), TYPE.TXT, V4, turn));
      expect(rig.events).toHaveLength(1);
      return [...rig.last.txt.bytes];
    });
    expect(texts).toEqual([[0], [0], [0]]);
  });

  test("A63-034 port 0 is told as it is: there is no such service here", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear(webServer("Web", { port: 0 }));
    expect(rig.last.port).toBe(0);
    expect(rig.told).toEqual([`found Web web.local:0 ${PEER}`]);
  });

  test("M20 M-32 a target that is the root is nobody, and is not asked for", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear([ptr("_http._tcp.local", NAME), srv(NAME, ".", 0), txt(NAME)]);
    rig.advance(60_000);
    expect(rig.told).toEqual([]);
    expect(rig.mdns.asked.filter((ask) => ask.endsWith(" ."))).toEqual([]);
  });

  test("M-32 a target outside of .local is not asked for, but heard", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear([ptr("_http._tcp.local", NAME), srv(NAME, "web.example.com", 80), txt(NAME)]);
    expect(rig.mdns.asking.filter((ask) => ask.includes("example"))).toEqual([]);
    rig.hear([address("web.example.com", PEER)]);
    expect(rig.told).toEqual([`found Web web.example.com:80 ${PEER}`]);
  });

  test("a target that is not of the type is nobody's business", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear([ptr("_http._tcp.local", "Evil._ipp._tcp.local"), ptr("_http._tcp.local", "_http._tcp.local")]);
    rig.hear([ptr("_http._tcp.local", "router.local")]);
    expect(rig.browser.size).toBe(0);
  });

  test("A63-031 a browse for a subtype tells plain names, with the subtypes that they were found by", () => {
    const rig = new Rig();
    rig.browse("_http._tcp,_printer");
    expect(rig.mdns.asked).toEqual(["continuous PTR _printer._sub._http._tcp.local"]);
    rig.hear([ptr("_printer._sub._http._tcp.local", NAME), ...webServer().slice(1)]);
    expect(rig.last.name.toString()).toBe(NAME);
    expect(rig.last.subtypes).toEqual(["_printer"]);
    expect(rig.told).toEqual([FOUND]);
  });

  test("A63-031 found by its type and a subtype it is one, and gains the subtype", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear(webServer());
    rig.browse("_printer._sub._http._tcp");
    rig.hear([ptr("_printer._sub._http._tcp.local", NAME)]);
    rig.advance(100);
    expect(rig.last.subtypes).toEqual(["_printer"]);
    expect(rig.told).toEqual([FOUND, `updated Web web.local:80 ${PEER}`]);
    rig.gone([ptr("_http._tcp.local", NAME)], "goodbye");
    expect(rig.told).toEqual([]);
    rig.gone([ptr("_printer._sub._http._tcp.local", NAME)], "goodbye");
    expect(rig.told).toEqual(["lost Web goodbye"]);
  });
});
