import { describe, expect, test } from "vitest";
import { MalformedError } from "../../src/core/errors.ts";
import { type ReadXmlOptions, readXml, type XmlElement } from "../../src/xml/index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function code(text: string | Uint8Array, options: ReadXmlOptions = {}): string {
  try {
    readXml(typeof text === "string" ? bytes(text) : text, options);
    return "read";
  } catch (error) {
    if (error instanceof MalformedError) return error.code;
    throw error;
  }
}

/** What both ways of reading make of it; they must agree. */
function both(text: string): string {
  const codes = [code(text), code(text, { lenient: true })];
  expect(codes[0]).toBe(codes[1]);
  return codes[0] as string;
}

/** A tree as nested arrays: name, text, children. */
function shape({ name, text, children }: XmlElement): unknown[] {
  return [name, text.trim(), ...children.map(shape)];
}

describe("a document read strictly", () => {
  test("gives elements with names, namespaces, attributes and text in their order", () => {
    const { root, deviations } = readXml(
      bytes(
        `<?xml version="1.0" encoding="utf-8"?>\n<a xmlns="urn:one" xmlns:p="urn:two" q="1 &amp; 2"><p:b p:x='y'>t&lt;&#x41;<![CDATA[<&>]]></p:b><c xmlns=""/></a>\n`,
      ),
    );
    expect(shape(root)).toEqual(["a", "", ["p:b", "t<A<&>"], ["c", ""]]);
    expect(root.attributes.get("q")).toBe("1 & 2");
    const [b, c] = root.children;
    expect([root.namespace, b?.namespace, c?.namespace]).toEqual(["urn:one", "urn:two", undefined]);
    expect(b?.localName).toBe("b");
    expect(b?.attributes.get("p:x")).toBe("y");
    expect(deviations).toEqual([]);
  });

  test("a prefix means what the nearest declaration says", () => {
    const { root } = readXml(
      bytes(`<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c/></p:b><p:d/><e xml:lang="en"/></p:a>`),
    );
    const [b, d, e] = root.children;
    expect([root, b, b?.children[0], d, e].map((element) => element?.namespace)).toEqual([
      "urn:1",
      "urn:2",
      "urn:2",
      "urn:1",
      undefined,
    ]);
  });

  test("line ends are one newline each, in whatever way they were written", () => {
    expect(readXml(bytes("<a>1\r\n2\r3\n4</a>")).root.text).toBe("1\n2\n3\n4");
  });

  test.each([
    "<a>&nbsp;</a>",
    "<a>R & B</a>",
    "<p:a/>",
    "<a><b></a></b>",
    "<a x=1/>",
    "<a x='<'/>",
    "\0<a/>",
  ])("%j is refused", (text) => {
    expect(code(text)).toBe("XML_NOT_WELL_FORMED");
  });
});

