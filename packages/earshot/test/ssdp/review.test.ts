import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMessage } from "../../src/ssdp/message.ts";
import { reviewMessage } from "../../src/ssdp/review.ts";
import { devices, message } from "./corpus.ts";

function review(text: string, isUnicast = false): string[] {
  const breaches = reviewMessage(parseMessage(new TextEncoder().encode(text)), isUnicast);
  for (const { says } of breaches) expect(says).not.toBe("");
  return breaches.map(({ code, detail }) => (detail === undefined ? code : `${code} ${detail}`));
}

const UUID = "uuid:2f402f80-da50-11e1-9b23-001788255acc";
const alive = [
  "HOST: 239.255.255.250:1900",
  "CACHE-CONTROL: max-age=1800",
  "LOCATION: http://192.0.2.1/d.xml",
  "NT: upnp:rootdevice",
  "NTS: ssdp:alive",
  "SERVER: Linux/6 UPnP/1.1 x/1",
  `USN: ${UUID}::upnp:rootdevice`,
  "BOOTID.UPNP.ORG: 1",
  "CONFIGID.UPNP.ORG: 1",
];
const search = ["HOST: 239.255.255.250:1900", 'MAN: "ssdp:discover"', "MX: 2", "ST: ssdp:all"];
const response = [
  "CACHE-CONTROL: max-age=1800",
  "EXT:",
  "LOCATION: http://192.0.2.1/d.xml",
  "SERVER: Linux/6 UPnP/1.0 x/1",
  "ST: upnp:rootdevice",
  `USN: ${UUID}::upnp:rootdevice`,
];

const notify = (lines: readonly string[]): string => message("NOTIFY * HTTP/1.1", ...lines);
const without = (lines: readonly string[], name: string): string[] =>
  lines.filter((line) => !line.startsWith(`${name}:`));
const changed = (lines: readonly string[], line: string): string[] => [
  ...without(lines, line.slice(0, line.indexOf(":"))),
  line,
];

