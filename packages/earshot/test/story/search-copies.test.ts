import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/index.ts";
import { Lan } from "../../src/testing.ts";

describe("T-22 how often a search is sent", () => {
  test.each([
    [undefined, 3],
    [1, 1],
    [5, 5],
  ])("with searchCopies %s is %i times", async (searchCopies, copies) => {
    const lan = new Lan({ seed: 4 });
    const ssdp = searchCopies === undefined ? {} : { searchCopies };
    await using laptop = new Earshot({ network: lan.addHost("laptop"), ssdp });
    const monitor = laptop.monitor();
    await lan.until(laptop.find("upnp:rootdevice", { timeoutMs: 2900 }));
    await monitor.close();
    let sent = 0;
    for await (const { direction, link, message } of monitor)
      if (direction === "out" && link.endsWith("/4") && message.kind === "search") sent++;
    expect(sent).toBe(copies);
  });

  test.each([0, 11, 1.5])("%d times is refused", (searchCopies) => {
    const laptop = new Earshot({ network: new Lan({ seed: 4 }).addHost("laptop"), ssdp: { searchCopies } });
    expect(() => laptop.browse()).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
