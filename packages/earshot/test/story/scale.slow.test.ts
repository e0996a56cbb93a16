import { expect, test } from "vitest";
import { Driver } from "../../src/network/index.ts";
import { advertisement, SsdpEngine, type SsdpEvent, ssdpConfig } from "../../src/ssdp/index.ts";
import { Lan } from "../../src/testing/index.ts";

const LIMITS = { devices: 20_000, services: 20_000 };

test("F-41 10,000 whole engines on one LAN: each announces itself, one listens, finds all and sees all leave", async () => {
  const lan = new Lan({ seed: 10_000 });
  const here = new Set<string>();
  const listener = lan.addHost("listener", { addresses: ["10.0.255.1/16"] });
  const ears = new SsdpEngine(
    ssdpConfig({ limits: LIMITS }, { bootId: 1, system: listener.system }),
    listener.random,
  );
  const hearing = new Driver<SsdpEvent>(listener, ears, {
    deliver: (event) => {
      if (event.kind === "found") here.add(event.record.usn);
      if (event.kind === "lost") here.delete(event.record.usn);
    },
  });
  ears.listen();
  const devices = Array.from({ length: 10_000 }, (_, i) => {
    const host = lan.addHost(`device-${i}`, {
      addresses: [`10.0.${Math.floor(i / 250)}.${(i % 250) + 1}/16`],
    });
    const engine = new SsdpEngine(ssdpConfig({}, { bootId: 1, system: host.system }), host.random);
    const driver = new Driver<SsdpEvent>(host, engine, { deliver: () => {} });
    const bare = { target: "urn:x:service:Presence:1", usn: `uuid:${i}::urn:x:service:Presence:1` };
    return { engine, driver, id: driver.turn((turn) => engine.offer(advertisement({ bare }), turn)) };
  });
  await lan.until(Promise.all(devices.map(({ driver }) => driver.ready)));
  const start = performance.now();
  lan.advance(2000);
  expect(here.size).toBe(10_000);
  for (const { engine, driver, id } of devices) driver.turn((turn) => engine.withdraw(id, turn));
  lan.advance(1000);
  expect(here.size).toBe(0);
  const seconds = (performance.now() - start) / 1000;
  console.log(`10,000 engines: ${lan.stats.delivered} deliveries in ${seconds.toFixed(1)} s`);
  await hearing.close();
});
