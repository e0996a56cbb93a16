/** Services by DNS-SD through real sockets, on loopback and a port of their own. */
import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { type DnsSdService, Earshot, type Fault } from "../../src/index.ts";
import { TYPE } from "../../src/mdns.ts";

const loopback =
  Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some(({ internal }) => internal),
  )?.[0] ?? "lo";
const TYPE_OF_TEST = "_earshot-test._tcp";
const open: Earshot[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((earshot) => earshot.close()));
});

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => void socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => void socket.close(resolve));
  return port;
}

function presence(port: number, faults: Fault[] = []): Earshot {
  const earshot = new Earshot({
    interfaces: [loopback],
    mdns: { port },
    onFault: (fault) => void faults.push(fault),
  });
  open.push(earshot);
  return earshot;
}

describe("on loopback", () => {
  test("what one announces another finds, with every byte of its text, and loses at its goodbye", async () => {
    const port = await freePort();
    const [server, client] = [presence(port), presence(port)];
    const bytes = Uint8Array.of(0, 255, 128, 61);
    const announced = await server.advertise({
      ...{ type: TYPE_OF_TEST, name: "Büro", port: 8080, subtypes: ["_color"] },
      txt: { bytes, empty: "", flag: true },
    });
    const browser = client.browse(`${TYPE_OF_TEST},_color`);
    const found = await new Promise<DnsSdService>(
      (resolve) =>
        void browser.on("found", ({ service }) => service.protocol === "dns-sd" && resolve(service)),
    );
    expect(found).toMatchObject({ name: "Büro", port: 8080, host: announced.host, subtypes: ["_color"] });
    expect(found.addresses.length).toBeGreaterThan(0);
    expect([...found.txt]).toEqual([
      ["bytes", bytes],
      ["empty", new Uint8Array()],
      ["flag", true],
    ]);
    const lost = new Promise((resolve) => void browser.on("lost", ({ reason }) => resolve(reason)));
    await announced.close();
    expect(await lost).toBe("goodbye");
  });

  test("A62-099 two of one name do not have it both", async () => {
    const port = await freePort();
    const offer = { type: TYPE_OF_TEST, name: "Office", port: 1 };
    await presence(port).advertise(offer);
    const renamed = await presence(port).advertise({ ...offer, port: 2 });
    expect(renamed.name).toBe("Office (2)");
  });

  test("records are answered for and asked for", async () => {
    const port = await freePort();
    const data = { kind: "A", address: "192.0.2.7" } as const;
    await presence(port).mdns.respond([{ name: "test-host.local", type: "A", data }]);
    const [record] = await presence(port).mdns.queryOnce("Test-Host.local", "A");
    expect(record).toMatchObject({ type: TYPE.A, data, ttl: 120, isUnique: true });
  });

  test("F-19 a port that another program keeps to itself is a fault that names it, and SSDP goes on", async () => {
    const port = await freePort();
    const other = createSocket("udp4");
    await new Promise<void>((resolve) => void other.bind(port, resolve));
    try {
      const faults: Fault[] = [];
      const earshot = presence(port, faults);
      await earshot.browse({ passive: true }).ready;
      const taken = faults.filter(({ error }) => error.code === "PORT_TAKEN");
      expect(taken.map(({ error }) => error.message)).toEqual([expect.stringContaining(`port ${port} `)]);
      expect(earshot.stats.ssdp).toBeDefined();
    } finally {
      await new Promise<void>((resolve) => void other.close(resolve));
    }
  });
});
