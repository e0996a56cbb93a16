import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedError } from "../../src/core/errors.ts";
import { readXml, type XmlDeviationCode, type XmlElement } from "../../src/xml/index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

type Shape = [name: string, text: string, ...children: Shape[]];

function shape({ name, text, children }: XmlElement): Shape {
  return [name, text.trim(), ...children.map(shape)];
}

function read(text: string | Uint8Array, charset?: string): [Shape, ...XmlDeviationCode[]] {
  const input = typeof text === "string" ? bytes(text) : text;
  const { root, deviations } = readXml(input, { lenient: true, charset });
  return [shape(root), ...deviations];
}

function codeOf(text: string): string {
  try {
    readXml(bytes(text), { lenient: true });
    return "read";
  } catch (error) {
    return error instanceof MalformedError ? error.code : String(error);
  }
}

const whole: Shape = ["r", "", ["a", "1"]];

describe("around the root", () => {
  test("D1 a byte order mark, blank lines and text before the first tag are skipped", () => {
    const document = '<?xml version="1.0"?><r><a>1</a></r>';
    expect(read(`\ufeff${document}`)).toEqual([whole]);
    expect(read(`\r\n \n${document}`)).toEqual([whole]);
    expect(read(`HTTP/1.1 200 OK\r\n\r\n${document}`)).toEqual([whole, "TEXT_BEFORE_XML"]);
  });

  test.each([
    "\0\0\0",
    "\u0001\ufffd<b",
    "<html><br></body>",
    "<!DOCTYPE html><html>",
    "&&&",
    "</r></x>",
    "<!--",
  ])("D1 X-11 reading stops where the root ends, whatever follows: %j", (junk) => {
    const [tree, ...deviations] = read(`<r><a>1</a></r>${junk}`);
    expect(tree).toEqual(whole);
    expect(deviations.length).toBeGreaterThan(0);
    expect(deviations).not.toContain("TRUNCATED");
  });

  test("D1 X-11 much junk after the root is trimmed too", () => {
    expect(read(`<r><a>1</a></r>${"\0junk <<< ".repeat(50_000)}`)).toEqual([
      whole,
      "ILLEGAL_CHARACTER",
      "TEXT_AFTER_ROOT",
    ]);
  });

  test("X-09 V-87 of two roots the first is read, and none is an error", () => {
    expect(read("<a/><b/>")).toEqual([["a", ""], "TEXT_AFTER_ROOT"]);
    expect(read("text<a/>")).toEqual([["a", ""], "TEXT_BEFORE_XML"]);
    expect(read("<a>")).toEqual([["a", ""], "TRUNCATED"]);
    expect(read("<a></b>")).toEqual([["a", ""], "TAG_MISMATCH"]);
    for (const text of ["", "text", "status=ok", "<", "<?xml version='1.0'?>", "<!-- -->"])
      expect([text, codeOf(text)]).toEqual([text, "XML_NO_ROOT"]);
  });
});

