import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { escapeXml, readXml, writeXml } from "../../src/xml/index.ts";

const written = (content: string) => new TextDecoder().decode(writeXml({ name: "r", content }));

/** Any text that XML can hold. */
const legal = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."&<>\"'\t\n\r]]> "),
      fc.constantFrom(
        "]]>",
        "<!--",
        "<!DOCTYPE r>",
        "&#0;",
        "\u{85}",
        "\u{2028}",
        "\u{fffd}",
        "\u{d7ff}",
        "\u{e000}",
      ),
      fc.integer({ min: 0x20, max: 0xd7ff }).map((point) => String.fromCodePoint(point)),
      fc.integer({ min: 0x10000, max: 0x10ffff }).map((point) => String.fromCodePoint(point)),
    ),
    { maxLength: 50 },
  )
  .map((pieces) => pieces.join(""));

describe("text that is written", () => {
  test("X-14 reads back as it was, in elements and in attributes", () => {
    fc.assert(
      fc.property(legal, legal, (text, value) => {
        const bytes = writeXml({ name: "r", attributes: [["a", value]], content: text });
        for (const lenient of [false, true]) {
          const { root, deviations } = readXml(bytes, { lenient });
          expect([root.text, root.attributes.get("a"), root.children.length]).toEqual([text, value, 0]);
          expect(deviations).toEqual([]);
        }
      }),
    );
  });

  test("X-14 the five characters with a meaning are escaped", () => {
    expect(escapeXml(`]]> & <b a="1" c='2'>`)).toBe("]]&gt; &amp; &lt;b a=&quot;1&quot; c=&apos;2&apos;&gt;");
    expect(written("</r><evil/>")).toBe('<?xml version="1.0"?>\n<r>&lt;/r&gt;&lt;evil/&gt;</r>\n');
  });

  test.each(["\0", "\u0008", "\u000b", "\u001f", "\ufffe", "\uffff", "\ud800", "\udc00", "\udc00\ud800"])(
    "X-14 a code point that XML has no place for is the caller's mistake: %j",
    (text) => {
      expect(() => written(`a${text}b`)).toThrow(UsageError);
      expect(() => writeXml({ name: "r", attributes: [["a", text]], content: "" })).toThrow(UsageError);
    },
  );

  test.each(["", "a b", "1a", "a>", "a:b:c", "é", "a\n"])("X-14 %j is no name to write", (name) => {
    expect(() => writeXml({ name, content: "" })).toThrow(UsageError);
    expect(() => writeXml({ name: "r", attributes: [[name, ""]], content: "" })).toThrow(UsageError);
  });
});

test("elements within elements are written in their order, indented", () => {
  const bytes = writeXml({
    name: "a",
    attributes: [["xmlns", "urn:x"]],
    content: [
      { name: "b", content: "1" },
      { name: "p:c", attributes: [["xmlns:p", "urn:y"]], content: [] },
    ],
  });
  expect(new TextDecoder().decode(bytes)).toBe(
    '<?xml version="1.0"?>\n<a xmlns="urn:x">\n  <b>1</b>\n  <p:c xmlns:p="urn:y">\n  </p:c>\n</a>\n',
  );
});
