import { describe, expect, test } from "vitest";
import { collectCitations, idsIn } from "./compliance/citations.js";
import { judge } from "./compliance/judge.js";
import { report } from "./compliance/report.js";
import { parseRequirements } from "./compliance/requirements.js";
import { implementing, sectionsIn } from "./compliance/sources.js";

/** A family of rows `Q-01` and on, one for each state; the letter is no real family's. */
function family(...states) {
  const rows = states.map((state, index) => `| Q-0${index + 1} | thing ${index + 1} | ${state} |`);
  return parseRequirements(
    ["# Quality", "", "| id | meaning | state |", "|---|---|---|", ...rows].join("\n"),
    "q.md",
  );
}

const cites = (...names) => names.map((name) => ({ name, file: "a.test.ts" }));

describe("a table of requirements", () => {
  test("gives its rows, with what is left out filled in", () => {
    expect(family("", "later: with more").rows).toEqual([
      { id: "Q-01", level: "RULE", role: "", section: "", meaning: "thing 1", state: "met", reason: "" },
      {
        id: "Q-02",
        level: "RULE",
        role: "",
        section: "",
        meaning: "thing 2",
        state: "later",
        reason: "with more",
      },
    ]);
  });

  test("may have a level, a role, a section, and a bar in a cell", () => {
    const text =
      "# T\n| id | level | role | section | meaning |\n|---|\n| Q-01 | MUST | both | §1 | a \\| b |\n";
    const [row] = parseRequirements(text, "t.md").rows;
    expect([row?.level, row?.role, row?.section, row?.meaning]).toEqual(["MUST", "both", "§1", "a | b"]);
  });

  test.each([
    ["an unknown state", "maybe: one day"],
    ["a state without a reason", "later"],
    ["an empty reason", "not met: "],
    ["met said aloud", "met: really"],
  ])("%s is refused, with the line", (_, state) => {
    expect(() => family("", state)).toThrow("q.md:6: a state is empty");
  });

  test("a missing cell, a wrong id, a wrong level or no meaning is refused", () => {
    const table = (row) => () => parseRequirements(`# T\n| id | level | meaning |\n|---|\n${row}`, "t.md");
    expect(table("| Q-01 | MUST |")).toThrow("t.md:4: 2 cells, not 3");
    expect(table("| q1 | MUST | x |")).toThrow("t.md:4: q1 is no id");
    expect(table("| Q-01 | PERHAPS | x |")).toThrow("t.md:4: a level is");
    expect(table("| Q-01 | MUST |  |")).toThrow("t.md:4: what does it mean?");
    expect(() => parseRequirements("no title", "t.md")).toThrow("t.md:1: a title");
  });
});

describe("a citation", () => {
  const prefixes = new Set(["Q", "QX", "Q62"]);

  test.each([
    ["Q-01 at the beginning", ["Q-01"]],
    ["around it (Q-01, Q2): and so on", ["Q-01", "Q2"]],
    ["Q-01 twice Q-01", ["Q-01"]],
    ["QX-001 of another family", ["QX-001"]],
    ["Q62-001 of a standard, and Q7", ["Q62-001", "Q7"]],
    ["QX7 and Q-7, which are typos to be told", ["QX7", "Q-7"]],
    ["a describe > quirk Q9 in the middle", ["Q9"]],
    ["not AQ-01, IQ2, Q-01a, Q-1234, x-Q-01 or %Q9", []],
    ["no UTF-8, no FE80, no MX 5", []],
  ])("%s", (name, ids) => {
    expect(idsIn(name, prefixes)).toEqual(ids);
  });

  test("the sets of control characters are none", () => {
    expect(idsIn("C0 and C1 are neutralised, says C01", new Set(["C"]))).toEqual(["C01"]);
  });

  test("of an id that no row has is a problem, and so is a range", () => {
    const { citations, problems } = collectCitations(cites("Q-01 x", "Q-12 typo", "Q-01..Q-03 y"), [
      "Q-01",
      "Q-03",
    ]);
    expect([...citations.keys()].sort()).toEqual(["Q-01", "Q-03"]);
    expect(problems).toEqual([
      expect.stringContaining('"Q-01..Q-03 y" cites a range'),
      expect.stringContaining('"Q-12 typo" cites Q-12, which no row'),
    ]);
  });

  test("comes in the same order, whatever order the tests are listed in", () => {
    const tests = ["b", "a", "c"].map((file) => ({ name: "Q-01", file }));
    const order = (list) => [...(collectCitations(list, ["Q-01"]).citations.get("Q-01")?.keys() ?? [])];
    expect(order(tests)).toEqual(["a", "b", "c"]);
    expect(order(tests.toReversed())).toEqual(["a", "b", "c"]);
  });
});

