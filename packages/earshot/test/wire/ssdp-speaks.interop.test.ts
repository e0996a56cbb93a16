import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { textsFrom } from "./lab/dissect.ts";
import { EarshotBrowse, findServices, runEarshot, startAdvertising } from "./lab/earshot.ts";
import { expectWellFormed } from "./lab/expect-well-formed.ts";
import type { Host } from "./lab/host.ts";
import { startGssdpBrowser, startGssdpDiscover } from "./lab/peers/gssdp-discover.ts";
import { startGupnpLight } from "./lab/peers/gupnp-light.ts";
import { startLibupnpControlPoint } from "./lab/peers/libupnp.ts";
import { Minissdpd } from "./lab/peers/minissdpd.ts";
import { startNodeSsdpClient } from "./lab/peers/node-ssdp.ts";
import { describeWithPeers } from "./lab/require.ts";
import type { Running } from "./lab/running.ts";
import { Segment } from "./lab/segment.ts";

const type = "urn:schemas-upnp-org:device:LabDevice:1";
const udn = "uuid:65617273-686f-4400-8000-000000000001";
const usn = `${udn}::${type}`;

/** A device tree: 3 entries for the root, 2 for the embedded device, 1 for each of the services. */
const tree = {
  type: "urn:schemas-upnp-org:device:MediaServer:1",
  udn,
  location: "http://{address}:8080/description.xml",
  services: ["urn:schemas-upnp-org:service:ContentDirectory:1"],
  devices: [
    {
      type: "urn:schemas-upnp-org:device:BinaryLight:1",
      udn: "uuid:65617273-686f-4400-8000-000000000002",
      services: ["urn:schemas-upnp-org:service:SwitchPower:1"],
    },
  ],
};
const treeUsns = [
  `${udn}::upnp:rootdevice`,
  udn,
  `${udn}::${tree.type}`,
  `${udn}::${tree.services[0]}`,
  tree.devices[0]!.udn,
  `${tree.devices[0]!.udn}::${tree.devices[0]!.type}`,
  `${tree.devices[0]!.udn}::${tree.devices[0]!.services[0]}`,
];

/** `earshot ssdp serve` on the last host, for all listeners on hosts 1 to 3. */
function serve(host: Host, ...words: string[]): Running {
  return runEarshot(
    host,
    "ssdp",
    "serve",
    usn,
    "--type",
    type,
    "--location",
    "http://{address}:8080/",
    ...words,
  );
}

/** On hosts 1 to 3, searching `target`, or everything. */
async function startListeners(segment: Segment, target = "ssdp:all") {
  const [gssdp, libupnp, minissdpd, nodeSsdp] = await Promise.all([
    startGssdpDiscover(segment.host(1), { target }),
    startLibupnpControlPoint(segment.host(2), { target }),
    Minissdpd.start(segment.host(3)),
    startNodeSsdpClient(segment.host(3), { target }),
  ]);
  return { gssdp, libupnp, minissdpd, nodeSsdp };
}

function kindOf(text: string): string {
  if (text.startsWith("HTTP/")) return "answer";
  return /^NTS: *ssdp:(\w+)/im.exec(text)?.[1] ?? "other";
}

