import { describe, expect, test } from "vitest";
import { STANDING_SEARCH_EVERY } from "../../src/ssdp/timing.ts";
import {
  alive,
  byebye,
  DEVICE,
  hearSet,
  msearch,
  PEER,
  Rig,
  ROOT,
  response,
  SERVICE,
  type Sent,
  TYPED,
  UDN,
  V4,
} from "./rig.ts";

const header = (sent: Sent, name: string) => sent.message.headers.get(name);
const OFFER = { location: "http://{address}:80/", root: { type: DEVICE, udn: UDN, services: [SERVICE] } };

function answersTo(rig: Rig, headers: Record<string, string | undefined>): (readonly [string, string])[] {
  rig.forget();
  rig.hear(msearch(headers));
  rig.advance(6000);
  return rig.sent.map((sent) => [header(sent, "ST") ?? "", header(sent, "USN") ?? ""] as const);
}

function offering(options: ConstructorParameters<typeof Rig>[0]): Rig {
  const rig = new Rig(options);
  rig.offer(OFFER);
  rig.advance(5000);
  return rig;
}

describe("programs that search", () => {
  test("quirk S39 whoever needs it gets the root device with every answer, once", () => {
    const always = offering({ alwaysReplyWithRootDevice: true });
    const root = ["upnp:rootdevice", ROOT] as const;
    expect(answersTo(always, { ST: "urn:x:device:Other:1" })).toEqual([root]);
    expect(answersTo(always, { ST: "upnp:rootdevice" })).toEqual([root]);
    expect(answersTo(always, { ST: SERVICE }).sort()).toEqual([root, [SERVICE, `${UDN}::${SERVICE}`]].sort());
    expect(answersTo(always, { ST: "ssdp:all" })).toHaveLength(4);
    expect(answersTo(always, { ST: "urn:x:device:Other:1", MAN: undefined }), "a search it must be").toEqual(
      [],
    );
    const usual = offering({});
    expect(answersTo(usual, { ST: "urn:x:device:Other:1" })).toEqual([]);
  });

  test("quirk S39 what is hidden stays hidden, and what is no root device does not pose as one", () => {
    const rig = new Rig({ alwaysReplyWithRootDevice: true });
    rig.offer({ ...OFFER, hidden: true });
    rig.offer({ bare: { target: "my-type", usn: "my-usn" } });
    rig.advance(5000);
    expect(answersTo(rig, { ST: "urn:x:device:Other:1" })).toEqual([]);
  });

  test("quirk S31 Windows' pnp:rootdevice without MX, and version 0 of a type, are answered in lenient mode", () => {
    const lenient = offering({ lenient: true });
    expect(answersTo(lenient, { ST: "pnp:rootdevice", MX: undefined })).toEqual([
      ["pnp:rootdevice", `${UDN}::pnp:rootdevice`],
    ]);
    const nought = SERVICE.replace(/1$/, "0");
    expect(answersTo(lenient, { ST: nought })).toEqual([[nought, `${UDN}::${nought}`]]);
    expect(answersTo(offering({}), { ST: "pnp:rootdevice" })).toEqual([]);
  });
});

/** A device that says nothing by itself and answers what it is asked, if it has it. */
function answering(
  rig: Rig,
  headers: Record<string, string>,
  answers: (st: string) => readonly string[],
): void {
  for (const sent of rig.sent.splice(0)) {
    const st = header(sent, "ST");
    if (sent.message.kind !== "search" || st === undefined) continue;
    for (const usn of answers(st)) {
      const target = usn.slice(UDN.length + 2) || UDN;
      rig.hear(response({ ST: st === "ssdp:all" ? target : st, USN: usn, ...headers }), {
        socket: "own",
        to: "host",
      });
    }
  }
}

