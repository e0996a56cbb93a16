/* The mDNS programs of other people find each other in the lab, without us: what the other tests stand on. */
import { expect, test } from "vitest";
import { Avahi } from "./lab/peers/avahi.ts";
import type { Browsing, Offered } from "./lab/peers/dns-sd-peer.ts";
import { mquery, startMdnsd } from "./lab/peers/mdnsd.ts";
import { startBonjourBrowser, startBonjourPublisher, startCiao } from "./lab/peers/node-dns-sd.ts";
import { startZeroconfBrowser, startZeroconfPublisher } from "./lab/peers/python-zeroconf.ts";
import { SystemdResolved } from "./lab/peers/systemd-resolved.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";

const offered: Offered = {
  name: "Lab Printer",
  type: "_lab._tcp",
  port: 8631,
  txt: ["path=/a b", "v=1"],
};

/** Finds what is offered, and sees it leave. */
async function expectFoundAndGone(browser: Browsing, stop: () => Promise<void>): Promise<void> {
  const { name, type, port, txt } = offered;
  await browser.found(name, { type, port, ...(txt ? { txt } : {}), addresses: ["10.77.0.1"] });
  await stop();
  await browser.gone(name);
}

describeWithPeers("avahi publishes", ["avahi", "python-zeroconf"], () => {
  test("python-zeroconf finds it and sees it leave", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const avahi = await Avahi.start(segment.host(1));
    const browser = await startZeroconfBrowser(segment.host(2), offered.type);
    const published = await avahi.publish(offered);
    await expectFoundAndGone(browser, published.stop);
  });

  test("by a subtype too", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const avahi = await Avahi.start(segment.host(1));
    await avahi.publish({ ...offered, subtypes: ["_colour"] });
    const browser = await startZeroconfBrowser(segment.host(2), `_colour._sub.${offered.type}`);
    await browser.found(offered.name, { port: offered.port });
  });

  test("over IPv6 alone", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv4: false, ipv6: true });
    const avahi = await Avahi.start(segment.host(1), { families: [6] });
    await avahi.publish(offered);
    const browser = await startZeroconfBrowser(segment.host(2), offered.type, { families: [6] });
    await browser.found(offered.name, { port: offered.port });
  });

  test("avahi itself finds what avahi publishes on another host, and resolves its address", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const [one, two] = [await Avahi.start(segment.host(1)), await Avahi.start(segment.host(2))];
    await one.publishAddress("lab-camera.local", "10.77.9.9");
    const { stdout } = await two.resolve("-4", "-n", "lab-camera.local");
    expect(stdout).toBe("lab-camera.local\t10.77.9.9\n");
    const browser = two.browse(offered.type);
    const published = await one.publish(offered);
    await expectFoundAndGone(browser, published.stop);
  });
});

describeWithPeers("others publish, and avahi finds", ["avahi", "python-zeroconf"], () => {
  test("python-zeroconf", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const avahi = await Avahi.start(segment.host(2));
    const published = await startZeroconfPublisher(segment.host(1), offered);
    await expectFoundAndGone(avahi.browse(offered.type), published.stop);
  });
});

describeWithPeers("mdnsd publishes", ["avahi", "mdnsd"], () => {
  test("avahi and mquery find it; it leaves without a goodbye", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const avahi = await Avahi.start(segment.host(2));
    await startMdnsd(segment.host(1), offered);
    const { name, type, port, txt = [] } = offered;
    await avahi.browse(type).found(name, { port, txt, addresses: ["10.77.0.1"] });
    expect((await mquery(segment.host(2), `${type}.local.`)).stdout).toContain(name);
  });
});

describeWithPeers("ciao publishes", ["avahi", "ciao"], () => {
  test("avahi finds it, by its subtype too, and sees it leave", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const avahi = await Avahi.start(segment.host(2));
    const published = await startCiao(segment.host(1), { ...offered, subtypes: ["_colour"] });
    await avahi.browse(`_colour._sub.${offered.type}`).found(offered.name, { port: offered.port });
    await expectFoundAndGone(avahi.browse(offered.type), published.stop);
  });
});

describeWithPeers("bonjour-service", ["avahi", "bonjour-service"], () => {
  test("publishes, and avahi finds it and sees it leave", async () => {
    await using segment = await Segment.create({ hosts: 2, route: "multicast" });
    const avahi = await Avahi.start(segment.host(2));
    const published = await startBonjourPublisher(segment.host(1), offered);
    await expectFoundAndGone(avahi.browse(offered.type), published.stop);
  });

  test("finds what avahi publishes, and sees it leave", async () => {
    await using segment = await Segment.create({ hosts: 2, route: "multicast" });
    const avahi = await Avahi.start(segment.host(1));
    const browser = await startBonjourBrowser(segment.host(2), offered.type);
    const published = await avahi.publish(offered);
    // It asks for addresses once; avahi says nothing that it said within the last second.
    await browser.found(offered.name, { port: offered.port, txt: offered.txt ?? [] });
    await published.stop();
    await browser.gone(offered.name);
  });
});

describeWithPeers("systemd-resolved", ["avahi", "systemd-resolved"], () => {
  test("publishes, and avahi finds it", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const avahi = await Avahi.start(segment.host(2));
    await SystemdResolved.start(segment.host(1), { ...offered, name: "Lab", txt: ["path=/", "v=1"] });
    await avahi.browse(offered.type).found("Lab", { port: offered.port, txt: ["path=/", "v=1"] });
  });

  test("resolves the host that avahi publishes", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    await Avahi.start(segment.host(1), { hostName: "lab-avahi" });
    const resolved = await SystemdResolved.start(segment.host(2));
    const { stdout } = await resolved.resolvectl("query", "-4", "lab-avahi.local");
    expect(stdout).toContain("10.77.0.1");
  });
});
