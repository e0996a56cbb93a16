import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { STANDING_SEARCH_EVERY } from "../../src/ssdp/timing.ts";
import { DEVICE, Rig, UDN, V4 } from "../ssdp/rig.ts";

const security = readFileSync(new URL("../../../../SECURITY.md", import.meta.url), "utf8");
const HOURS = 24;

/** Bytes sent in an hour of a quiet day, once all has settled. */
function bytesAnHour(start: (rig: Rig) => void): number {
  const rig = new Rig({ links: [V4] });
  start(rig);
  rig.advance(60_000);
  rig.forget();
  rig.advance(HOURS * 3_600_000);
  return rig.sent.reduce((sum, { bytes }) => sum + bytes.length, 0) / HOURS;
}

test("G-26 what is sent on a link where nothing happens is no more than SECURITY.md says, and not much less", () => {
  const announcing = bytesAnHour((rig) => {
    const root = { type: DEVICE, udn: UDN, services: ["urn:schemas-upnp-org:service:ContentDirectory:1"] };
    rig.offer({ location: "http://{address}:49152/description.xml", root });
  });
  const searching = bytesAnHour((rig) => rig.search({ everyMs: STANDING_SEARCH_EVERY }));
  const [, most = "", mostSearching = ""] =
    /root device with one service ([\d.]+) kB an hour on each link, a browser ([\d.]+) kB/.exec(security) ??
    [];
  for (const [measured, documented] of [
    [announcing, Number(most)],
    [searching, Number(mostSearching)],
  ] as const) {
    expect(measured / 1000).toBeLessThanOrEqual(documented);
    expect(measured / 1000).toBeGreaterThan(0.7 * documented);
  }
});

test("G-01 G-26 who only listens sends nothing at all, however long", () => {
  expect(bytesAnHour((rig) => rig.engine.listen({ asks: false }))).toBe(0);
});