describe("the verdict", () => {
  test("a row that a test cites is met, one that none cites is not, whatever it claims", () => {
    const { families, problems } = judge([family("", "", "in part: half")], cites("Q-01 x"), []);
    expect(families[0]?.rows.map(({ state }) => state)).toEqual(["met", "not met", "not met"]);
    expect(problems).toEqual([
      expect.stringContaining("Q-02 is said to be met, and no test cites it"),
      expect.stringContaining("Q-03 is said to be in part, and no test cites it"),
    ]);
  });

  test("a row that is put off must not be cited, unless it is not ours", () => {
    const states = ["later: x", "not met: x", "not ours: x"];
    const { problems } = judge([family(...states)], cites("Q-01 Q-02 Q-03 y"), []);
    expect(problems).toEqual([
      expect.stringContaining('Q-01 is said to be "later", and a test cites it: a.test.ts'),
      expect.stringContaining('Q-02 is said to be "not met", and a test cites it'),
    ]);
    expect(judge([family(...states)], [], []).problems).toEqual([]);
  });

  test("an id that is there twice is a problem", () => {
    expect(judge([family("later: x"), family("later: x")], [], []).problems).toEqual(["Q-01 is there twice"]);
  });
});

describe("sources", () => {
  test("cite sections in several ways", () => {
    const text =
      "UDA 1.1 §1.2.2; UDA clause 1.3.2, (UDA 2.0 section A.2) RFC 2616 section 4. and UDA 1.1 sections 2.1";
    expect([...sectionsIn(text)]).toEqual(["UDA 1.2.2", "UDA 1.3.2", "UDA A.2", "RFC 2616 4", "UDA 2.1"]);
  });

  test("implement a row when they name it, or cite its section and no other", () => {
    const files = { "a.ts": "UDA 1.1 §1.2.2", "b.ts": "UDA 1.1 §1.2", "c.ts": "for Q-01.", "d.ts": "Q-012" };
    const sources = Object.entries(files).map(([path, text]) => ({ path, text, sections: sectionsIn(text) }));
    expect(implementing({ id: "Q-01", section: "UDA 2.0 §1.2.2" }, sources)).toEqual(["a.ts", "c.ts"]);
    expect(implementing({ id: "Q-02", section: "" }, sources)).toEqual([]);
  });
});

describe("the report", () => {
  const reportOf = (states, tests) => report(judge([family(...states)], tests, []).families);

  test("T-33 sums up every family, and all of them", () => {
    const text = reportOf(["", "in part: half", "later: x", "not ours: y"], cites("Q-01", "Q-02"));
    expect(text).toContain("| [Quality](#quality) | 4 | 1 | 1 | 0 | 1 | 1 |");
    expect(text).toContain("| **all** | 4 | 1 | 1 | 0 | 1 | 1 |");
  });

  test("links the tests that prove a row, and says how many more there are", () => {
    const text = reportOf([""], cites("Q-01 a", "Q-01 b", "Q-01 c", "Q-01 d"));
    expect(text).toContain(
      "| Q-01 | RULE | thing 1 | met | [a.test.ts](../a.test.ts): Q-01 a; Q-01 b; and 2 more |",
    );
  });

  test("keeps a hostile name from being anything but text, on one line", () => {
    const text = reportOf([""], cites("Q-01 | <img> [x](y) `z` *b* \u0000\u001b[2J\n\u202e"));
    const line = text.split("\n").find((each) => each.startsWith("| Q-01"));
    expect(line?.split(" | ")).toHaveLength(6);
    expect(line).not.toMatch(/<img|\[x\]|`z`|\*b\*|[\p{Cc}\p{Cf}]/u);
  });
});
