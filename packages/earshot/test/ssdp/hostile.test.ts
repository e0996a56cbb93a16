import { describe, expect, test } from "vitest";
import { encodeResponse, encodeSearch } from "../../src/ssdp/dialect.ts";
import { devices, latin1 } from "./corpus.ts";
import { alive, byebye, DEVICE, hearSet, msearch, Rig, ROOT, response, UDN, V4, V6 } from "./rig.ts";
import { wireFormats } from "./wire-formats.ts";

const utf8 = new TextEncoder();

/** An engine that does all that an engine can: it announces, answers, listens, searches. */
function busy(options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig({ links: [V4, V6], answerByTcp: true, lenient: true, holdGoodbyeMs: 1000, ...options });
  rig.search({ everyMs: 60_000 });
  rig.offer({ location: "http://{address}/", root: { type: DEVICE, udn: "uuid:own" } });
  rig.advance(5000);
  rig.forget();
  return rig;
}

const lines = (...all: readonly string[]) => latin1(`${all.join("\r\n")}\r\n\r\n`);
const long = `uuid:${"A".repeat(4096)}::urn:x`;
const root = ["NTS: ssdp:alive", "NT: upnp:rootdevice", `USN: ${ROOT}`] as const;
const NOTIFY = "NOTIFY * HTTP/1.1";
const SEARCH = ["M-SEARCH * HTTP/1.1", "HOST: 239.255.255.250:1900"] as const;
const MAN = 'MAN: "ssdp:discover"';

/** Complete datagrams, each under the row of the vectors that it comes from. */
const vectors: readonly (readonly [row: string, bytes: Uint8Array])[] = [
  ["V-60 S-16 names of 4 kB", lines(NOTIFY, `NT: ${long}`, "NTS: ssdp:alive", `USN: ${long}`)],
  [
    "V-60 S-16 a USN of uuid: alone, and 2 kB",
    lines(NOTIFY, "NTS: ssdp:alive", "NT: x", `USN: uuid:${"A".repeat(2000)}`),
  ],
  ...["99999999999", "0", "-1", "1e3", "0x5", "", "5, 5"].map(
    (mx) => [`V-61 S-31 MX ${mx}`, lines(...SEARCH, MAN, `MX: ${mx}`, "ST: ssdp:all")] as const,
  ),
  ...['MAN: ""', 'MAN: "ssdp:other"', "X: y"].map(
    (man) => [`V-62 UC-19 ${man}`, lines(...SEARCH, man, "MX: 1", "ST: ssdp:all")] as const,
  ),
  ...["M-SEARCH * HTTP/1.0", "M-SEARCH *", "M-SEARCH HTTP/1.1", "M-SEARCH /x HTTP/1.1"].map(
    (start) => [`V-63 ${start}`, lines(start, MAN, "MX: 1", "ST: ssdp:all")] as const,
  ),
  ["V-64 J-11 an unknown start line", lines("X * HTTP/1.1")],
  ["V-64 J-11 an answer without headers", lines("HTTP/1.1 200 OK")],
  ["V-64 J-11 one zero", Uint8Array.of(0)],
  ["V-64 J-11 nothing at all", new Uint8Array()],
  [
    "V-65 J-05 names of object internals",
    lines(NOTIFY, '__proto__: {"polluted":1}', "constructor: x", ...root),
  ],
  ["V-67 S-36 two STs", lines(...SEARCH, MAN, "MX: 1", "ST: ssdp:all", "ST: upnp:rootdevice")],
  [
    "V-67 S-36 two LOCATIONs",
    lines(NOTIFY, ...root, "LOCATION: http://192.168.1.5/", "LOCATION: http://192.168.1.6/"),
  ],
  ["V-67 S-36 a line of 5 kB", lines(NOTIFY, ...root, `X: ${"A".repeat(5000)}`)],
  ["V-67 S-36 300 headers", lines(NOTIFY, ...root, ...Array.from({ length: 300 }, (_, i) => `X${i}: y`))],
  ["V-67 S-36 a NUL in a value", lines(NOTIFY, "NTS: ssdp:alive", "NT: a\0b", "USN: uuid:\0x")],
  ["V-68 P-02 S-27 ST (", lines(...SEARCH, MAN, "MX: 1", "ST: (")],
  ["V-68 P-02 J-16 ST (a+)+$", lines(...SEARCH, MAN, "MX: 1", "ST: (a+)+$")],
  ["V-68 P-02 ST *", lines(...SEARCH, MAN, "MX: 1", "ST: *")],
];