describe("a review of a message", () => {
  test("finds nothing in messages as the standard has them", () => {
    expect(review(notify(alive))).toEqual([]);
    expect(review(message("M-SEARCH * HTTP/1.1", ...search))).toEqual([]);
    expect(review(message("HTTP/1.1 200 OK", ...response))).toEqual([]);
    const byebye = alive.filter((line) => !/^(CACHE-CONTROL|LOCATION|SERVER)/.test(line));
    expect(review(notify(changed(byebye, "NTS: ssdp:byebye")))).toEqual([]);
    const update = [...changed(alive, "NTS: ssdp:update"), "NEXTBOOTID.UPNP.ORG: 2"];
    expect(review(notify(update))).toEqual([]);
  });

  test.each(["HOST", "CACHE-CONTROL", "LOCATION", "NT", "NTS", "SERVER", "USN"])(
    "an announcement without %s lacks it",
    (name) => expect(review(notify(without(alive, name)))).toContain(`missing-header ${name}`),
  );

  test("BOOTID and CONFIGID are asked of who says that he speaks UDA 1.1, and of no other", () => {
    const bare = without(without(alive, "BOOTID.UPNP.ORG"), "CONFIGID.UPNP.ORG");
    expect(review(notify(bare))).toEqual([
      "missing-header BOOTID.UPNP.ORG",
      "missing-header CONFIGID.UPNP.ORG",
    ]);
    expect(review(notify(changed(bare, "SERVER: Linux/6 UPnP/1.0 x/1")))).toEqual([]);
    expect(review(notify(changed(bare, "SERVER: Yeelight")))).toEqual([]);
    expect(review(notify(changed(bare, "SERVER: x/1 UPnP/2.0 y/1")))).toHaveLength(2);
  });

  test("a goodbye needs no LOCATION, an update says what BOOTID will be", () => {
    const goodbye = without(without(changed(alive, "NTS: ssdp:byebye"), "LOCATION"), "CACHE-CONTROL");
    expect(review(notify(goodbye))).toEqual([]);
    expect(review(notify(changed(alive, "NTS: ssdp:update")))).toEqual([
      "missing-header NEXTBOOTID.UPNP.ORG",
    ]);
  });

  test("a search of the group needs MX, one of a host does not", () => {
    const text = message("M-SEARCH * HTTP/1.1", ...without(search, "MX"));
    expect(review(text)).toEqual(["missing-header MX"]);
    expect(review(text, true)).toEqual([]);
  });

  test.each([
    ["CACHE-CONTROL: no-cache", alive],
    ["LOCATION: /d.xml", alive],
    ["NTS: ssdp:hello", alive],
    ["BOOTID.UPNP.ORG: -1", alive],
    ["BOOTID.UPNP.ORG: 2147483648", alive],
    ["CONFIGID.UPNP.ORG: x", alive],
    ["SEARCHPORT.UPNP.ORG: 80", alive],
    ["NEXTBOOTID.UPNP.ORG: ", alive],
  ])("the value of %s breaks the standard", (line, lines) => {
    expect(review(notify(changed(lines, line)))).toEqual([
      `bad-header-value ${line.slice(0, line.indexOf(":"))}`,
    ]);
  });

  test.each(["MAN: ssdp:discover", "MX: 0", "MX: soon", "TCPPORT.UPNP.ORG: 1"])(
    "so does that of %s in a search",
    (line) =>
      expect(review(message("M-SEARCH * HTTP/1.1", ...changed(search, line)))).toEqual([
        `bad-header-value ${line.slice(0, line.indexOf(":"))}`,
      ]),
  );

  test("MX above 5 is wrong since UDA 1.1, and was right before", () => {
    const text = (agent: string): string =>
      message("M-SEARCH * HTTP/1.1", ...changed(search, "MX: 60"), `USER-AGENT: ${agent}`);
    expect(review(text("x/1 UPnP/1.1 y/1"))).toEqual(["bad-header-value MX"]);
    expect(review(text("x/1 UPnP/1.0 y/1"))).toEqual([]);
  });

  test.each([
    [UUID, UUID, true],
    [UUID, `${UUID}::upnp:rootdevice`, false],
    ["upnp:rootdevice", UUID, false],
    ["upnp:rootdevice", "x::upnp:rootdevice", false],
    ["urn:a:device:B:1", `${UUID}::urn:a:device:B:1`, true],
    ["urn:a:device:B:1", `${UUID}::urn:a:device:B:2`, false],
  ])("NT %s with USN %s: fits %s", (nt, usn, fits) => {
    const lines = changed(changed(alive, `NT: ${nt}`), `USN: ${usn}`);
    expect(review(notify(lines))).toEqual(fits ? [] : ["inconsistent-usn USN"]);
  });

  test("the draft's AL and EXPIRES stand for LOCATION and CACHE-CONTROL", () => {
    const lines = [
      ...without(without(alive, "LOCATION"), "CACHE-CONTROL"),
      "AL: <http://192.0.2.1/>",
      "EXPIRES: Sun, 06 Nov 2094 08:49:37 GMT",
    ];
    expect(review(notify(lines))).toEqual([]);
  });

  test("deviations of the form come with the standard's demand", () => {
    const lines = notify(alive).replaceAll("\r\n", "\n");
    const breaches = reviewMessage(parseMessage(new TextEncoder().encode(lines)));
    expect(breaches).toContainEqual({
      code: "line-feed-only",
      says: "a line ends with CR LF, not LF alone (UDA 1.1.1, RFC 2616 2.2)",
    });
  });

  test("of what is malformed it says why, and nothing else", () => {
    expect(review("")).toEqual(["empty"]);
    expect(review("GET / HTTP/1.1\r\n\r\n")).toEqual(["unknown-start-line"]);
    expect(review("HTTP/1.1 404 Not Found\r\n\r\n")).toEqual(["bad-status"]);
  });

  test("every deviation that real devices are known for is told", () => {
    for (const { name, text, violations } of devices) {
      const found = review(text);
      for (const code of violations) expect(found.join(), name).toContain(code);
    }
  });

  test("whatever the bytes, it ends, and none of its words are the stranger's", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (noise) => {
        const text = `NOTIFY * HTTP/1.1\r\nNT: ${noise}\r\nUSN: ${noise}\r\nMX: ${noise}\r\n${noise}`;
        for (const { says } of reviewMessage(parseMessage(new TextEncoder().encode(text))))
          expect(says).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });
});
