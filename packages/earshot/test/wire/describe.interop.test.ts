import { expect, test } from "vitest";
import { findServices, type ToldChange } from "./lab/earshot.ts";
import type { Host } from "./lab/host.ts";
import { startGupnpLight } from "./lab/peers/gupnp-light.ts";
import { startLibupnpDevice } from "./lab/peers/libupnp.ts";
import { startMinidlna } from "./lab/peers/minidlna.ts";
import { startMiniupnpd } from "./lab/peers/miniupnpd.ts";
import { startNodeSsdpServer } from "./lab/peers/node-ssdp.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";

type Described = ToldChange["service"] & {
  readonly name: string;
  readonly undescribed?: string;
  readonly deviceUdn?: string;
  readonly description?: {
    readonly device: { readonly friendlyName: string; readonly services: readonly unknown[] };
  };
};

describeWithPeers(
  "earshot find --describe reads",
  ["gupnp-light", "libupnp", "minidlnad", "miniupnpd", "node-ssdp"],
  () => {
    test("UD-014 what other people's servers say of their devices, each advertisement with its own device", async () => {
      await using segment = await Segment.create({ hosts: 6, route: "multicast" });
      const [one, two, three, four, five] = segment.hosts as [Host, Host, Host, Host, Host];
      const [media, gateway, light, device, undescribed] = await Promise.all([
        startMinidlna(one),
        startMiniupnpd(two),
        startGupnpLight(three, { maxAgeSeconds: 60 }),
        startLibupnpDevice(four, { maxAgeSeconds: 60 }),
        startNodeSsdpServer(five), // It announces a description that nobody serves.
      ]);
      const words = ["--describe", "--timeout", "8", "-4"];
      const found = (await findServices(segment.host(6), "ssdp:all", ...words)) as Described[];
      const of = (udn: string) => found.filter((service) => service.udn === udn.toLowerCase());
      for (const [peer, name] of [
        [media, "Lab media"],
        [gateway, "Lab gateway"],
        [light, "Lab light"],
        [device, "Lab pupnp"],
      ] as const) {
        expect(of(peer.udn).length, name).toBeGreaterThan(1);
        for (const service of of(peer.udn)) {
          expect(service.undescribed).toBeUndefined();
          expect(service.name).toContain(name);
          expect(service.description?.device.friendlyName).toContain(name);
          expect(service.deviceUdn?.toLowerCase()).toBe(service.udn);
        }
      }
      const embedded = found.filter(({ type }) => type.includes(":WANConnectionDevice:"));
      expect(embedded).toHaveLength(1);
      expect(embedded[0]?.deviceUdn?.toLowerCase()).toBe(embedded[0]?.udn);
      expect(embedded[0]?.description?.device.friendlyName).toContain("Lab gateway");
      for (const service of of(undescribed.udn)) expect(service.undescribed).toMatch(/ECONNREFUSED/);
      expect(of(undescribed.udn).length).toBeGreaterThan(0);
    });
  },
);