describe("document types and entities", () => {
  test("X-01 V-80 a document type that names a file is refused before anything is looked up", () => {
    const text =
      '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><root xmlns="urn:schemas-upnp-org:device-1-0"><device><friendlyName>&x;</friendlyName></device></root>';
    expect(both(text)).toBe("XML_DTD_FORBIDDEN");
  });

  test.each([
    "<!DOCTYPE r><r/>",
    "<!doctype r><r/>",
    '<!DOCTYPE r SYSTEM "http://192.0.2.9/x.dtd"><r/>',
    '<r><!ENTITY x "y"></r>',
    "<r><!ELEMENT r ANY></r>",
    "<!DOCTYPE",
  ])("X-01 %j is refused", (text) => {
    expect(both(text)).toBe("XML_DTD_FORBIDDEN");
  });

  test("X-01 what only looks like a document type is text", () => {
    const text = "<!-- <!DOCTYPE r> --><r><![CDATA[<!ENTITY x>]]></r>";
    expect(readXml(bytes(text)).root.text).toBe("<!ENTITY x>");
    expect(readXml(bytes(text), { lenient: true }).root.text).toBe("<!ENTITY x>");
  });

  test("X-01 a document type that an attribute hides from the first look is met at the second", () => {
    expect(both('<!DOCTYPE r ><r x="<!--"/>')).toBe("XML_DTD_FORBIDDEN");
    expect(code('<r x="<!--"/><!DOCTYPE r>', { lenient: true })).not.toBe("XML_NOT_WELL_FORMED");
    expect(code('<r><b x="<!--"/><!DOCTYPE r><c/></r>', { lenient: true })).toBe("XML_DTD_FORBIDDEN");
  });

  test("X-02 V-81 entities within entities are never expanded, for they are never declared", () => {
    const levels = [..."bcdefghij"].map(
      (name, index) => `<!ENTITY ${name} "${`&${"abcdefghi"[index]};`.repeat(10)}">`,
    );
    expect(both(`<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">${levels.join("")}]><root>&j;</root>`)).toBe(
      "XML_DTD_FORBIDDEN",
    );
  });

  test("X-03 V-82 an entity whose name is a pattern changes no other one", () => {
    expect(both('<!DOCTYPE r [<!ENTITY l. "<img src=x onerror=alert(1)>">]><root>&lt;</root>')).toBe(
      "XML_DTD_FORBIDDEN",
    );
    expect(both('<!DOCTYPE r [<!ENTITY (a+)+ "x">]><root>aaaaaaaaaaaaaaaaaaaaaaaa!</root>')).toBe(
      "XML_DTD_FORBIDDEN",
    );
  });

  test("X-03 there are five entities, found by their exact name", () => {
    expect(readXml(bytes("<r>&amp;&lt;&gt;&quot;&apos;</r>")).root.text).toBe(`&<>"'`);
    for (const name of ["AMP", "l.", "constructor", "__proto__", "toString", "amp "])
      expect([name, code(`<r>&${name};</r>`)]).toEqual([name, "XML_NOT_WELL_FORMED"]);
  });

  test("X-06 V-85 a reference to a character that is none is refused", () => {
    for (const reference of ["&#0;", "&#x110000;", "&#xD800;", "&#99999999999;", "&#xFFFE;", "&#8;"])
      for (const text of [`<r>${reference}</r>`, `<r a="${reference}"/>`])
        expect([text, both(text)]).toEqual([text, "XML_BAD_REFERENCE"]);
  });

  test("X-06 a reference to a character is that character", () => {
    expect(readXml(bytes("<r>&#65;&#x1F600;&#9;&#00066;</r>")).root.text).toBe("A\u{1f600}\tB");
  });
});