describeWithPeers(
  "T-07 what earshot serves is found",
  ["gssdp-discover", "libupnp", "minissdpd", "node-ssdp", "tshark"],
  () => {
    test("by everybody who listens, and its byebye is heard", async () => {
      await using segment = await Segment.create({ hosts: 4, route: "multicast" });
      const capture = await segment.capture(4, "serve.pcap");
      const listeners = await startListeners(segment);
      const all = Object.values(listeners);
      const served = serve(segment.host(4), "--max-age", "90");
      await Promise.all(all.map((one) => one.found(usn)));
      expect(await listeners.minissdpd.entries()).toContainEqual({
        usn,
        target: type,
        location: "http://10.77.0.4:8080/",
      });
      const asked = Date.now();
      expect(await served.stop("SIGINT")).toEqual({ code: 0, signal: null });
      console.log(`F-30 goodbye said and process ended ${Date.now() - asked} ms after Ctrl-C`);
      await Promise.all(all.map((one) => one.gone(usn)));
      await expectWellFormed(capture, segment.host(4).address);
    });

    test("by everybody who searches, for everything or for its type", async () => {
      for (const target of ["ssdp:all", type]) {
        await using segment = await Segment.create({ hosts: 4, route: "multicast" });
        const capture = await segment.capture(4, "search.pcap");
        const served = await startAdvertising(segment.host(4), {
          type,
          usn,
          location: "http://{address}:8080/",
        });
        const { gssdp, libupnp, nodeSsdp } = await startListeners(segment, target);
        await gssdp.found(usn);
        // These two tell an answer from an announcement.
        await Promise.all([libupnp, nodeSsdp].map(({ process }) => process.waitFor(`ANSWER ${usn}`)));
        await served.stop();
        await expectWellFormed(capture, segment.host(4).address);
      }
    });

    test("with the headers that its user wants", async () => {
      await using segment = await Segment.create({ hosts: 2, route: "multicast" });
      const browse = new EarshotBrowse(segment.host(1));
      serve(segment.host(2), "-e", "X-Name.example.org", "Lab", "--max-age", "90");
      await browse.found(usn);
      const line = browse.process.output.find((text) => text.includes(usn))!;
      expect(line).toContain("Lab");
      expect(line.toLowerCase()).toContain("x-name.example.org");
    });

    test("UD-012 a device tree with all of its 3 + 2d + k entries", async () => {
      await using segment = await Segment.create({ hosts: 4, route: "multicast" });
      const capture = await segment.capture(4, "tree.pcap");
      const { gssdp, libupnp, minissdpd, nodeSsdp } = await startListeners(segment);
      const served = await startAdvertising(segment.host(4), tree);
      const exact = [gssdp, minissdpd, nodeSsdp];
      await Promise.all(exact.flatMap((one) => treeUsns.map((each) => one.found(each))));
      await libupnp.found(tree.devices[0]!.udn);
      expect((await minissdpd.entries()).map((entry) => entry.usn).sort()).toEqual([...treeUsns].sort());
      expect(await served.stop()).toEqual({ code: 0, signal: null });
      const udns = [udn, tree.devices[0]!.udn];
      await Promise.all(
        [gssdp, libupnp, minissdpd, nodeSsdp].flatMap((one) => udns.map((each) => one.gone(each))),
      );
      await expectWellFormed(capture, segment.host(4).address);
    });

    test("UD-031 and nothing but byebyes comes after the first of them, whoever has searched before", async () => {
      await using segment = await Segment.create({ hosts: 4, route: "multicast" });
      const capture = await segment.capture(4, "after.pcap");
      const { gssdp, libupnp } = await startListeners(segment);
      const served = await startAdvertising(segment.host(4), tree);
      await Promise.all([gssdp.found(udn), libupnp.process.waitFor(`ANSWER ${udn}`)]);
      await served.stop();
      const kinds = (await textsFrom(await capture.stop(), [segment.host(4).address])).map(kindOf);
      expect(kinds).toEqual(expect.arrayContaining(["answer", "alive", "byebye"]));
      expect(kinds.slice(kinds.indexOf("byebye"))).toEqual(kinds.filter((kind) => kind === "byebye"));
    });
  },
);

