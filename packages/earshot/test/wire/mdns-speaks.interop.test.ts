/* earshot publishes, the programs of other people browse: what they find, and that they see it leave. */
import { expect, test } from "vitest";
import { startAdvertising } from "./lab/earshot.ts";
import { expectWellFormedMdns } from "./lab/expect-well-formed.ts";
import type { Host } from "./lab/host.ts";
import { Avahi } from "./lab/peers/avahi.ts";
import type { Browsing } from "./lab/peers/dns-sd-peer.ts";
import { mquery } from "./lab/peers/mdnsd.ts";
import { startBonjourBrowser } from "./lab/peers/node-dns-sd.ts";
import { startZeroconfBrowser } from "./lab/peers/python-zeroconf.ts";
import { SystemdResolved } from "./lab/peers/systemd-resolved.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";

const offer = {
  name: "Büro Printer",
  type: "_lab._tcp",
  port: 8631,
  host: "ear-host",
  txt: { path: "/a b", note: "Käse=gut", flag: true },
};
const txt = ["flag", "note=Käse=gut", "path=/a b"];
const like = { type: offer.type, port: offer.port, host: "ear-host.local", txt };

/** Each that browses a type, started on a host. */
const browsers: Record<string, (host: Host, type: string) => Promise<Browsing>> = {
  avahi: async (host, type) => (await Avahi.start(host)).browse(type),
  "python-zeroconf": startZeroconfBrowser,
  "bonjour-service": startBonjourBrowser,
};

describeWithPeers(
  "earshot publishes",
  ["avahi", "python-zeroconf", "bonjour-service", "mdnsd", "tshark"],
  () => {
    test.each(["avahi", "python-zeroconf", "bonjour-service"])(
      "%s, browsing before, finds it, resolves it with its TXT bytes, and sees it leave; all of it well-formed",
      async (peer) => {
        await using segment = await Segment.create({ hosts: 2, route: "multicast" });
        const capture = await segment.capture(2, "publish.pcap");
        const browser = await browsers[peer]!(segment.host(2), offer.type);
        const published = await startAdvertising(segment.host(1), offer);
        await browser.found(offer.name, { ...like, addresses: ["10.77.0.1"] });
        await published.stop();
        await browser.gone(offer.name);
        await expectWellFormedMdns(capture, segment.host(1).address);
      },
    );

    test.each(["avahi", "python-zeroconf", "bonjour-service"])(
      "%s, browsing later, finds it too",
      async (peer) => {
        await using segment = await Segment.create({ hosts: 2, route: "multicast" });
        const published = await startAdvertising(segment.host(1), offer);
        const browser = await browsers[peer]!(segment.host(2), offer.type);
        await browser.found(offer.name, { ...like, addresses: ["10.77.0.1"] });
        await published.stop();
        await browser.gone(offer.name);
      },
    );

    test.each(["avahi", "python-zeroconf"])(
      "%s finds it by its subtype, and not what has none",
      async (peer) => {
        await using segment = await Segment.create({ hosts: 2 });
        await startAdvertising(segment.host(1), { ...offer, subtypes: ["_colour"] });
        await startAdvertising(segment.host(1), { ...offer, name: "Plain", host: "plain-host" });
        const avahi = peer === "avahi" ? await Avahi.start(segment.host(2)) : undefined;
        const type = `_colour._sub.${offer.type}`;
        const browser = avahi?.browse(type) ?? (await startZeroconfBrowser(segment.host(2), type));
        await browser.found(offer.name, { port: offer.port, txt });
        const all = avahi?.browse(offer.type) ?? (await startZeroconfBrowser(segment.host(2), offer.type));
        await all.found("Plain");
        expect(browser.process.output.join()).not.toContain("Plain");
      },
    );

    test.each(["avahi", "python-zeroconf"])("%s finds it over IPv6 alone", async (peer) => {
      await using segment = await Segment.create({ hosts: 2, ipv4: false, ipv6: true });
      const [host, other] = [segment.host(1), segment.host(2)];
      const capture = await segment.capture(2, "publish6.pcap");
      const browser =
        peer === "avahi"
          ? (await Avahi.start(other, { families: [6] })).browse(offer.type)
          : await startZeroconfBrowser(other, offer.type, { families: [6] });
      const published = await startAdvertising(host, offer);
      const { addresses } = await browser.found(offer.name, like);
      const own = await host.addresses("eth0", 6);
      for (const address of addresses) expect(own).toContain(address.split("%")[0]);
      await published.stop();
      await browser.gone(offer.name);
      await expectWellFormedMdns(capture, await host.linkLocal());
    });

    test("avahi resolves its host in both families, and backwards; mquery finds it", async () => {
      await using segment = await Segment.create({ hosts: 2, ipv6: true });
      const avahi = await Avahi.start(segment.host(2), { families: [4, 6] });
      await startAdvertising(segment.host(1), offer);
      expect((await avahi.resolve("-4", "-n", "ear-host.local")).stdout).toBe("ear-host.local\t10.77.0.1\n");
      const { stdout } = await avahi.resolve("-6", "-n", "ear-host.local");
      const own = await segment.host(1).addresses("eth0", 6);
      expect(own).toContain(stdout.trim().split("\t")[1]);
      expect((await avahi.resolve("-a", "10.77.0.1")).stdout).toBe("10.77.0.1\tear-host.local\n");
      expect((await mquery(segment.host(2), "_lab._tcp.local.")).stdout).toContain("ro Printer");
    });

    test("on two interfaces each neighbour is told the address of its own network", async () => {
      await using segment = await Segment.create({ hosts: 2 });
      await segment.attach(1);
      await segment.attach(2);
      const avahi = await Avahi.start(segment.host(2), { interfaces: ["eth0", "eth1"] });
      const browser = avahi.browse(offer.type);
      const published = await startAdvertising(segment.host(1), offer);
      const resolved = (interfaceName: string): string[] =>
        browser.process.output.filter((line) => line.startsWith(`=;${interfaceName};`));
      await browser.process.waitUntil(
        () => resolved("eth0").length > 0 && resolved("eth1").length > 0,
        "resolve it on both interfaces",
      );
      for (const line of resolved("eth0")) expect(line).toContain(";10.77.0.1;");
      for (const line of resolved("eth1")) expect(line).toContain(";10.78.0.1;");
      await published.stop();
      await browser.process.waitFor(/^-;eth0;/);
      await browser.process.waitFor(/^-;eth1;/);
    });
  },
);

