/* Port 5353 beside a program that has it already, or comes to it later: what leaves, and what reaches whom. */
import { expect, test } from "vitest";
import type { Host } from "./lab/host.ts";
import { Avahi } from "./lab/peers/avahi.ts";
import { describeWithPeers } from "./lab/require.ts";
import { succeed } from "./lab/running.ts";
import { Segment } from "./lab/segment.ts";
import { Station } from "./lab/station.ts";

const MDNS = {
  port: 5353,
  groups: { 4: ["224.0.0.251"], 6: ["ff02::fb"] },
  hops: 255,
  unicastHops: 255,
  speaksFromPort: true,
};

/** A question for the address of a host, with an id to know it by. */
function question(id: number, host: string, type: number): string {
  const labels = host.split(".").map((label) => String.fromCharCode(label.length) + label);
  const name = Buffer.from(`${labels.join("")}\0`, "latin1").toString("hex");
  const numbers = [id, 0, 1, 0, 0, 0].map(word).join("");
  return `${numbers}${name}${word(type)}${word(1)}`;
}

function word(value: number): string {
  return value.toString(16).padStart(4, "0");
}

/** What tshark says of the packets with a DNS id: from where, with how many hops, and to where. */
async function seen(file: string, id: number): Promise<string[]> {
  const fields = ["ip.src", "ipv6.src", "udp.srcport", "ip.ttl", "ipv6.hlim", "ip.dst", "ipv6.dst"];
  const columns = ["-T", "fields", "-E", "separator=/s", ...fields.flatMap((field) => ["-e", field])];
  const said = await succeed("tshark", ["-n", "-r", file, "-Y", `mdns && dns.id == ${id}`, ...columns]);
  return said.split("\n").flatMap((line) => (line.trim() === "" ? [] : line.trim().replace(/\s+/g, " ")));
}

/** Asks avahi's port directly, from a port of one's own, until avahi answers there, as it does to such questions. */
async function expectAvahiAnswers(asker: Station, address: string): Promise<void> {
  const since = asker.mark;
  const to = { address, port: 5353 };
  const hex = question(0x5a5a, "avahi-host.local", 1);
  const asking = setInterval(() => asker.order("say", { hex, to, link: "eth0/4" }), 500);
  try {
    asker.order("say", { hex, to, link: "eth0/4" });
    await asker.told({ from: address, port: 5353, link: "eth0/4", socket: "own", to: "host" }, { since });
  } finally {
    clearInterval(asking);
  }
}

/** Lets a station say the same to the group and to a neighbour on each link, with an id of its own for each. */
async function sayEverywhere(speaker: Station, links: readonly string[], neighbour: Host): Promise<void> {
  for (const [index, link] of links.entries()) {
    const [name = "", family] = link.split("/");
    const hex = (id: number): string => question(id, "nobody.local", 1);
    speaker.order("say", { hex: hex(0x1000 + index), link, socket: "shared" });
    const addresses = await neighbour.addresses(name, family === "4" ? 4 : 6);
    for (const address of addresses)
      speaker.order("say", { hex: hex(0x2000 + index), link, socket: "shared", to: { address, port: 5353 } });
  }
  await speaker.status();
}

const everywhere = ["eth0/4", "eth0/6", "eth1/4", "eth1/6"];

/** Two hosts on two networks, with both families. */
async function twoNetworks(): Promise<Segment> {
  const segment = await Segment.create({ hosts: 2, ipv6: true });
  await segment.attach(1);
  await segment.attach(2);
  return segment;
}