describeWithPeers(
  "what earshot serves is found under circumstances",
  ["gssdp-browser", "gssdp-discover", "libupnp", "minissdpd", "node-ssdp", "tshark"],
  () => {
    test("F-17 by IPv6 alone", async () => {
      await using segment = await Segment.create({ hosts: 3, ipv6: true, route: "multicast" });
      const [one, two, own] = segment.hosts as [Host, Host, Host];
      await own.deleteAddress(`${own.address}/16`);
      const capture = await segment.capture(3, "v6.pcap");
      const listeners = await Promise.all([
        startGssdpBrowser(one, await one.linkLocal()),
        startLibupnpControlPoint(one),
        Minissdpd.start(two, { ipv6: true }),
      ]);
      const served = serve(own);
      await Promise.all(listeners.map((each) => each.found(usn)));
      expect(await served.stop("SIGINT")).toEqual({ code: 0, signal: null });
      await Promise.all(listeners.map((each) => each.gone(usn)));
      await expectWellFormed(capture, own.address6, await own.linkLocal());
    });

    test("F-14 by two interfaces, each with the address that is right there", async () => {
      await using segment = await Segment.create({ hosts: 3, route: "multicast" });
      await segment.attach(2, { name: "eth1", bridge: 1 });
      await segment.attach(3, { name: "eth1", bridge: 1 });
      const capture = await segment.capture(3, "two.pcap", "eth1");
      const near = await startGssdpDiscover(segment.host(1));
      const far = await startGssdpDiscover(segment.host(2), { interfaceName: "eth1" });
      const minissdpd = await Minissdpd.start(segment.host(2), { interfaces: ["eth1"] });
      const served = serve(segment.host(3));
      await Promise.all([near, far, minissdpd].map((one) => one.found(usn)));
      await near.process.waitFor("http://10.77.0.3:8080/");
      expect(near.process.output.join("\n")).not.toContain("10.78.");
      expect((await minissdpd.entries()).map(({ location }) => location)).toEqual(["http://10.78.0.3:8080/"]);
      await served.stop("SIGINT");
      await Promise.all([near, far, minissdpd].map((one) => one.gone(usn)));
      await expectWellFormed(capture, "10.78.0.3");
    });

    test("F-14 by three interfaces, heard and found on each, with the address that is right there", async () => {
      await using segment = await Segment.create({ hosts: 4, route: "multicast" });
      for (const bridge of [1, 2]) {
        await segment.attach(1, { name: `eth${bridge}`, bridge });
        await segment.attach(2 + bridge, { name: `eth${bridge}`, bridge });
        await segment.host(2 + bridge).down("eth0");
      }
      const captures = await Promise.all(
        ["eth0", "eth1", "eth2"].map((name) => segment.capture(1, `${name}.pcap`, name)),
      );
      await Promise.all(
        [2, 3, 4].map((host, bridge) =>
          startGupnpLight(segment.host(host), { interfaceName: `eth${bridge}` }),
        ),
      );
      const [light, ...others] = await findServices(
        segment.host(1),
        "urn:schemas-upnp-org:device:BinaryLight:1",
      );
      expect(others).toEqual([]);
      expect(light?.sightings.map(({ link }) => link).sort()).toEqual(["eth0/4", "eth1/4", "eth2/4"]);
      const finders = await Promise.all(
        [2, 3, 4].map((host, bridge) =>
          startGssdpDiscover(segment.host(host), { interfaceName: `eth${bridge}` }),
        ),
      );
      const served = serve(segment.host(1));
      for (const [bridge, finder] of finders.entries()) {
        await finder.found(usn);
        await finder.process.waitFor(`http://10.${77 + bridge}.0.1:8080/`);
      }
      await served.stop("SIGINT");
      await Promise.all(finders.map((finder) => finder.gone(usn)));
      for (const [bridge, capture] of captures.entries())
        await expectWellFormed(capture, `10.${77 + bridge}.0.1`);
    });

    test("F-20 beside a minissdpd on the same host, which goes on answering for others", async () => {
      await using segment = await Segment.create({ hosts: 2, route: "multicast" });
      const [one, own] = segment.hosts as [Host, Host];
      const minissdpd = await Minissdpd.start(own);
      const other = {
        target: "urn:lab:device:Other:1",
        usn: "uuid:0-0-1::urn:lab:device:Other:1",
        location: "http://10.77.0.2/",
      };
      await minissdpd.register(other);
      const gssdp = await startGssdpDiscover(one);
      const served = serve(own);
      await Promise.all([gssdp.found(usn), gssdp.found(other.usn), minissdpd.found(usn)]);
      const ask = fileURLToPath(new URL("lab/children/ask.js", import.meta.url));
      const asked = one.run(process.execPath, [ask, own.address, other.target]);
      await asked.waitFor(`ANSWER ${other.usn}`);
      await served.stop("SIGINT");
      await Promise.all([gssdp.gone(usn), minissdpd.gone(usn)]);
    });

    test("by earshot itself, which hears its goodbye, and its return", async () => {
      await using segment = await Segment.create({ hosts: 2 });
      const browse = new EarshotBrowse(segment.host(1));
      const served = serve(segment.host(2));
      await browse.found(usn);
      await served.stop("SIGINT");
      expect((await browse.lost(usn)).map(({ reason }) => reason)).toEqual(["goodbye"]);
      serve(segment.host(2));
      await browse.found(usn);
    });
  },
);
