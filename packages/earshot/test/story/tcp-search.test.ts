import { describe, expect, test } from "vitest";
import { Earshot, type EarshotOptions } from "../../src/index.ts";
import type { SearchAnswer } from "../../src/ssdp.ts";
import { Lan } from "../../src/testing/index.ts";
import { FILMS, offer } from "./household.ts";

/** A device and a control point. */
async function scene(ssdp: EarshotOptions["ssdp"] = { answerByTcp: true }) {
  const lan = new Lan({ seed: 42 });
  const device = new Earshot({ network: lan.addHost("device"), ssdp });
  const control = new Earshot({ network: lan.addHost("control") });
  await lan.until(device.advertise(offer));
  lan.advance(5000);
  return { lan, device, control };
}

async function read(search: AsyncIterable<SearchAnswer>): Promise<SearchAnswer[]> {
  const answers: SearchAnswer[] = [];
  for await (const answer of search) answers.push(answer);
  return answers;
}

describe("UD-041 a search that is answered over TCP", () => {
  test("gets every answer at once, on every link, and none by UDP", async () => {
    const { lan, control } = await scene();
    using capture = lan.capture();
    const answers = await lan.until(read(control.search("ssdp:all", { tcp: true, mx: 5 })));
    expect([...new Set(answers.map(({ usn }) => usn))].sort()).toEqual(FILMS);
    expect(new Set(answers.map(({ link }) => link))).toEqual(new Set(["eth0/4", "eth0/6"]));
    expect(answers).toHaveLength(2 * FILMS.length);
    const texts = capture.datagrams.map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(texts.filter((text) => text.startsWith("HTTP"))).toEqual([]);
    const ports = texts.map((text) => Number(/^TCPPORT\.UPNP\.ORG: (\d+)\r$/m.exec(text)?.[1]));
    for (const port of ports) expect(port).toBeGreaterThanOrEqual(49_152);
  });

  test("gets by UDP the answers of those who know nothing of it", async () => {
    const { lan, control } = await scene({});
    const answers = await lan.until(read(control.search("upnp:rootdevice", { tcp: true })));
    expect([...new Set(answers.map(({ usn }) => usn))]).toEqual(["uuid:films::upnp:rootdevice"]);
  });

  test("feeds browsers like any other", async () => {
    const { lan, control } = await scene();
    const browser = control.browse("upnp:rootdevice", { passive: true });
    await lan.until(browser.ready);
    expect(browser.services.size).toBe(0);
    await lan.until(read(control.search("ssdp:all", { tcp: true })));
    expect([...browser.services.values()].map(({ id }) => id)).toEqual(["uuid:films::upnp:rootdevice"]);
  });

  test("has its ports closed when it ends, is closed early, or the Earshot is", async () => {
    const { lan, control } = await scene();
    await lan.until(read(control.search("ssdp:all", { tcp: true })));
    expect(lan.describe()).not.toContain("TCP port");
    const early = control.search("ssdp:all", { tcp: true });
    await lan.until(early.close());
    lan.advance(100);
    await lan.until(Promise.resolve());
    expect(lan.describe()).not.toContain("TCP port");
    const standing = control.search("ssdp:all", { tcp: true, everyMs: 60_000 });
    await lan.until(standing.ready);
    expect(lan.describe()).toContain("TCP port");
    await lan.until(control.close());
    expect(lan.describe()).not.toContain("TCP port");
  });

  test("with the Earshot closed while it opens, ends", async () => {
    const { lan, control } = await scene();
    const search = control.search("ssdp:all", { tcp: true });
    const loop = read(search);
    await lan.until(control.close());
    lan.advance(100);
    expect(await lan.until(Promise.race([loop, search.ready.then(() => [])]))).toEqual([]);
    expect(lan.describe()).not.toContain("TCP port");
  });

  test("of one host, or by broadcast, there is none", async () => {
    const { control } = await scene();
    for (const more of [{ to: "10.0.0.1" }, { broadcast: true }]) {
      expect(() => control.search("ssdp:all", { tcp: true, ...more })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION" }),
      );
    }
    expect(() => control.search("two words", { tcp: true })).toThrow(
      expect.objectContaining({ code: "INVALID_SEARCH_TARGET" }),
    );
  });
});
