/* earshot browses, the programs of other people publish: what it finds, and that it sees them leave. */
import { expect, test } from "vitest";
import { browseByEarshot } from "./lab/earshot-dns-sd.ts";
import { expectWellFormedMdns } from "./lab/expect-well-formed.ts";
import type { Host } from "./lab/host.ts";
import { Avahi } from "./lab/peers/avahi.ts";
import type { Browsing, Offered, Publishing } from "./lab/peers/dns-sd-peer.ts";
import { startMdnsd } from "./lab/peers/mdnsd.ts";
import { startBonjourPublisher, startCiao } from "./lab/peers/node-dns-sd.ts";
import { startZeroconfPublisher } from "./lab/peers/python-zeroconf.ts";
import { SystemdResolved } from "./lab/peers/systemd-resolved.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";

const offered: Offered = {
  name: "Büro Printer",
  type: "_lab._tcp",
  port: 8631,
  txt: ["path=/a b", "note=Käse=gut", "v=1"],
};

/** Each that publishes, started on a host. */
const publishers: Record<string, (host: Host, what: Offered) => Promise<Publishing>> = {
  avahi: async (host, what) => (await Avahi.start(host)).publish(what),
  "python-zeroconf": startZeroconfPublisher,
  ciao: startCiao,
  "bonjour-service": startBonjourPublisher,
};

/** Where a service has been found, its properties are those that were offered. */
async function expectFound(browser: Browsing, what: Offered, address = "10.77.0.1"): Promise<void> {
  const { name, type, port, txt = [] } = what;
  const found = await browser.found(name, { type, port, txt: [...txt].sort(), addresses: [address] });
  expect(found.host).toMatch(/\.local$/);
}

