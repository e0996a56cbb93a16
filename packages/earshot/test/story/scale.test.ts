import { expect, test } from "vitest";
import { Earshot } from "../../src/earshot.ts";
import { Lan } from "../../src/testing/index.ts";

const PRESENCE = "urn:example-org:service:Presence:1";

test("1,000 whole engines on one LAN: each announces itself, one browser finds them all and sees them leave", {
  timeout: 30_000,
}, async () => {
  const lan = new Lan({ seed: 1000 });
  const ssdp = { limits: { devices: 2000, services: 8000, devicesPerSource: 64 } };
  const laptop = new Earshot({ network: lan.addHost("laptop", { addresses: ["10.0.255.1/16"] }), ssdp });
  const browser = laptop.browse(PRESENCE);
  const devices = Array.from({ length: 1000 }, (_, i) => {
    const address = `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}/16`;
    return new Earshot({ network: lan.addHost(`device-${i}`, { addresses: [address] }) });
  });
  await lan.until(Promise.all(devices.map((device) => device.advertise({ type: PRESENCE, port: 80 }))));
  lan.advance(2000);
  expect(browser.services.size).toBe(1000);
  await lan.until(Promise.all(devices.map((device) => device.close())));
  lan.advance(1000);
  expect(browser.services.size).toBe(0);
});
