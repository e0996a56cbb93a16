import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedError } from "../../src/core/errors.ts";
import { devicesOf } from "../../src/upnp/index.ts";
import { readDescription } from "../../src/upnp/read-description.ts";
import { deviceFixtures } from "./devices.ts";

const URL_OF = "http://192.0.2.10:49152/d.xml";
const documents = deviceFixtures.map(({ body }) => new TextEncoder().encode(body));

/** Reads it; whatever comes of it must be a description within its bounds, or an error with a code. */
function survive(body: Uint8Array, contentType: string): void {
  let description: ReturnType<typeof readDescription>;
  try {
    description = readDescription(body, { url: URL_OF, headers: new Map([["content-type", contentType]]) });
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError);
    expect((error as MalformedError).code).toMatch(/^[A-Z][A-Z_]+$/);
    return;
  }
  expect(description.violations.length).toBeLessThanOrEqual(128);
  for (const device of devicesOf(description.device)) {
    expect(device.icons.length).toBeLessThanOrEqual(32);
    for (const { scpdUrl, controlUrl, eventSubUrl } of device.services)
      for (const url of [scpdUrl, controlUrl, eventSubUrl, ...device.icons.map((icon) => icon.url)])
        if (url !== undefined) expect(url).toMatch(/^https?:\/\/192\.0\.2\.10(?:[:/]|$)/);
    if (device.presentationUrl !== undefined) expect(device.presentationUrl).toMatch(/^https?:/);
  }
}

type Change = (body: number[]) => void;

const scraps = [
  "<",
  ">",
  "&",
  "&#0;",
  "&#xD800;",
  "]]>",
  "<![CDATA[",
  "<!--",
  "-->",
  "<!DOCTYPE x>",
  "<?xml",
  "</root>",
  "</device>",
  "<device>",
  "<deviceList>",
  "<__proto__><polluted>1</polluted></__proto__>",
  " __proto__='polluted'",
  " xmlns='urn:schemas-upnp-org:service-1-0'",
  "http://192.0.2.66/",
  "javascript:",
  "//",
  "\\\\",
  "\0",
  "'",
  '"',
];

const at = fc.nat(4000);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(at, fc.nat(255)).map(
    ([where, byte]): Change =>
      (body) =>
        void body.splice(where % (body.length + 1), 1, byte),
  ),
  fc.tuple(at, fc.nat(40)).map(
    ([where, count]): Change =>
      (body) =>
        void body.splice(where % (body.length + 1), count),
  ),
  fc.tuple(at, fc.constantFrom(...scraps)).map(
    ([where, scrap]): Change =>
      (body) =>
        void body.splice(where % (body.length + 1), 0, ...new TextEncoder().encode(scrap)),
  ),
  fc.tuple(at, at, fc.nat(200)).map(
    ([from, to, count]): Change =>
      (body) =>
        void body.splice(to % (body.length + 1), 0, ...body.slice(from % (body.length + 1)).slice(0, count)),
  ),
  at.map(
    (length): Change =>
      (body) =>
        void body.splice(length),
  ),
);

describe("descriptions that were damaged on the way", () => {
  test("X-08 are read or refused, stay within bounds, lead nowhere else, and change no object", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.constantFrom("text/xml", "text/xml; charset=iso-8859-1", "text/xml; charset=utf-16"),
        (document, changes, contentType) => {
          const body = [...document];
          for (const apply of changes) apply(body);
          survive(Uint8Array.from(body), contentType);
          expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
        },
      ),
      { numRuns: 400 },
    );
  });

  test("D5 a description cut off anywhere is read up to there, or is none yet", () => {
    for (const document of documents)
      for (let length = 0; length < document.length; length += 37)
        survive(document.slice(0, length), "text/xml");
  });
});