describe("G-32 what a document may cost", () => {
  test("X-04 S-24 V-83 elements nested a hundred thousand deep are refused, and no stack overflows", () => {
    expect(both("<a>".repeat(100_000))).toBe("XML_TOO_DEEP");
    expect(both(`${"<a>".repeat(33)}${"</a>".repeat(33)}`)).toBe("XML_TOO_DEEP");
    expect(both(`${"<a>".repeat(32)}${"</a>".repeat(32)}`)).toBe("read");
  });

  test("X-05 V-84 a hundred thousand attributes on one element are refused", () => {
    const attributes = (count: number) =>
      Array.from({ length: count }, (_, index) => ` a${index}=""`).join("");
    expect(both(`<root${attributes(80_000)}/>`)).toBe("XML_TOO_MANY_ATTRIBUTES");
    expect(both(`<root${attributes(65)}/>`)).toBe("XML_TOO_MANY_ATTRIBUTES");
    expect(both(`<root${attributes(64)}/>`)).toBe("read");
  });

  test("X-05 one attribute over and over counts each time", () => {
    expect(code(`<root${' a=""'.repeat(65)}/>`, { lenient: true })).toBe("XML_TOO_MANY_ATTRIBUTES");
  });

  test("X-05 V-84 an attribute of a megabyte is refused", () => {
    expect(both(`<root x="${"x".repeat(1_000_000)}"/>`)).toBe("XML_ATTRIBUTE_TOO_LONG");
    expect(both(`<root x="${"x".repeat(8193)}"/>`)).toBe("XML_ATTRIBUTE_TOO_LONG");
    expect(both(`<root x="${"x".repeat(8192)}"/>`)).toBe("read");
  });

  test("X-05 more text than a description has is refused, however it is written", () => {
    const long = "x".repeat(65_537);
    for (const text of [
      long,
      `<![CDATA[${long}]]>`,
      `<!--${long}-->`,
      `<?x ${long}?>`,
      "&#65;".repeat(65_537),
    ])
      expect(both(`<root>${text}</root>`)).toBe("XML_TEXT_TOO_LONG");
    expect(both(`<root>${"x".repeat(40_000)}<b/>${"x".repeat(40_000)}</root>`)).toBe("XML_TEXT_TOO_LONG");
    expect(both(`<root>${"x".repeat(65_536)}</root>`)).toBe("read");
  });

  test("X-05 more elements than a description has are refused", () => {
    expect(both(`<root>${"<a/>".repeat(20_000)}</root>`)).toBe("XML_TOO_MANY_ELEMENTS");
    expect(both(`<root>${"<a/>".repeat(19_999)}</root>`)).toBe("read");
  });

  test("X-05 X-13 a document over a mebibyte is refused unread", () => {
    const over = new Uint8Array(1_048_577).fill(0x20);
    expect(code(over)).toBe("XML_TOO_LARGE");
    expect(code(over, { lenient: true })).toBe("XML_TOO_LARGE");
  });

  test("X-13 counts stay exact at the largest document there can be", () => {
    const text = `<r>${" ".repeat(60_000)}${`<a>${"y".repeat(60_000)}</a>`.repeat(16)}</r>`;
    const { root } = readXml(bytes(text));
    expect(root.children.map((child) => child.text.length)).toEqual(Array(16).fill(60_000));
  });

  test("X-15 V-88 a prefix declared anew on every level counts on every level", () => {
    const nested = (levels: number) =>
      Array.from({ length: levels }, (_, index) => `<p:a xmlns:p="urn:${index}">`).join("");
    expect(both(nested(10_000))).toBe("XML_TOO_DEEP");
  });

  test("X-15 more than 256 prefixes in scope are refused, and closed ones do not count", () => {
    const declared = Array.from({ length: 60 }, (_, index) => ` xmlns:p${index}="urn:${index}"`).join("");
    expect(both(`${`<a${declared}>`.repeat(5)}${"</a>".repeat(5)}`)).toBe("XML_TOO_MANY_PREFIXES");
    expect(both(`<r>${`<a${declared}/>`.repeat(50)}</r>`)).toBe("read");
  });

  test("limits can be set lower", () => {
    expect(code("<a><b/></a>", { limits: { maxDepth: 1 } })).toBe("XML_TOO_DEEP");
  });
});

describe("names that mean something to JavaScript", () => {
  test("X-08 V-86 elements and attributes called __proto__ are elements and attributes, and change no object", () => {
    const text =
      '<root __proto__="a" constructor="b"><__proto__ polluted="1"><polluted>1</polluted></__proto__><constructor><prototype><polluted>1</polluted></prototype></constructor></root>';
    for (const lenient of [false, true]) {
      const { root } = readXml(bytes(text), { lenient });
      expect(root.attributes.get("__proto__")).toBe("a");
      expect(root.children.map(({ name }) => name)).toEqual(["__proto__", "constructor"]);
      expect((Object.create({}) as { polluted?: unknown }).polluted).toBeUndefined();
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  test("X-08 a prefix called __proto__ is a prefix", () => {
    const { root } = readXml(bytes('<__proto__:a xmlns:__proto__="urn:x"/>'), { lenient: true });
    expect(root.namespace).toBe("urn:x");
  });
});

describe("one root", () => {
  test("X-09 V-87 two roots, text beside the root, an open root or no root are refused", () => {
    for (const text of ["<a/><b/>", "text<a/>", "<a/>text", "<a>", "<a></b>", "", "   ", "just text"])
      expect([text, code(text)]).toEqual([text, "XML_NOT_WELL_FORMED"]);
  });

  test("X-11 bytes after the root are refused when read strictly", () => {
    expect(code("<a/>\0\0")).toBe("XML_NOT_WELL_FORMED");
    expect(code("<a/> \r\n")).toBe("read");
  });
});