describe("devices that answer", () => {
  test.each([
    ["120", "everything", (st: string) => (st === "ssdp:all" ? [ROOT, UDN, TYPED] : [ROOT])],
    ["100", "nothing but ssdp:all", (st: string) => (st === "ssdp:all" ? [ROOT, UDN, TYPED] : [])],
    ["30", "nothing but ssdp:all", (st: string) => (st === "ssdp:all" ? [ROOT, UDN, TYPED] : [])],
    ["1800", "its UDN and ssdp:all", (st: string) => (st === UDN || st === "ssdp:all" ? [UDN] : [])],
  ])(
    "quirk S25 one that never announces itself, with max-age %s, and answers %s, is there for hours",
    (maxAge, _, answers) => {
      const rig = new Rig();
      rig.search({ everyMs: STANDING_SEARCH_EVERY });
      for (let seconds = 0; seconds < 3 * 3600; seconds++) {
        answering(rig, { "CACHE-CONTROL": `max-age=${maxAge}` }, answers);
        rig.advance(1000);
      }
      expect(rig.told.filter((line) => line.startsWith("lost"))).toEqual([]);
      expect(rig.told.filter((line) => line.startsWith("found")).length).toBe(answers("ssdp:all").length);
    },
  );

  test("quirk S25 for those who announce themselves, and whatever max-age others claim, a search is no more frequent", () => {
    const rounds = (hear: (rig: Rig) => void): number => {
      const rig = new Rig();
      rig.search({ everyMs: STANDING_SEARCH_EVERY, copies: 1 });
      for (let seconds = 0; seconds < 3600; seconds++) {
        hear(rig);
        rig.advance(1000);
      }
      return rig.sent.filter((sent) => header(sent, "ST") === "ssdp:all" && header(sent, "MX")).length;
    };
    const brief = { "CACHE-CONTROL": "max-age=1" };
    const answer = (rig: Rig) => rig.hear(response(brief), { socket: "own", to: "host" });
    const usual = rounds(() => {});
    expect(usual).toBeLessThanOrEqual(1 + 3600 / 270);
    const announced = rounds((rig) => {
      rig.hear(alive(brief));
      answer(rig);
    });
    expect(announced).toBeLessThanOrEqual(1 + 3600 / 270);
    expect(rounds(answer), "30 seconds at the least").toBeLessThanOrEqual(1 + 3600 / 30);
  });

  test("quirk S28 an answer that comes a little less than a second after MX is still heard, one after that is not", () => {
    for (const mx of [1, 3, 5]) {
      const rig = new Rig();
      rig.search({ target: "upnp:rootdevice", mx, copies: 1 });
      rig.advance(mx * 1000 + 950);
      rig.hear(response(), { socket: "own", to: "host" });
      expect(rig.told).toContain("answer");
      rig.forget();
      rig.advance(100);
      expect(rig.told).toEqual(["search-ended"]);
      rig.hear(response(), { socket: "own", to: "host" });
      expect(rig.told.filter((line) => line === "answer")).toEqual([]);
    }
  });

  test("quirk S14 two devices with one UDN at one address are one, with both descriptions kept apart", () => {
    const rig = new Rig();
    const [one, two] = [`http://${PEER}:49000/igddesc.xml`, `http://${PEER}:49000/igd2desc.xml`];
    hearSet(rig, { LOCATION: one });
    const igd2 = "urn:schemas-upnp-org:device:InternetGatewayDevice:2";
    rig.hear(alive({ LOCATION: two, NT: igd2, USN: `${UDN}::${igd2}` }));
    const urls = (usn: string) =>
      rig.record(usn)?.sightings.flatMap(({ locations }) => locations.map(({ url }) => url));
    expect(urls(ROOT)).toEqual([one]);
    expect(urls(`${UDN}::${igd2}`)).toEqual([two]);
    expect(new Set([...rig.engine.records].map(({ udn }) => udn)).size).toBe(1);
    rig.hear(alive({ LOCATION: two }));
    expect([...(urls(ROOT) ?? [])].sort()).toEqual([one, two].sort());
    rig.forget();
    for (let i = 0; i < 20; i++) {
      rig.advance(1000);
      rig.hear(alive({ LOCATION: i % 2 ? one : two }));
    }
    expect(
      rig.told.filter((line) => /^(?:lost|found|updated)/.test(line)),
      "it does not flap",
    ).toEqual([]);
  });

  test("quirk S33 our own search, heard again, is nobody's; answers to other programs' searches are not believed", () => {
    const rig = new Rig();
    rig.search({ target: DEVICE, copies: 1 });
    const [own] = rig.sent;
    rig.hear([], { bytes: own!.bytes, address: V4.address, port: V4.ownPort });
    rig.hear(
      response({ ST: "urn:x:device:Somebody-Elses:1", USN: "uuid:other::urn:x:device:Somebody-Elses:1" }),
    );
    expect([...rig.engine.records]).toEqual([]);
    expect(rig.told).toEqual(["dropped unsolicited-response"]);
    rig.advance(60_000);
    expect(rig.sent.filter(({ message }) => message.kind !== "search")).toEqual([]);
  });

  test("quirk S33 a device that hears its own announcements takes no answer or question from them", () => {
    const rig = offering({});
    const said = [...rig.sent];
    rig.forget();
    for (const { bytes } of said) rig.hear([], { bytes, address: V4.address });
    rig.advance(10_000);
    expect(rig.sent).toEqual([]);
  });

  test.each(["0", "1", "7"])(
    "quirk S41 a BOOTID that is always %s is no change, and ends no goodbye wrongly",
    (boot) => {
      const rig = new Rig();
      for (let i = 0; i < 5; i++) {
        hearSet(rig, { "BOOTID.UPNP.ORG": boot });
        rig.advance(60_000);
      }
      expect(rig.told.filter((line) => !line.startsWith("found"))).toEqual([]);
      rig.hear(byebye({ "BOOTID.UPNP.ORG": boot }));
      expect([...rig.engine.records]).toEqual([]);
    },
  );
});
