import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { EarshotBrowse, findServices, runEarshot, type ToldChange } from "./lab/earshot.ts";
import { expectWellFormed } from "./lab/expect-well-formed.ts";
import type { Host } from "./lab/host.ts";
import { startGupnpLight } from "./lab/peers/gupnp-light.ts";
import { startLibupnpDevice } from "./lab/peers/libupnp.ts";
import { startMinidlna } from "./lab/peers/minidlna.ts";
import { Minissdpd } from "./lab/peers/minissdpd.ts";
import { startMiniupnpd } from "./lab/peers/miniupnpd.ts";
import { startNodeSsdpServer } from "./lab/peers/node-ssdp.ts";
import type { Announcing } from "./lab/peers/peer.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";

/** What minissdpd answers for, of which nothing is ever announced. */
const registered = {
  target: "urn:schemas-upnp-org:device:LabDevice:1",
  usn: "uuid:6d696e69-0000-4000-8000-000000000001::urn:schemas-upnp-org:device:LabDevice:1",
  location: "http://10.77.0.5:8200/desc.xml",
};

/** One minute, the shortest lifetime that earshot believes, and time to ask the silent. */
const shortestLife = 60_000;
const longestLife = 120_000;
const verification = 20_000;

/** Hosts 1 to 5: a media server, a gateway, a light, two devices, and minissdpd; 6 is for earshot. */
async function startHousehold(segment: Segment): Promise<{ announcing: Announcing[]; minissdpd: Minissdpd }> {
  const [one, two, three, four, five] = segment.hosts as [Host, Host, Host, Host, Host];
  const minissdpd = await Minissdpd.start(five);
  await minissdpd.register(registered);
  const announcing = await Promise.all([
    startMinidlna(one),
    startMiniupnpd(two),
    startGupnpLight(three, { maxAgeSeconds: 60 }),
    startLibupnpDevice(four, { maxAgeSeconds: 60 }),
    startNodeSsdpServer(four),
  ]);
  return { announcing, minissdpd };
}

function isOf(usn: string): (service: { readonly usn: string }) => boolean {
  return (service) => service.usn === usn;
}

function hostsOf(service: ToldChange["service"]): string[] {
  return service.locations.map(({ url }) => new URL(url).hostname).sort();
}