describe("encodings", () => {
  const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const utf16 = (text: string) =>
    Uint8Array.from([...`\ufeff${text}`].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]));

  test("D2 bytes that are no UTF-8 become replacement characters, and never an error", () => {
    expect(read(latin1("<r>K\xfcche</r>"))).toEqual([["r", "K\ufffdche"], "WRONG_ENCODING"]);
  });

  test("D2 the encoding that the response names is used, then the one that the document names", () => {
    const declared = '<?xml version="1.0" encoding="ISO-8859-1"?><r>K\xfcche</r>';
    expect(read(latin1("<r>K\xfcche</r>"), "iso-8859-1")[0]).toEqual(["r", "Küche"]);
    expect(read(latin1(declared))[0]).toEqual(["r", "Küche"]);
    expect(read(Uint8Array.of(...bytes("<r>"), 0xd6, 0xd0, ...bytes("</r>")), "gb2312")[0]).toEqual([
      "r",
      "中",
    ]);
    expect(read(latin1(declared), "windows-1251")[0]).toEqual(["r", "Kьche"]);
  });

  test("D2 what is UTF-8 is read as such, whatever it is said to be", () => {
    expect(read('<?xml version="1.0" encoding="ISO-8859-1"?><r>Küche 😀</r>')).toEqual([["r", "Küche 😀"]]);
    expect(read('<?xml version="1.0" encoding="ebcdic"?><r>Küche</r>', "utf-7")).toEqual([["r", "Küche"]]);
  });

  test("X-07 UTF-16 is read only with its byte order mark", () => {
    expect(read(utf16("<r>中</r>"))).toEqual([["r", "中"], "WRONG_ENCODING"]);
    const unmarked = utf16("<r>中</r>").subarray(2);
    const turned = unmarked.map((_, index) => unmarked[index ^ 1] ?? 0);
    for (const input of [unmarked, turned])
      expect(() => read(input)).toThrow(expect.objectContaining({ code: "XML_BAD_ENCODING" }));
  });

  test("X-07 no encoding can hide a document type", () => {
    const forbidden = "<!DOCTYPE r [<!ENTITY x 'y'>]><r>&x;</r>";
    for (const input of [utf16(forbidden), latin1(`\xff${forbidden}`)])
      expect(() => read(input, "utf-16")).toThrow(expect.objectContaining({ code: "XML_DTD_FORBIDDEN" }));
    // UTF-7: "+ADw-" would be "<".
    expect(() => read("+ADwAIQ-DOCTYPE r+AD4-", "utf-7")).toThrow(
      expect.objectContaining({ code: "XML_NO_ROOT" }),
    );
    // Overlong "<".
    expect(() => read(Uint8Array.of(0xc0, 0xbc, 0x72, 0x3e))).toThrow(
      expect.objectContaining({ code: "XML_NO_ROOT" }),
    );
  });

  test("X-07 read strictly, there is UTF-8 and nothing else", () => {
    const code = (input: Uint8Array, charset?: string) => {
      try {
        return readXml(input, { charset }).root.text;
      } catch (error) {
        return (error as MalformedError).code;
      }
    };
    expect(code(bytes("\ufeff<r>ü</r>"))).toBe("ü");
    expect(code(bytes('<?xml version="1.0" encoding="UTF-8"?><r>ü</r>'), "utf-8")).toBe("ü");
    for (const input of [
      utf16("<r/>"),
      latin1("<r>\xfc</r>"),
      Uint8Array.of(0xc0, 0xbc, 0x72, 0x2f, 0x3e),
      bytes('<?xml version="1.0" encoding="ebcdic"?><r/>'),
      bytes('<?xml version="1.0" encoding="UTF-16"?><r/>'),
    ])
      expect(code(input)).toBe("XML_BAD_ENCODING");
    expect(code(bytes("<r/>"), "utf-7")).toBe("XML_BAD_ENCODING");
    expect(code(bytes("<r>\0</r>"))).toBe("XML_NOT_WELL_FORMED");
  });

  test("X-07 a NUL in the text becomes a replacement character", () => {
    expect(read("<r>a\0b\u0007</r>")).toEqual([["r", "a\ufffdb\ufffd"], "ILLEGAL_CHARACTER"]);
  });
});

describe("references", () => {
  test.each([
    ["R & B", "R & B"],
    ["AT&T", "AT&T"],
    ["a & gt ; b", "a & gt ; b"],
    ["a&nbsp;b", "a&nbsp;b"],
    ["&eacute;&amp;&;", "&eacute;&&;"],
    ["&#;&#x;&#zz;", "&#;&#x;&#zz;"],
    ["&", "&"],
    ["&&lt;&", "&<&"],
  ])("D3 %j is taken as text", (written, meant) => {
    expect(read(`<r>${written}</r>`)).toEqual([["r", meant], "BARE_AMPERSAND"]);
  });

  test("D3 also in an attribute, and not in CDATA or a comment", () => {
    const { root } = readXml(bytes('<r a="x?a=1&b=2"><!-- & --><![CDATA[&amp;&]]></r>'), { lenient: true });
    expect(root.attributes.get("a")).toBe("x?a=1&b=2");
    expect(root.text).toBe("&amp;&");
  });

  test("D3 more of them than a mistake explains is an error", () => {
    expect(codeOf(`<r>${"&".repeat(10_001)}</r>`)).toBe("XML_TOO_BROKEN");
  });
});

