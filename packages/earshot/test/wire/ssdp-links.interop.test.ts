import { expect, test } from "vitest";
import { EarshotBrowse, startAdvertising, type ToldChange } from "./lab/earshot.ts";
import type { Host } from "./lab/host.ts";
import { startGssdpBrowser } from "./lab/peers/gssdp-discover.ts";
import { startGupnpLight } from "./lab/peers/gupnp-light.ts";
import { Minissdpd } from "./lab/peers/minissdpd.ts";
import type { Announcing } from "./lab/peers/peer.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";

const type = "urn:schemas-upnp-org:device:LabDevice:1";
const offer = {
  type,
  usn: `uuid:65617273-686f-4400-8000-000000000003::${type}`,
  location: "http://{address}:8080/",
};

/** How often earshot looks at the interfaces, and how long it may then take to be all there again. */
const poll = 3_000;
const recovery = poll + 5_000;

/** Waits for something that an event shall bring about, and prints how long it took. */
async function timed(row: string, what: string, event: Promise<unknown>): Promise<void> {
  const began = Date.now();
  await event;
  console.log(`${row} ${what} after ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/** Waits until the light that starts now is told as found. The light's announcements are over before this returns. */
async function hears(browse: EarshotBrowse, host: Host): Promise<Announcing> {
  const light = await startGupnpLight(host);
  await browse.found(light.udn, recovery);
  return light;
}

function newest(browse: EarshotBrowse, usn: string): ToldChange | undefined {
  return browse.about(usn).at(-1);
}

describeWithPeers(
  "while interfaces and addresses change",
  ["gssdp-browser", "gupnp-light", "minissdpd"],
  () => {
    test("F-01 an interface that was down hears and is heard again", async () => {
      await using segment = await Segment.create({ hosts: 2, ipv6: true, route: "multicast" });
      const [other, own] = segment.hosts as [Host, Host];
      const browse = new EarshotBrowse(own);
      const minissdpd = await Minissdpd.start(other);
      const served = await startAdvertising(own, offer);
      await minissdpd.found(offer.usn);
      const light = await hears(browse, other);
      await own.down();
      // Longer than it takes to notice; what was heard is kept for a while.
      await timed("F-01", "its entries were lost", browse.lost(light.udn, 40_000));
      expect(newest(browse, light.udn)).toMatchObject({ kind: "lost", reason: "link-down" });
      await minissdpd.kill();
      const fresh = await Minissdpd.start(other);
      await own.up();
      await Promise.all([
        timed("F-01", "after up: found the others", browse.found(light.udn, recovery)),
        timed("F-01", "after up: was announced", fresh.found(offer.usn, recovery)),
      ]);
      expect(served.exit).toBeUndefined();
    });

    test("F-01 a short interruption loses nothing", async () => {
      await using segment = await Segment.create({ hosts: 2, route: "multicast" });
      const [other, own] = segment.hosts as [Host, Host];
      const browse = new EarshotBrowse(own);
      const light = await hears(browse, other);
      await own.down();
      await own.up();
      await light.stop();
      await timed("F-01", "heard a byebye after a short interruption", browse.lost(light.udn, recovery));
      expect(browse.about(light.udn).filter(({ reason }) => reason === "link-down")).toEqual([]);
    });

    test("F-02 a new address is announced, and the old location forgotten", async () => {
      await using segment = await Segment.create({ hosts: 2, route: "multicast" });
      const [other, own] = segment.hosts as [Host, Host];
      const minissdpd = await Minissdpd.start(other);
      const browse = new EarshotBrowse(other);
      await startAdvertising(own, offer);
      await Promise.all([minissdpd.found(offer.usn), browse.found(offer.usn)]);
      await own.addAddress("10.77.9.9/16");
      await own.deleteAddress(`${own.address}/16`);
      const location = (): string | null | undefined => newest(browse, offer.usn)?.service.location;
      const moved = (): boolean => location() === "http://10.77.9.9:8080/";
      await timed(
        "F-02",
        "its new location was known",
        browse.until(moved, "tell of the new location", recovery),
      );
      await browse.until(() => newest(browse, offer.usn)?.kind !== "lost", "have it");
      await minissdpd.until(
        (entries) => entries.length === 1 && entries[0]!.location.includes("10.77.9.9"),
        "move it",
      );
    });

    test("F-03 the only IPv4 address goes, IPv6 stays, and back", async () => {
      await using segment = await Segment.create({ hosts: 2, ipv6: true, route: "multicast" });
      const [other, own] = segment.hosts as [Host, Host];
      const browse = new EarshotBrowse(own);
      const six = await startGssdpBrowser(other, await other.linkLocal());
      const served = await startAdvertising(own, offer);
      await six.found(offer.usn);
      await own.deleteAddress(`${own.address}/16`);
      const light = await startGupnpLight(other, { address: await other.linkLocal() });
      await timed("F-03", "heard by IPv6 without IPv4", browse.found(light.udn, recovery));
      await light.stop();
      await browse.lost(light.udn);
      await own.addAddress(`${own.address}/16`);
      const four = await startGupnpLight(other);
      const byFour = (): boolean => browse.about(four.udn).some(({ service }) => hasLink(service, "eth0/4"));
      await timed("F-03", "heard by IPv4 again", browse.until(byFour, "hear it by IPv4", recovery + 30_000));
      expect(served.exit).toBeUndefined();
      expect(browse.process.exit).toBeUndefined();
    });

    test("F-04 an interface that appears is used, and one that disappears is let go", async () => {
      await using segment = await Segment.create({ hosts: 3, route: "multicast" });
      const [, far, own] = segment.hosts as [Host, Host, Host];
      const browse = new EarshotBrowse(own);
      await startAdvertising(own, offer);
      await segment.attach(2);
      await far.down("eth0");
      const light = await startGupnpLight(far, { interfaceName: "eth1" });
      const minissdpd = await Minissdpd.start(far, { interfaces: ["eth1"] });
      await segment.attach(3);
      await Promise.all([
        timed("F-04", "found what is behind a new interface", browse.found(light.udn, recovery)),
        timed("F-04", "was announced there", minissdpd.found(offer.usn, recovery)),
      ]);
      await own.ip("link", "del", "eth1");
      await timed("F-04", "lost what was behind it", browse.lost(light.udn, 40_000));
      expect(newest(browse, light.udn)).toMatchObject({ kind: "lost", reason: "link-down" });
    });

    test("F-05 after a sleep of ten seconds it hears and is heard", async () => {
      await using segment = await Segment.create({ hosts: 2, route: "multicast" });
      const [other, own] = segment.hosts as [Host, Host];
      const browse = new EarshotBrowse(own);
      const light = await hears(browse, other);
      process.kill(browse.process.pid, "SIGSTOP");
      await light.kill();
      await new Promise((resolve) => setTimeout(resolve, 10_000)); // as long as it sleeps
      process.kill(browse.process.pid, "SIGCONT");
      await timed("F-05", "missed what went in its sleep", browse.lost(light.udn, 30_000));
      await hears(browse, other);
    });
  },
);

function hasLink(service: ToldChange["service"], link: string): boolean {
  return service.sightings.some((sighting) => sighting.link === link);
}