describeWithPeers(
  "earshot browse hears",
  ["gupnp-light", "libupnp", "minidlnad", "minissdpd", "miniupnpd", "node-ssdp", "tshark"],
  () => {
    test("real devices come, and leave with a goodbye", async () => {
      await using segment = await Segment.create({ hosts: 6, route: "multicast" });
      const capture = await segment.capture(6, "goodbye.pcap");
      const browse = new EarshotBrowse(segment.host(6));
      const { announcing } = await startHousehold(segment);
      await Promise.all(announcing.map(({ udn }) => browse.found(udn)));
      await Promise.all(announcing.map((one) => one.stop()));
      const losses = await Promise.all(announcing.map(({ udn }) => browse.lost(udn)));
      const reasons = losses.flat().map(({ service, reason }) => `${service.usn} ${reason}`);
      expect(reasons).toEqual(reasons.map((line) => line.replace(/ \S*$/, " goodbye")));
      await expectWellFormed(capture, segment.host(6).address);
    });

    test("devices that were there before are found, with all that they advertise", async () => {
      await using segment = await Segment.create({ hosts: 6, route: "multicast" });
      const { announcing } = await startHousehold(segment);
      const browse = new EarshotBrowse(segment.host(6));
      const [media, gateway, light] = announcing as [Announcing, Announcing, Announcing];
      const usns = [
        media.udn,
        `${media.udn}::upnp:rootdevice`,
        `${media.udn}::urn:schemas-upnp-org:device:MediaServer:1`,
        `${media.udn}::urn:schemas-upnp-org:service:ContentDirectory:1`,
        `${gateway.udn}::urn:schemas-upnp-org:device:InternetGatewayDevice:2`,
        `${light.udn}::urn:schemas-upnp-org:device:BinaryLight:1`,
        `${light.udn}::urn:schemas-upnp-org:service:SwitchPower:1`,
        registered.usn,
      ];
      await Promise.all(usns.map((usn) => browse.found(usn)));
      expect(await browse.found(registered.usn)).toMatchObject({
        protocol: "ssdp",
        usn: registered.usn,
        udn: registered.usn.split("::")[0],
        type: registered.target,
        location: registered.location,
      });
      const exact = (usn: string) => browse.changes.filter(({ service }) => service.usn === usn);
      for (const usn of usns) expect(exact(usn)[0]).toMatchObject({ v: 1, kind: "found" });
    });

    test("what minissdpd answers for is found, and lost by the byebye of its owner", async () => {
      await using segment = await Segment.create({ hosts: 6, route: "multicast" });
      const owner = segment.host(5);
      const minissdpd = await Minissdpd.start(owner);
      await minissdpd.register(registered);
      const browse = new EarshotBrowse(segment.host(6));
      await browse.found(registered.usn);
      const script = fileURLToPath(new URL("lab/children/say-byebye.js", import.meta.url));
      await minissdpd.stop();
      await owner.exec(process.execPath, [script, owner.address, registered.usn, registered.target]);
      expect(await browse.lost(registered.usn)).toMatchObject([{ reason: "goodbye" }]);
    });

    test("F-31 devices killed without a goodbye expire", { timeout: 300_000 }, async () => {
      await using segment = await Segment.create({ hosts: 6, route: "multicast" });
      const capture = await segment.capture(6, "expiry.pcap");
      const { announcing, minissdpd } = await startHousehold(segment);
      const mortal = announcing.slice(0, 4); // node-ssdp announces half an hour, whatever it is told
      const browse = new EarshotBrowse(segment.host(6));
      const usns = [...mortal.map(({ udn }) => udn), registered.usn];
      await Promise.all(usns.map((usn) => browse.found(usn)));
      await Promise.all([...mortal, minissdpd].map((one) => one.kill()));
      const killed = Date.now();
      const expiry = async (usn: string): Promise<string[]> => {
        const losses = await browse.lost(usn, longestLife + verification);
        console.log(
          `${usn.split("::")[0]} expired ${Math.round((Date.now() - killed) / 1000)} s after its end`,
        );
        expect(losses.map(({ reason }) => reason)).toEqual(losses.map(() => "expired"));
        return losses.map(({ service }) => service.usn);
      };
      const lost = (await Promise.all(usns.map(expiry))).flat();
      for (const usn of usns) expect(lost).toContainEqual(expect.stringContaining(usn));
      expect(Date.now() - killed).toBeGreaterThan(shortestLife / 2);
      expect(browse.about(announcing[4]!.udn).at(-1)).toMatchObject({ kind: "found" });
      await expectWellFormed(capture, segment.host(6).address);
    });

    test("F-20 beside a minissdpd on the same host, which goes on hearing everything", async () => {
      await using segment = await Segment.create({ hosts: 2, route: "multicast" });
      const minissdpd = await Minissdpd.start(segment.host(2));
      const browse = new EarshotBrowse(segment.host(2));
      await browse.until(() => true, "start");
      const light = await startGupnpLight(segment.host(1));
      await Promise.all([browse.found(light.udn), minissdpd.found(light.udn)]);
      await light.stop();
      const [losses] = await Promise.all([browse.lost(light.udn), minissdpd.gone(light.udn)]);
      expect(losses[0]).toMatchObject({ reason: "goodbye" });
    });

    test("F-14 by two interfaces: what is on either, and a device on both as one", async () => {
      await using segment = await Segment.create({ hosts: 4, route: "multicast" });
      await segment.attach(1);
      await segment.attach(2, { name: "eth1", bridge: 1 });
      await segment.attach(4, { name: "eth1", bridge: 1 });
      await segment.host(4).down("eth0");
      const capture = await segment.capture(1, "two.pcap", "eth1");
      const browse = new EarshotBrowse(segment.host(1));
      const both = await startMinidlna(segment.host(2), { interfaces: ["eth0", "eth1"] });
      const near = await startLibupnpDevice(segment.host(3));
      const far = await startGupnpLight(segment.host(4), { interfaceName: "eth1" });
      await Promise.all([near, far].map(({ udn }) => browse.found(udn)));
      const usn = `${both.udn}::upnp:rootdevice`;
      await browse.found(usn);
      const [service, ...others] = (await findServices(segment.host(1), usn.split("::")[1]!)).filter(
        isOf(usn),
      );
      expect(others).toEqual([]);
      expect(hostsOf(service!)).toEqual(["10.77.0.2", "10.78.0.2"]);
      expect(browse.changes.filter((change) => change.service.usn === usn)).toHaveLength(1);
      expect((await browse.found(near.udn)).sightings.map(({ link }) => link)).toEqual(["eth0/4"]);
      expect((await browse.found(far.udn)).sightings.map(({ link }) => link)).toEqual(["eth1/4"]);
      await Promise.all([both, near, far].map((one) => one.stop()));
      await Promise.all([both, near, far].map(({ udn }) => browse.lost(udn)));
      await expectWellFormed(capture, "10.78.0.1");
    });

    test("with --interface only what is there", async () => {
      await using segment = await Segment.create({ hosts: 3, route: "multicast" });
      await segment.attach(1);
      await segment.attach(3);
      await segment.host(3).down("eth0");
      const near = await startLibupnpDevice(segment.host(2));
      const far = await startGupnpLight(segment.host(3), { interfaceName: "eth1" });
      const words = ["browse", "--json", "--for", "4", "--interface", "eth1"];
      const browse = runEarshot(segment.host(1), ...words);
      expect(await browse.exited).toEqual({ code: 0, signal: null });
      expect(browse.output.join("\n")).toContain(far.udn);
      expect(browse.output.join("\n")).not.toContain(near.udn);
    });
  },
);