describe("tags that do not match", () => {
  test.each<[why: string, text: string, meant: Shape]>([
    [
      "closed in the wrong order",
      "<r><a><b>1</a></b><c>2</c></r>",
      ["r", "", ["a", "", ["b", "1"]], ["c", "2"]],
    ],
    [
      "misspelt",
      "<r><d><a>1</A><b>2</b></d><c>3</c></r>",
      ["r", "", ["d", "", ["a", "1"], ["b", "2"]], ["c", "3"]],
    ],
    ["closed twice", "<r><a>1</a></a><b>2</b></r>", ["r", "", ["a", "1"], ["b", "2"]]],
    ["closed once too much after an empty one", "<r><a/></x><b>2</b></r>", ["r", "", ["a", ""], ["b", "2"]]],
    ["misspelt twice", "<r><a>1</x><b>2</y><c>3</c></r>", ["r", "", ["a", "1"], ["b", "2"], ["c", "3"]]],
    ["never closed", "<r><d><a>1</d><c>3</c></r>", ["r", "", ["d", "", ["a", "1"]], ["c", "3"]]],
  ])("D5 a tag that is %s spoils as little as can be", (_why, text, meant) => {
    expect(read(text)).toEqual([meant, "TAG_MISMATCH"]);
  });

  test("D5 namespaces are kept past a tag that matches nothing", () => {
    const { root } = readXml(bytes('<p:r xmlns:p="urn:x"><p:a>1</p:z><p:b/></p:r>'), { lenient: true });
    expect(root.children.map(({ namespace }) => namespace)).toEqual(["urn:x", "urn:x"]);
  });

  test("D5 many elements after a tag that matches nothing are all read", () => {
    const { root } = readXml(bytes(`<r><a>1</x>${"<b>2</b>".repeat(3000)}</r>`), { lenient: true });
    expect(root.children.length).toBe(3001);
  });

  test("D5 of a document cut off anywhere, what is before the cut is kept", () => {
    const text = "<r><a>1</a><d><b x='y'>2</b><c>3</c></d></r>";
    for (let length = 3; length < text.length; length++) {
      const [tree, ...deviations] = read(text.slice(0, length));
      const all = ["1", "2", "3"].filter((digit) => text.slice(0, length).includes(`${digit}</`));
      const kept = JSON.stringify(tree).match(/\d/g) ?? [];
      expect(kept.slice(0, all.length)).toEqual(all);
      expect(deviations).toEqual(["TRUNCATED"]);
    }
  });

  test("D5 what is too broken to go on is kept up to there", () => {
    const [tree, ...deviations] = read(`<r><a>1</a>${"<~".repeat(5000)}<b>2</b></r>`);
    expect(tree.slice(0, 1)).toEqual(["r"]);
    expect(tree[2]).toEqual(["a", "1"]);
    expect(deviations).toEqual(["NOT_WELL_FORMED", "TRUNCATED"]);
  });
});

describe("prefixes", () => {
  test("D4 a prefix bound to nothing is in no namespace", () => {
    const { root, deviations } = readXml(bytes('<r xmlns="urn:x"><sec:a dlna:b="1"/></r>'), {
      lenient: true,
    });
    expect(root.children[0]?.namespace).toBeUndefined();
    expect(root.children[0]?.localName).toBe("a");
    expect(root.children[0]?.attributes.get("dlna:b")).toBe("1");
    expect(deviations).toEqual([]);
  });

  test("D4 white space around a namespace is dropped", () => {
    expect(readXml(bytes('<r xmlns=" urn:x "/>'), { lenient: true }).root.namespace).toBe("urn:x");
  });
});

describe("anything at all", () => {
  const nasty = fc.constantFrom(
    ..."<a> </a> <b/> <!-- --> <![CDATA[ ]]> <?x ?> & &lt; &#0; <!DOCTYPE x='y'\0 \r\n xmlns:p= <p:q > </ ]]> </zz> text".split(
      " ",
    ),
  );

  test("what is made of marks and tags is read or refused with a code, and changes no object", () => {
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 60 }), fc.boolean(), (pieces, lenient) => {
        try {
          const { root } = readXml(bytes(`<r>${pieces.join("")}`), { lenient });
          expect(root.name).toBe("r");
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test("what is well formed is the same read either way", () => {
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("text ", "<![CDATA[<]]>", "&amp;", "<e/>", "<!-- c -->"),
        fc
          .tuple(fc.constantFrom("a", "b", "c"), fc.array(tie("tree"), { maxLength: 4 }))
          .map(([name, within]) => `<${name} x="y">${within.join("")}</${name}>`),
      ),
    }));
    fc.assert(
      fc.property(tree, (text) => {
        const document = bytes(`<r>${text}</r>`);
        const lenient = readXml(document, { lenient: true });
        expect(shape(lenient.root)).toEqual(shape(readXml(document).root));
        expect(lenient.deviations).toEqual([]);
      }),
    );
  });

  test("any bytes are read or refused with a code", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (input, lenient) => {
        try {
          readXml(input, { lenient });
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
    );
  });
});