describe("literal vectors, through the whole engine", () => {
  test.each(vectors)("%s: nothing throws, nothing is polluted, and everybody else is served", (_, bytes) => {
    const rig = busy({ lenient: false });
    for (const to of ["group", "host"] as const) {
      for (const socket of ["shared", "own"] as const)
        rig.hear([], { bytes, to, socket, address: "192.168.1.66" });
    }
    rig.advance(10_000);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect([...rig.engine.records].length).toBeLessThanOrEqual(1);
    rig.forget();
    rig.hear(alive({ USN: "uuid:other::upnp:rootdevice" }));
    rig.hear(msearch({ ST: "uuid:own", MX: "1" }), { address: "192.168.1.77" });
    rig.advance(2000);
    expect(rig.told).toContain("found uuid:other::upnp:rootdevice");
    expect(rig.sent.filter(({ to }) => to !== "group" && to.address === "192.168.1.77")).toHaveLength(1);
  });

  test("V-61 V-62 V-63 V-68 of all these searches only the MX that is too large is one, and counts as 5", () => {
    const answered = vectors.filter(([, bytes]) => {
      const rig = busy({ lenient: false, answerByTcp: false });
      rig.hear([], { bytes, address: "192.168.1.66" });
      rig.advance(6000);
      return rig.sent.some(({ message }) => message.kind === "response");
    });
    expect(answered.map(([row]) => row)).toEqual(["V-61 S-31 MX 99999999999"]);
  });
});

describe("S-17 messages that end too early", () => {
  test("every beginning of every message that devices send goes through the whole engine", () => {
    const rig = busy();
    const all = [...wireFormats, ...devices];
    for (const { text } of all) {
      const bytes = utf8.encode(text);
      for (let length = 0; length <= bytes.length; length += 1) {
        rig.hear([], {
          bytes: bytes.subarray(0, length),
          link: length % 2 ? V4 : V6,
          address: length % 2 ? "192.168.1.66" : "fe80::66",
        });
        if (length % 50 === 0) rig.advance(100);
      }
    }
    rig.advance(3_600_000);
    expect(all.length).toBeGreaterThan(30);
    rig.forget();
    hearSet(rig);
    expect(rig.told.filter((line) => line.startsWith("found"))).toHaveLength(4);
  });
});

describe("S-29 filters", () => {
  test("answers leave from the port that was searched, or the one that is announced as SEARCHPORT", () => {
    for (const sharedPort of [1900, undefined]) {
      const rig = new Rig({ links: [{ ...V4, sharedPort }] });
      rig.offer({ location: "http://{address}/", root: { type: DEVICE, udn: UDN } });
      rig.advance(5000);
      const announced = rig.sent[0]?.message.headers.get("SEARCHPORT.UPNP.ORG");
      expect(announced).toBe(sharedPort === undefined ? String(V4.ownPort) : undefined);
      rig.forget();
      for (let i = 0; i < 50; i++) rig.hear(msearch({ MX: "1" }), { port: 1024 + i });
      rig.hear(msearch({ ST: UDN }), { to: "host", socket: sharedPort === undefined ? "own" : "shared" });
      rig.advance(5000);
      expect(new Set(rig.sent.map(({ socket }) => socket))).toEqual(
        new Set([sharedPort === undefined ? "own" : "shared"]),
      );
    }
  });
});

