import { describe, expect, test } from "vitest";
import { freshRandom, hostIdentity, systemToken, uuidOf } from "../../src/node/identity.ts";

const ID = "0123456789abcdef0123456789abcdef";

describe("the identity of a host", () => {
  test("a UUID is always the same for one name on one host, and another for another", () => {
    const uuid = uuidOf(ID, "player");
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidOf(ID, "player")).toBe(uuid);
    expect(uuidOf(ID, "player2")).not.toBe(uuid);
    expect(uuidOf(`${ID}0`, "player")).not.toBe(uuid);
    expect(uuidOf(ID, "")).not.toContain(ID.slice(0, 8));
  });

  test("F-29 a UUID does not change from version to version of this library", () => {
    expect(uuidOf(ID, "player")).toBe("34991855-f219-5bf0-b3ed-d1402a499b00");
  });

  test("the machine's id is used only when it is one", () => {
    expect(hostIdentity(() => `${ID}\n`)).toBe(ID);
    const dbus = (path: string): string => (path.includes("dbus") ? ID : "uninitialized\n");
    expect(hostIdentity(dbus)).toBe(ID);
    const missing = (): string => {
      throw new Error("ENOENT");
    };
    expect(hostIdentity(missing)).not.toBe("");
    expect(hostIdentity(() => "00000000000000000000000000000000")).toBe(hostIdentity(missing));
  });

  test.each([
    ["Linux", "6.1.0-18-amd64", "Linux/6.1"],
    ["Darwin", "23.4.0", "Darwin/23.4"],
    ["Windows_NT", "10.0.22631", "Windows/10.0"],
    ["Sun OS/\r\n", "weird", "SunOS/0"],
    ["", "", "Unknown/0"],
  ])("the system %j %j is written %s", (name, version, token) => {
    expect(systemToken(name, version)).toBe(token);
  });

  test("no two networks draw the same numbers", () => {
    const firsts = new Set(Array.from({ length: 50 }, () => freshRandom().next()));
    expect(firsts.size).toBe(50);
  });
});