describeWithPeers("a name that avahi-daemon has as well", ["avahi"], () => {
  test("avahi had it first: we take another, and say so; both are found", async () => {
    await using segment = await Segment.create({ hosts: 3 });
    const avahi = await Avahi.start(segment.host(1), { hostName: "ear-host" });
    await avahi.publish({ ...offer, txt: ["of=avahi"] });
    const published = await startAdvertising(segment.host(2), offer);
    expect(await published.waitFor(/^READY/)).toBe("READY Büro Printer (2)");
    expect(await published.waitFor(/^RENAMED.*instance/)).toContain('"to":"Büro Printer (2)"');
    expect(await published.waitFor(/^RENAMED.*host/)).toContain("ear-host-2");
    const browser = (await Avahi.start(segment.host(3))).browse(offer.type);
    await browser.found(offer.name, { txt: ["of=avahi"], addresses: ["10.77.0.1"] });
    await browser.found("Büro Printer (2)", { txt, host: "ear-host-2.local", addresses: ["10.77.0.2"] });
  });

  test("we had it first: avahi takes another", async () => {
    await using segment = await Segment.create({ hosts: 3 });
    const published = await startAdvertising(segment.host(2), offer);
    const avahi = await Avahi.start(segment.host(1), { hostName: "ear-host" });
    await avahi.publish({ ...offer, txt: ["of=avahi"] });
    const browser = (await Avahi.start(segment.host(3))).browse(offer.type);
    await browser.found(offer.name, { txt, host: "ear-host.local", addresses: ["10.77.0.2"] });
    await browser.found("Büro Printer #2", { txt: ["of=avahi"], host: "ear-host-2.local" });
    expect(published.output.join()).not.toContain("RENAMED");
  });

  test("both at once: one keeps it, the other takes another, and each is found once", async () => {
    await using segment = await Segment.create({ hosts: 3 });
    const avahi = await Avahi.start(segment.host(1));
    const browser = (await Avahi.start(segment.host(3))).browse(offer.type);
    const [published] = await Promise.all([
      startAdvertising(segment.host(2), offer),
      avahi.publish({ ...offer, txt: ["of=avahi"] }),
    ]);
    const renamed = async (): Promise<string> => (await published.waitFor(/^READY/)).slice("READY ".length);
    if ((await renamed()) === offer.name) await browser.found("Büro Printer #2", { txt: ["of=avahi"] });
    else await browser.found(offer.name, { txt: ["of=avahi"] });
    await browser.found(await renamed(), { txt });
  });

  test("F-19 on one host, sharing port 5353, avahi first", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const avahi = await Avahi.start(segment.host(1));
    await avahi.publish({ ...offer, txt: ["of=avahi"] });
    const published = await startAdvertising(segment.host(1), offer);
    expect(await published.waitFor(/^READY/)).toBe("READY Büro Printer (2)");
    const browser = (await Avahi.start(segment.host(2))).browse(offer.type);
    await browser.found("Büro Printer (2)", { txt, addresses: ["10.77.0.1"] });
    await browser.found(offer.name, { txt: ["of=avahi"], addresses: ["10.77.0.1"] });
    await avahi.browse(offer.type).found("Büro Printer (2)", { txt });
    await published.stop();
    await browser.gone("Büro Printer (2)");
    await browser.found(offer.name, { txt: ["of=avahi"] });
  });
});

describeWithPeers("on the host of avahi-daemon", ["avahi", "tshark"], () => {
  test("F-19 which comes to port 5353 later, both go on being found, and take nothing from each other", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const capture = await segment.capture(2, "later.pcap");
    const published = await startAdvertising(segment.host(1), offer);
    const avahi = await Avahi.start(segment.host(1));
    const second = await avahi.publish({ ...offer, name: "Avahi's", txt: ["of=avahi"] });
    const browser = (await Avahi.start(segment.host(2), { hostName: "other-host" })).browse(offer.type);
    await browser.found(offer.name, { txt, addresses: ["10.77.0.1"] });
    await browser.found("Avahi's", { txt: ["of=avahi"], host: "avahi-host.local", addresses: ["10.77.0.1"] });
    expect(avahi.process.output.join("\n")).not.toContain("conflict");
    await second.stop();
    await browser.gone("Avahi's");
    await published.stop();
    await browser.gone(offer.name);
    await expectWellFormedMdns(capture, segment.host(1).address);
  });
});

describeWithPeers("earshot publishes, and systemd-resolved", ["systemd-resolved"], () => {
  test("resolves its host and the service", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    await startAdvertising(segment.host(1), { ...offer, name: "Lab" });
    const resolved = await SystemdResolved.start(segment.host(2));
    expect((await resolved.resolvectl("query", "-4", "ear-host.local")).stdout).toContain("10.77.0.1");
    const { stdout } = await resolved.resolvectl("service", "Lab", offer.type, "local");
    for (const word of ["ear-host.local", "8631", "10.77.0.1", "path=/a b"]) expect(stdout).toContain(word);
  });
});