describe("S-38 what comes the wrong way", () => {
  test("an alive sent to us alone is not believed, nor is an answer that nobody asked for", () => {
    const rig = new Rig();
    rig.hear(alive(), { to: "host" });
    rig.hear(response(), { to: "host", socket: "own" });
    expect([...rig.engine.records]).toEqual([]);
    expect(rig.told).toEqual(["dropped alive-by-unicast"]);
  });

  test("a search sent to us alone is answered by unicast and at once, without MX", () => {
    const rig = busy();
    rig.hear(msearch({ ST: "uuid:own", MX: undefined }), { to: "host" });
    expect(rig.sent.map(({ to }) => to)).toEqual([{ address: "192.168.1.20", port: 1900 }]);
  });
});

describe("J-06 text that is not ASCII", () => {
  const search = { dialect: "2.0", host: "239.255.255.250:1900", target: "ssdp:all" } as const;

  test("a friendly name is sent as it is, in UTF-8, and read so again", () => {
    const bytes = encodeSearch({ ...search, friendlyName: "café 😀" });
    expect(new TextDecoder("utf-8", { fatal: true }).decode(bytes)).toContain("CPFN.UPNP.ORG: café 😀\r\n");
  });

  test.each(["\r\nMAN: x", "a\nb", "a\0b", "a\x1bb", "a\x7fb"])(
    "S-37 but a control character is refused: %j",
    (text) => {
      const refused = expect.objectContaining({ code: "INVALID_HEADER" });
      expect(() => encodeSearch({ ...search, friendlyName: text })).toThrow(refused);
      expect(() => encodeSearch({ ...search, friendlyName: "x", userAgent: text })).toThrow(refused);
      const answer = { dialect: "1.1", target: "x", usn: "x", server: text, bootId: 1, configId: 1 } as const;
      expect(() => encodeResponse(answer)).toThrow(refused);
    },
  );

  test("our own product tokens are ASCII, whatever the system is called", () => {
    const rig = busy();
    rig.hear(msearch({ ST: "uuid:own", MX: "1" }), { address: "192.168.1.77" });
    rig.advance(1000);
    const server = rig.sent.map(({ message }) => message.headers.get("SERVER") ?? "");
    expect(server).toHaveLength(1);
    expect(server[0]).toMatch(/^[\x21-\x7e]+ UPnP\/1\.1 earshot\/[\x21-\x7e]+$/);
  });
});

describe("what strangers make us send", () => {
  test("S-34 S-30 under a storm of goodbyes and searches we send no more than the bounds say, and it ends", () => {
    const rig = new Rig();
    rig.offer({ location: "http://{address}/", root: { type: DEVICE, udn: "uuid:own" } });
    for (let i = 0; i < 200; i++) {
      rig.hear(alive({ USN: `uuid:${i}`, NT: `uuid:${i}` }), { address: `192.168.1.${100 + (i % 100)}` });
    }
    rig.advance(5000);
    rig.forget();
    const start = rig.now;
    while (rig.now < start + 30_000) {
      for (let i = 0; i < 20; i++) {
        const usn = `uuid:${(rig.now + i * 7) % 200}`;
        rig.hear(byebye({ USN: usn, NT: usn }), { address: "192.168.1.66" });
        rig.hear(msearch({ MX: "1" }), { address: "192.168.1.66", port: 1024 + ((rig.now + i) % 60_000) });
      }
      rig.advance(100);
    }
    const questions = rig.sent.filter(({ message }) => message.kind === "search").length;
    const answers = rig.sent.filter(({ message }) => message.kind === "response").length;
    expect(questions, "10 a second and 50 at once, each asked twice").toBeLessThanOrEqual(2 * (50 + 10 * 30));
    expect(questions).toBeGreaterThan(20);
    expect(answers, "10 a second and a whole device once").toBeLessThanOrEqual(20 + 10 * 31);
    expect(answers).toBeGreaterThan(100);
    rig.advance(40_000);
    rig.forget();
    rig.advance(60_000);
    expect(rig.sent.filter(({ message }) => message.kind === "response")).toEqual([]);
  });
});
