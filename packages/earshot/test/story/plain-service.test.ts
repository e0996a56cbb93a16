import { expect, test } from "vitest";
import { scene } from "./describing.ts";

test("toJSON of a service is plain all through: structuredClone keeps every field, the times of its sightings too", async () => {
  const { lan, site, laptop, pass } = await scene();
  const finding = laptop.find("ssdp:all", { describe: true });
  await pass(100);
  site.notify({ SERVER: "OS/1 UPnP/1.1 Lamp/1" });
  const [service] = await lan.until(finding);
  const plain = service?.toJSON?.();
  const clone = structuredClone(plain);
  expect(clone).toEqual(plain);
  expect(clone?.device?.friendlyName).toBe("Lamp");
  const [sighting, heard] = [clone?.sightings[0], service?.sightings[0]];
  expect([sighting?.heardAt, sighting?.expiresAt]).toEqual([heard?.heardAt, heard?.expiresAt]);
  expect((sighting?.expiresAt.getTime() ?? 0) - (sighting?.heardAt.getTime() ?? 0)).toBe(1_800_000);
});
