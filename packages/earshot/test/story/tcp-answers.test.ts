import { describe, expect, test } from "vitest";
import { Earshot, type EarshotOptions } from "../../src/index.ts";
import type { Network } from "../../src/network/index.ts";
import { type Host, Lan } from "../../src/testing/index.ts";
import { FILMS, offer } from "./household.ts";

const decoder = new TextDecoder();
const PORT = 49_152;

/** A device, and a control point that can be answered over TCP. */
async function scene(ssdp: EarshotOptions["ssdp"] = { answerByTcp: true }) {
  const lan = new Lan({ seed: 42 });
  const device = new Earshot({ network: lan.addHost("device", { addresses: ["10.0.0.1/16"] }), ssdp });
  const control = lan.addHost("control", { addresses: ["10.0.0.2/16"] });
  await lan.until(device.advertise(offer));
  lan.advance(5000);
  return { lan, device, control };
}

function search(lan: Lan, address: string, tcpPort: number): void {
  const text =
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 5\r\nST: ssdp:all\r\n' +
    `TCPPORT.UPNP.ORG: ${tcpPort}\r\n\r\n`;
  const to = { address: "239.255.255.250", port: 1900 };
  lan.inject({ from: { address, port: 5000 }, to, bytes: new TextEncoder().encode(text) });
}

/** What is delivered to the first TCP port of a host, which is 49152. */
function receiveAt(host: Host): { readonly text: string; readonly from: string }[] {
  const received: { text: string; from: string }[] = [];
  const link = host.links[0] ?? expect.unreachable();
  void host.accept(
    (bytes, { address }) => void received.push({ text: decoder.decode(bytes), from: address }),
    link,
  );
  return received;
}

describe("UD-041 answers over TCP, when chosen", () => {
  test("arrive within milliseconds, all on one connection, and none comes by UDP", async () => {
    const { lan, control } = await scene();
    const received = receiveAt(control);
    using capture = lan.capture();
    search(lan, "10.0.0.2", PORT);
    lan.advance(50);
    expect(received).toHaveLength(1);
    expect(received[0]?.from).toBe("10.0.0.1");
    const usns = [...(received[0]?.text.matchAll(/^USN: (.*)\r$/gm) ?? [])].map(([, usn]) => usn).sort();
    expect(usns).toEqual(FILMS);
    lan.advance(6000);
    expect(capture.datagrams.filter(({ to }) => to.address === "10.0.0.2")).toEqual([]);
  });

  test("S-53 by default the header is ignored, and the answers come by UDP", async () => {
    const { lan, control } = await scene({});
    const received = receiveAt(control);
    using capture = lan.capture();
    search(lan, "10.0.0.2", PORT);
    lan.advance(6000);
    expect(received).toEqual([]);
    expect(capture.datagrams.filter(({ to }) => to.address === "10.0.0.2")).toHaveLength(FILMS.length);
  });

  test("S-53 a host that never asked gets one connection in 5 seconds at most, which it refuses, and no retry", async () => {
    const { lan, device, control } = await scene();
    const received = receiveAt(control);
    for (let port = 49_153; port <= 65_535; port += 16) search(lan, "10.0.0.2", port);
    search(lan, "10.0.0.2", PORT);
    lan.advance(4000);
    expect(received).toEqual([]);
    expect(device.stats.ssdp?.dropped.get("tcp-answers-per-source")).toBeGreaterThan(1000);
    lan.advance(1000);
    search(lan, "10.0.0.2", PORT);
    lan.advance(100);
    expect(received).toHaveLength(1);
  });

  test("S-53 hosts that take no connection hold up 16 at most, and nobody else for long", async () => {
    const { lan, device, control } = await scene();
    const received = receiveAt(control);
    for (let second = 0; second < 20; second++) {
      for (let i = 0; i < 50; i++) search(lan, `10.0.${100 + second}.${i + 1}`, PORT);
      lan.advance(1000);
      await lan.until(Promise.resolve());
    }
    lan.advance(5000);
    await lan.until(Promise.resolve());
    search(lan, "10.0.0.2", PORT);
    lan.advance(100);
    expect(received).toHaveLength(1);
    await lan.until(device.close());
    lan.advance(10_000);
  });

  test("on a network that cannot deliver over TCP the option is refused", async () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("device");
    const { clock, random, http, system, links } = host;
    const network: Network = {
      clock,
      random,
      http,
      system,
      links,
      open: (binding, listener) => host.open(binding, listener),
      listen: (handler, link) => host.listen(handler, link),
      uuid: (name) => host.uuid(name),
    };
    const earshot = new Earshot({ network, ssdp: { answerByTcp: true } });
    await expect(earshot.advertise(offer)).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });
});

describe("delivery over TCP on a simulated LAN", () => {
  test("fails as on a real one: nobody there, nobody listening, off the link, the cable pulled", async () => {
    const lan = new Lan({ seed: 1 });
    const [one, two] = [lan.addHost("one"), lan.addHost("two")];
    const received = receiveAt(two);
    const link = one.links[0] ?? expect.unreachable();
    const deliver = (address: string, port = PORT) =>
      lan.until(one.deliver(new Uint8Array([72]), { address, port }, link));
    await deliver("10.0.0.2");
    expect(received).toEqual([{ text: "H", from: "10.0.0.1" }]);
    await expect(deliver("10.0.0.2", 50_001)).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    await expect(deliver("10.0.0.3")).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    await expect(deliver("203.0.113.9")).rejects.toMatchObject({ code: "FORBIDDEN_HOST" });
    lan.weather.unplug(one);
    await expect(deliver("10.0.0.2")).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    expect(received).toHaveLength(1);
  });
});