describeWithPeers("port 5353 where avahi-daemon has it", ["avahi", "tshark"], () => {
  test("F-19 A62-036 A62-122 A62-115 M32 what we say leaves from 5353 with 255 hops and the address of its interface", async () => {
    await using segment = await twoNetworks();
    const [host, other] = [segment.host(1), segment.host(2)];
    const avahi = await Avahi.start(host, { interfaces: ["eth0", "eth1"], families: [4, 6] });
    const one = await Station.start(host, { binding: MDNS });
    await one.told({ shared: [null, null, null, null] });
    const captures = {
      eth0: await segment.capture(2, "eth0.pcap", "eth0"),
      eth1: await segment.capture(2, "eth1.pcap", "eth1"),
    };
    await sayEverywhere(one, everywhere, other);
    for (const [index, link] of everywhere.entries()) {
      const [name = "", family = ""] = link.split("/");
      const file = await captures[name as "eth0" | "eth1"].stop();
      const own = family === "4" ? await host.addresses(name) : [await host.linkLocal(name)];
      const group = family === "4" ? "224.0.0.251" : "ff02::fb";
      expect(await seen(file, 0x1000 + index)).toEqual([`${own[0]} 5353 255 ${group}`]);
      const direct = await seen(file, 0x2000 + index);
      const neighbours = await other.addresses(name, family === "4" ? 4 : 6);
      const mine = await host.addresses(name, family === "4" ? 4 : 6);
      expect(direct).toHaveLength(neighbours.length);
      for (const line of direct) {
        const [from = "", port, hops, to = ""] = line.split(" ");
        expect([port, hops]).toEqual(["5353", "255"]);
        expect(mine).toContain(from);
        expect(from.startsWith("fe80:")).toBe(to.startsWith("fe80:"));
      }
    }
    expect(one.all({ failed: "say" })).toEqual([]);
    expect(avahi.process.exit).toBeUndefined();
  });

  test("F-19 avahi first: what is sent to its port reaches it, and the group reaches both", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const avahi = await Avahi.start(segment.host(1));
    const [one, two] = [
      await Station.start(segment.host(1), { binding: MDNS }),
      await Station.start(segment.host(2), { binding: MDNS }),
    ];
    await expectAvahiAnswers(two, segment.host(1).address);
    expect(one.all({ to: "host" })).toEqual([]);
    two.order("say", { hex: question(1, "avahi-host.local", 1), socket: "shared" });
    await one.told({ from: segment.host(2).address, port: 5353, to: "group" }); // The question.
    await two.told({ from: segment.host(1).address, port: 5353, to: "group" }); // What avahi answers to it.
    expect(avahi.process.exit).toBeUndefined();
  });

  test("F-19 avahi second: from the next look on what is sent to its port reaches it, until it goes", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv6: true });
    const [one, two] = [
      await Station.start(segment.host(1), { binding: MDNS }),
      await Station.start(segment.host(2), { binding: MDNS }),
    ];
    await one.told({ shared: [5353, 5353] });
    const avahi = await Avahi.start(segment.host(1), { families: [4, 6] });
    await one.told({ shared: [null, null] });
    await expectAvahiAnswers(two, segment.host(1).address);
    const since = one.mark;
    await avahi.stop();
    await one.told({ shared: [5353, 5353] }, { since });
    two.order("say", { text: "for the first", to: { address: segment.host(1).address, port: 5353 } });
    await one.told({ heard: "for the first", socket: "shared", to: "host" }, { since });
    expect(one.all({ fault: "PORT_TAKEN" })).toEqual([]);
  });

  test("F-19 two of our own beside avahi hear each other and everybody", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    await Avahi.start(segment.host(1));
    const stations = [
      await Station.start(segment.host(1), { binding: MDNS }),
      await Station.start(segment.host(1), { binding: MDNS }),
      await Station.start(segment.host(2), { binding: MDNS }),
    ];
    for (const [index, station] of stations.entries()) {
      const from = segment.host(index < 2 ? 1 : 2).address;
      const text = `word of ${index}`;
      station.order("say", { text, socket: "shared" });
      const like = { heard: text, from, port: 5353, link: "eth0/4", socket: "shared", to: "group" };
      for (const each of stations) await each.told(like);
    }
  });
});
