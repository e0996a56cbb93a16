import { describe, expect, test } from "vitest";
import { textWidth } from "../../src/cli/text-width.ts";
import { Rig } from "./support.ts";

/** What a terminal shows after all that was written: enough of one for what the table uses, and no more. */
function shown(out: string): string[] {
  const lines: string[] = [""];
  let row = 0;
  for (const part of visible(out).split(/(␛\[[\d;]*[A-Za-z]|\n)/)) {
    if (part === "\n") lines[++row] ??= "";
    else if (part.endsWith("A") && part.startsWith("␛[")) row -= Number(part.slice(2, -1));
    else if (part === "␛[1G") expect(row).toBeGreaterThanOrEqual(0);
    else if (part === "␛[0J") lines.splice(row, lines.length, "");
    else if (part.startsWith("␛[")) expect(part).toMatch(/^␛\[[\d;]*m$/);
    else lines[row] += part;
  }
  return lines.slice(0, -1);
}

/** The escape character as one that can be seen. */
function visible(text: string): string {
  return text.replaceAll("\x1b", "␛");
}

const tv = "urn:schemas-upnp-org:device:Television:1";

describe("the live table", () => {
  test("says what it listens to while nothing is heard, and what could be done", async () => {
    await using rig = new Rig({ isTTY: true, columns: 120 });
    const [end] = await rig.start(1000, "browse");
    expect(shown(rig.io.out)).toEqual([
      expect.stringMatching(/^Listening on eth0\/4 10\.0\.0\.1, eth0\/6 fe80::1 …$/),
      expect.stringMatching(/earshot demo.*--interface NAME/),
      "0 devices, 0 advertisements   q: quit",
    ]);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(1);
  });

  test("has a row per device with its most telling type, and a row per advertisement after the key a", async () => {
    await using rig = new Rig({ isTTY: true, columns: 100, env: { NO_COLOR: "1" } });
    await rig.announce("Lamp", undefined, { services: ["urn:schemas-upnp-org:service:SwitchPower:1"] });
    const [end] = await rig.start(3000, "browse");
    const [head, row, last] = shown(rig.io.out);
    expect(head).toMatch(/^name +protocol +type +address +port +interface +age$/);
    expect(row).toMatch(/^Lamp\/1\.0 +ssdp +Lamp:1 \+3 +10\.0\.0\.2 +8080 +eth0 +\ds$/);
    expect(last).toBe("1 device, 4 advertisements   q: quit   a: one row per advertisement");
    rig.io.key("a");
    expect(shown(rig.io.out)).toHaveLength(6);
    rig.io.key("q");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(visible(rig.io.out)).not.toMatch(/␛\[\d+m/);
  });

  test("grows older by the second, and forgets what said goodbye", async () => {
    await using rig = new Rig({ isTTY: true });
    const advertisement = await rig.announce("Lamp");
    const [end] = await rig.start(3000, "browse");
    const age = () => Number(/(\d+)s$/.exec(shown(rig.io.out)[1]!)?.[1]);
    const before = age();
    await rig.pass(7000);
    expect(age() - before).toBe(7);
    await rig.lan.until(advertisement.close());
    await rig.pass(1000);
    expect(shown(rig.io.out).at(-1)).toContain("0 devices");
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
  });

  test.each([40, 80, 120])("keeps within %i columns and in line, with wide names", async (columns) => {
    await using rig = new Rig({ isTTY: true, columns, env: { NO_COLOR: "1" } });
    const [end] = await rig.start(500, "browse");
    const names = ["リビングのテレビ", "📺📻🔊", "e\u0301cran", "plain", "a-very-long-name-".repeat(8)];
    for (const [at, name] of names.entries()) {
      rig.shout({ NT: tv, USN: `uuid:${at}::${tv}`, SERVER: `X/1 UPnP/1.1 ${name}` });
    }
    await rig.pass(2000);
    const lines = shown(rig.io.out);
    const rows = lines.slice(1, -1);
    expect(rows).toHaveLength(names.length);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
    const starts = rows.map((row) => textWidth(row.slice(0, row.lastIndexOf("10.0."))));
    if (columns > 40) expect(new Set(starts).size).toBe(1);
    expect(rows.find((row) => row.startsWith("a-"))).toContain("…");
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
  });

  test("shows as many rows as there is room for, and how many more there are", async () => {
    await using rig = new Rig({ isTTY: true, columns: 80, rows: 10, env: { NO_COLOR: "1" } });
    const [end] = await rig.start(500, "browse");
    for (let at = 0; at < 20; at++) {
      rig.shout({ NT: tv, USN: `uuid:${at}::${tv}` }, `10.0.1.${at + 1}`);
    }
    await rig.pass(2000);
    expect(shown(rig.io.out)).toHaveLength(9);
    expect(shown(rig.io.out).at(-2)).toBe("… 14 more");
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
  });

  const small = [1, 2, 3, 4, 5, 6].flatMap((rows) =>
    [1, 2, 5, 12, 15, 16, 80].map((columns) => [columns, rows]),
  );
  test.each(small)("keeps within a terminal of %i columns and %i rows", async (columns, rows) => {
    await using rig = new Rig({ isTTY: true, columns: columns!, rows: rows!, env: { NO_COLOR: "1" } });
    const [end] = await rig.start(500, "browse");
    const keeps = (): void => {
      const lines = shown(rig.io.out);
      expect(lines.length).toBeLessThan(rows!);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns!);
    };
    keeps();
    for (let at = 0; at < 20; at++) rig.shout({ NT: tv, USN: `uuid:${at}::${tv}` }, `10.0.1.${at + 1}`);
    await rig.pass(2000);
    keeps();
    // The cursor line is left free, and the last line tells how many there are.
    if (columns === 80 && rows! > 1) expect(shown(rig.io.out).at(-1)).toMatch(/^20 devices/);
    if (columns === 80 && rows! > 2) expect(shown(rig.io.out).at(-2)).toMatch(/^… \d+ more$/);
    if (rows === 1) expect(rig.io.out).toBe("");
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
    expect(shown(rig.io.out).at(-1)).toMatch(/^…|^2/);
  });

  test("takes away every line that a narrower terminal has wrapped", async () => {
    await using rig = new Rig({ isTTY: true, columns: 80, env: { NO_COLOR: "1" } });
    const [end] = await rig.start(500, "browse");
    rig.shout({ NT: tv, USN: `uuid:1::${tv}`, SERVER: `X/1 UPnP/1.1 ${"name".repeat(20)}` });
    await rig.pass(2000);
    const before = rig.io.out.length;
    rig.io.resize(40);
    // Three lines of 80, 80 and 67 cells are six rows of 40.
    expect(visible(rig.io.out.slice(before))).toMatch(/^␛\[6A␛\[1G␛\[0J/);
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
  });

  test("is drawn below what was written while it was stopped", async () => {
    await using rig = new Rig({ isTTY: true, columns: 80 });
    const [end] = await rig.start(500, "browse");
    const before = rig.io.out.length;
    rig.io.signal("SIGCONT");
    expect(rig.io.out.slice(before)).toMatch(/^Listening/);
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
  });

  test("counts rows for --count, and leaves the last state behind", async () => {
    await using rig = new Rig({ isTTY: true, columns: 80, env: { NO_COLOR: "1" } });
    await rig.announce("Lamp");
    await rig.announce("Horn");
    expect(await rig.run("browse", "--count", "2")).toBe(0);
    expect(shown(rig.io.out).join("\n")).toContain("Horn/1.0");
    expect(shown(rig.io.out).at(-1)).toMatch(/^2 devices, \d advertisements?$/);
    expect(rig.io.left).toBe(0);
  });

  test("has colours only where they are wanted", async () => {
    const colourOf = async (env: Record<string, string>, isTTY: boolean, ...args: string[]) => {
      await using rig = new Rig({ isTTY, env });
      await rig.announce("Lamp");
      await rig.run("browse", "--for", "3", ...args);
      return /␛\[[\d;]*m/.test(visible(rig.io.out));
    };
    expect(await colourOf({}, true)).toBe(true);
    expect(await colourOf({}, true, "--no-color")).toBe(false);
    expect(await colourOf({ NO_COLOR: "1" }, true)).toBe(false);
    expect(await colourOf({ NO_COLOR: "" }, true)).toBe(true);
    expect(await colourOf({ TERM: "dumb" }, true)).toBe(false);
    expect(await colourOf({}, false)).toBe(false);
    expect(await colourOf({ FORCE_COLOR: "1" }, false)).toBe(true);
    expect(await colourOf({ FORCE_COLOR: "0" }, true)).toBe(false);
    expect(await colourOf({ FORCE_COLOR: "1" }, false, "--no-color")).toBe(false);
  });
});