describeWithPeers("earshot browse hears by IPv6", ["gupnp-light", "minidlnad", "tshark"], () => {
  test("F-17 without IPv4 anywhere", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv4: false, ipv6: true });
    const [device, own] = segment.hosts as [Host, Host];
    const capture = await segment.capture(2, "v6.pcap");
    const browse = new EarshotBrowse(own);
    const address = await device.linkLocal();
    const light = await startGupnpLight(device, { address });
    const service = await browse.found(`${light.udn}::urn:schemas-upnp-org:device:BinaryLight:1`);
    expect(service.location).toContain(`[${address}`);
    expect(service.addresses).toContain(address);
    await light.stop();
    expect((await browse.lost(light.udn))[0]).toMatchObject({ reason: "goodbye" });
    await expectWellFormed(capture, own.address6, await own.linkLocal());
  });

  test("F-17 what was there before", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv4: false, ipv6: true });
    const [device, own] = segment.hosts as [Host, Host];
    const light = await startGupnpLight(device, { address: await device.linkLocal() });
    await new EarshotBrowse(own).found(`${light.udn}::upnp:rootdevice`);
  });

  test("F-15 a device by both families is one device", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv6: true });
    const [device, own] = segment.hosts as [Host, Host];
    const browse = new EarshotBrowse(own);
    const four = await startGupnpLight(device, { address: device.address });
    const six = await startGupnpLight(device, { address: await device.linkLocal() });
    const usn = `${four.udn}::upnp:rootdevice`;
    await browse.found(usn);
    const [service, ...others] = (await findServices(own, "upnp:rootdevice")).filter(isOf(usn));
    expect(others).toEqual([]);
    expect(service!.sightings.map(({ link }) => link).sort()).toEqual(["eth0/4", "eth0/6"]);
    expect(service!.addresses).toEqual(expect.arrayContaining([device.address, await device.linkLocal()]));
    await four.stop();
    const [left] = (await findServices(own, "upnp:rootdevice")).filter(isOf(usn));
    expect(left!.sightings.map(({ link }) => link)).toEqual(["eth0/6"]);
    const kinds = (): string[] =>
      browse.changes.filter(({ service: { usn: heard } }) => heard === usn).map(({ kind }) => kind);
    expect(kinds()).toEqual(["found"]);
    await six.stop();
    expect((await browse.lost(usn))[0]).toMatchObject({ reason: "goodbye" });
    expect(kinds()).toEqual(["found", "lost"]);
  });
});
