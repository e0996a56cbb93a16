import { together, worst } from "./checks/judging.js";
import { ROWS, SUMMARIES } from "./rows.js";

const FAMILIES = [4, 6];

/**
 * What all sessions with one device found, by row: `{ row, verdict, families, said }`. `verdict` is the worst of all,
 * `families` the verdict by family, `said` what led to it.
 */
export function scorecard(findings) {
  const cards = Object.keys(ROWS).flatMap((row) => {
    const sources = [row, ...(SUMMARIES[row] ?? [])];
    const found = findings.filter((finding) => sources.includes(finding.row));
    return found.length === 0 ? [] : [card(row, found)];
  });
  return cards;
}

function card(row, found) {
  const { verdict } = together(found);
  const telling =
    verdict === "pass" ? found.filter((each) => each.row === row) : found.filter(isAsBad(verdict));
  const families = Object.fromEntries(
    FAMILIES.flatMap((family) => {
      const own = found.filter((each) => each.family === family);
      return own.length === 0 ? [] : [[family, worst(own.map((each) => each.verdict))]];
    }),
  );
  return { row, verdict, families, said: sentence(telling.length > 0 ? telling : found) };
}

function isAsBad(verdict) {
  return (finding) => finding.verdict === verdict;
}

/** What was said in each family; once, where both said the same. */
function sentence(found) {
  const byFamily = FAMILIES.map((family) => [family, found.filter((each) => each.family === family)]);
  const texts = byFamily
    .filter(([, own]) => own.length > 0)
    .map(([family, own]) => [family, [...new Set(own.flatMap(({ said }) => said.split("; ")))].join("; ")]);
  if (new Set(texts.map(([, text]) => text)).size === 1) return texts[0][1];
  return texts.map(([family, text]) => `IPv${family}: ${text}`).join(". ");
}

/** How many rows passed, and so on. */
export function totals(cards) {
  const count = (wanted) => cards.filter(({ verdict }) => verdict === wanted).length;
  return { pass: count("pass"), warn: count("warn"), fail: count("fail") };
}

/** The table for the terminal: `devices` are `{ title, version, families, cards }`. */
export function printed(devices) {
  const rows = Object.keys(ROWS).filter((row) => devices.some(({ cards }) => find(cards, row)));
  const width = Math.max(...rows.map((row) => ROWS[row].length));
  const lines = [["".padEnd(width + 6), ...devices.map(({ title }) => title.padEnd(16))].join(" ")];
  for (const row of rows)
    lines.push(
      [row, ROWS[row].padEnd(width), ...devices.map(({ cards }) => cell(cards, row).padEnd(16))].join(" "),
    );
  const sums = devices.map(({ cards }) => Object.values(totals(cards)).join("/").padEnd(16));
  lines.push(["pass/warn/fail".padEnd(width + 6), ...sums].join(" "));
  for (const { title, cards } of devices)
    for (const { row, verdict, said } of cards)
      if (verdict !== "pass") lines.push(`${title} ${row} ${verdict}: ${said}`);
  return lines.join("\n");
}

function find(cards, row) {
  return cards.find((each) => each.row === row);
}

function cell(cards, row) {
  const found = find(cards, row);
  if (!found) return "-";
  const verdicts = Object.values(found.families);
  return new Set(verdicts).size === 1 ? found.verdict : verdicts.join(" ");
}

/** The document of the project. */
export function document(devices) {
  const titles = devices.map(({ title, version, families }) => {
    const only = families.length === 1 ? ` (IPv${families[0]})` : "";
    return `${title} ${version}${only}`;
  });
  const lines = [
    "# Bonjour conformance",
    "",
    "What `npm run bct` found: the tester in `tools/bct` plays Apple's Bonjour Conformance Test, phases II (Multicast DNS,",
    "IPv4 and IPv6) and III (network), against each of these devices. Where IPv4 and IPv6 differ, both are told, IPv4 first.",
    "It is a tester of our own, made from what is known of Apple's; [its README](../../tools/bct/README.md) says what it",
    "judges by, and how to run Apple's own on a Mac. This file is written by the tool.",
    "",
    `| | | ${titles.join(" | ")} |`,
    `|---|---|${devices.map(() => "---").join("|")}|`,
    ...Object.entries(ROWS).map(
      ([row, title]) => `| ${row} | ${title} | ${devices.map(({ cards }) => cell(cards, row)).join(" | ")} |`,
    ),
    `| | pass / warn / fail | ${devices.map(({ cards }) => Object.values(totals(cards)).join(" / ")).join(" | ")} |`,
  ];
  for (const { title, version, cards } of devices) {
    lines.push("", `## ${title} ${version}`, "", "| | | seen |", "|---|---|---|");
    for (const { row, verdict, said } of cards) lines.push(`| ${row} | ${verdict} | ${escaped(said)} |`);
  }
  return `${lines.join("\n")}\n`;
}

function escaped(text) {
  return text.replaceAll("|", "\\|").replaceAll("<", "\\<");
}
