import { describe, expect, test } from "vitest";
import { localName, reverseName } from "../../src/cli/local-name.ts";

describe("names on the command line", () => {
  test.each([
    ["printer", "printer.local"],
    ["printer.local", "printer.local"],
    ["printer.local.", "printer.local"],
    ["_ipp._tcp", "_ipp._tcp.local"],
    ["Front desk._ipp._TCP", "Front desk._ipp._TCP.local"],
    ["my\\.printer", "my\\.printer.local"],
    ["local", "local"],
  ])("M42 %s is %s", (text, whole) => {
    expect(localName(text).toString()).toBe(whole);
  });

  test.each(["printer.example", "www.example.com", "a.b.c"])(
    "A62-152 %s has two labels or more, and gets no .local",
    (text) => {
      expect(localName(text).toString()).toBe(text);
    },
  );

  test("a dot at the end says that it is the whole name", () => {
    expect(localName("printer.").toString()).toBe("printer");
  });

  test("an address stands for the name that its PTR record has", () => {
    expect(reverseName("192.0.2.7")?.toString()).toBe("7.2.0.192.in-addr.arpa");
    expect(reverseName("fe80::1%eth0")?.toString()).toMatch(/^1(?:\.0){28}\.8\.e\.f\.ip6\.arpa$/);
    expect(reverseName("printer")).toBeUndefined();
  });
});