describeWithPeers(
  "earshot browses",
  ["avahi", "python-zeroconf", "ciao", "bonjour-service", "mdnsd", "tshark"],
  () => {
    test.each(["avahi", "python-zeroconf", "ciao", "bonjour-service"])(
      "what %s publishes it finds with its TXT bytes, sees leave, and what it said is well-formed",
      async (peer) => {
        await using segment = await Segment.create({ hosts: 2, route: "multicast" });
        const capture = await segment.capture(2, "browse.pcap");
        const browser = browseByEarshot(segment.host(2), offered.type);
        const published = await publishers[peer]!(segment.host(1), offered);
        await expectFound(browser, offered);
        await published.stop();
        await browser.gone(offered.name);
        await browser.process.stop("SIGINT");
        await expectWellFormedMdns(capture, segment.host(2).address);
      },
    );

    test.each(["avahi", "python-zeroconf", "ciao", "bonjour-service"])(
      "what %s has published already is found too, whoever has answered before",
      async (peer) => {
        await using segment = await Segment.create({ hosts: 3, route: "multicast" });
        await publishers[peer]!(segment.host(1), offered);
        for (const index of [2, 3])
          await expectFound(browseByEarshot(segment.host(index), offered.type), offered);
      },
    );

    test.each(["avahi", "ciao", "bonjour-service"])("by a subtype, what %s publishes", async (peer) => {
      await using segment = await Segment.create({ hosts: 2, route: "multicast" });
      await publishers[peer]!(segment.host(1), { ...offered, subtypes: ["_colour"] });
      const other = { ...offered, name: "Other", port: 1 };
      const avahi = await Avahi.start(segment.host(2));
      await avahi.publish(other);
      const all = browseByEarshot(segment.host(2), offered.type);
      const some = browseByEarshot(segment.host(2), `${offered.type},_colour`);
      await all.found(other.name);
      await expectFound(all, offered);
      await expectFound(some, offered);
      expect(some.process.output.join()).not.toContain(other.name);
    });

    test("what mdnsd publishes it finds, and loses when nobody confirms it for its 120 s: mdnsd says no goodbye", async () => {
      await using segment = await Segment.create({ hosts: 2 });
      const capture = await segment.capture(2, "expiry.pcap");
      const browser = browseByEarshot(segment.host(2), offered.type);
      const published = await startMdnsd(segment.host(1), offered);
      await expectFound(browser, offered);
      await published.stop();
      await browser.gone(offered.name, 150_000);
      expect(await browser.process.waitFor('"lost"')).toContain('"reason":"expired"');
      await browser.process.stop("SIGINT");
      await expectWellFormedMdns(capture, segment.host(2).address);
    });

    test.each(["avahi", "python-zeroconf"])("over IPv6 alone, what %s publishes", async (peer) => {
      await using segment = await Segment.create({ hosts: 2, ipv4: false, ipv6: true });
      const [host, other] = [segment.host(1), segment.host(2)];
      const capture = await segment.capture(2, "browse6.pcap");
      const browser = browseByEarshot(other, offered.type);
      const published =
        peer === "avahi"
          ? await (await Avahi.start(host, { families: [6] })).publish(offered)
          : await startZeroconfPublisher(host, offered, { families: [6] });
      const { addresses } = await browser.found(offered.name, { port: offered.port });
      expect(
        addresses.some((address) => (address.startsWith("fe80:") ? address.endsWith("%eth0") : true)),
      ).toBe(true);
      expect(addresses.length).toBeGreaterThan(0);
      await published.stop();
      await browser.gone(offered.name);
      await browser.process.stop("SIGINT");
      await expectWellFormedMdns(capture, await other.linkLocal());
    });

    test("on two interfaces: each address is told, and what leaves with one of them", async () => {
      await using segment = await Segment.create({ hosts: 2 });
      await segment.attach(1);
      await segment.attach(2);
      const avahi = await Avahi.start(segment.host(1), { interfaces: ["eth0", "eth1"] });
      await avahi.publish(offered);
      const browser = browseByEarshot(segment.host(2), offered.type);
      await browser.found(offered.name, { addresses: ["10.77.0.1", "10.78.0.1"] });
      await segment.host(2).down("eth1");
      const isOnce = (line: string): boolean =>
        line.includes('"updated"') && line.includes("10.77.0.1") && !line.includes("10.78.0.1");
      await browser.process.waitFor(isOnce);
    });
  },
);

describeWithPeers("earshot browses, beside it", ["avahi", "python-zeroconf"], () => {
  test("F-19 avahi-daemon on the same host, which had port 5353 first", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const avahi = await Avahi.start(segment.host(2));
    const browser = browseByEarshot(segment.host(2), offered.type);
    const published = await startZeroconfPublisher(segment.host(1), offered);
    await expectFound(browser, offered);
    const own = { ...offered, name: "Here", port: 9 };
    const here = await avahi.publish(own);
    await expectFound(browser, own, "10.77.0.2");
    await expectFound(avahi.browse(offered.type), offered);
    await published.stop();
    await browser.gone(offered.name);
    await here.stop();
    await browser.gone(own.name);
  });

  test("F-19 avahi-daemon on the same host, which comes to port 5353 later", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const browser = browseByEarshot(segment.host(2), offered.type);
    const published = await startZeroconfPublisher(segment.host(1), offered);
    await expectFound(browser, offered);
    const avahi = await Avahi.start(segment.host(2));
    await expectFound(avahi.browse(offered.type), offered);
    const own = { ...offered, name: "Here", port: 9 };
    await avahi.publish(own);
    await expectFound(browser, own, "10.77.0.2");
    await published.stop();
    await browser.gone(offered.name);
  });
});

describeWithPeers("earshot browses what systemd-resolved publishes", ["systemd-resolved"], () => {
  test("and finds it with its TXT bytes; it says no goodbye", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const plain = { ...offered, txt: ["path=/", "v=1"] };
    const browser = browseByEarshot(segment.host(2), plain.type);
    await SystemdResolved.start(segment.host(1), plain);
    await expectFound(browser, plain);
  });
});
