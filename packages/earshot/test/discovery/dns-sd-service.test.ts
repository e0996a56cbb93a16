import { describe, expect, test } from "vitest";
import type { BoundLink } from "../../src/core/engine.ts";
import { dnsSdService, nameOfId } from "../../src/discovery/dns-sd-service.ts";
import type { ServiceInstance } from "../../src/dns-sd/service-instance.ts";
import { ServiceType } from "../../src/dns-sd/service-type.ts";
import { Txt } from "../../src/dns-sd/txt.ts";
import { Name } from "../../src/mdns/name.ts";

const LOCAL = Name.of("local");

function linkOf(interfaceName: string, family: 4 | 6): BoundLink {
  const address = family === 4 ? "192.0.2.1" : "fe80::1";
  return {
    ...{ id: `${interfaceName}/${family}`, interfaceName, family, address, prefixLength: 24 },
    ...{ addresses: [{ address, prefixLength: 24 }], sharedPort: 5353, ownPort: 50_000 },
  };
}

const v4 = linkOf("eth0", 4);
const v6 = linkOf("eth0", 6);

function instance(changes: Partial<ServiceInstance> & { label?: string } = {}): ServiceInstance {
  const { label = "Office", ...rest } = changes;
  const type = new ServiceType("ipp", "tcp");
  return {
    name: type.name(LOCAL).prepend(label),
    instance: label,
    type,
    domain: LOCAL,
    subtypes: ["_universal"],
    host: Name.of("Printer", "local"),
    port: 631,
    priority: 1,
    weight: 2,
    txt: Txt.from({ txtvers: 1, rp: "ipp/print", Color: true }),
    addresses: [
      { address: "192.0.2.7", link: v4 },
      { address: "fe80::7", link: v6 },
      { address: "2001:db8::7", link: v6 },
    ],
    sightings: [{ link: v4, from: "192.0.2.7", heardAt: 1000, expiresAt: 121_000 }],
    ...rest,
  };
}

const dateOf = (instant: number): Date => new Date(instant);

describe("an instance as the user gets it", () => {
  test("everything that is known of it, as text and dates", () => {
    const service = dnsSdService(instance(), dateOf);
    expect(service).toMatchObject({
      ...{ protocol: "dns-sd", id: "dns-sd office._ipp._tcp.local", name: "Office", type: "_ipp._tcp" },
      ...{
        domain: "local",
        subtypes: ["_universal"],
        host: "Printer.local",
        port: 631,
        priority: 1,
        weight: 2,
      },
      sightings: [
        { link: "eth0/4", from: "192.0.2.7", heardAt: new Date(1000), expiresAt: new Date(121_000) },
      ],
    });
    expect([...service.txt]).toEqual([
      ["txtvers", new TextEncoder().encode("1")],
      ["rp", new TextEncoder().encode("ipp/print")],
      ["Color", true],
    ]);
    expect(Txt.read(service.txtBytes).text("rp")).toBe("ipp/print");
  });

  test("link-local IPv6 addresses have their interface with them, others have not, and none comes twice", () => {
    const wifi = linkOf("wlan0", 4);
    const { addresses } = dnsSdService(
      instance({ addresses: [...instance().addresses, { address: "192.0.2.7", link: wifi }] }),
      dateOf,
    );
    expect(addresses).toEqual(["192.0.2.7", "fe80::7%eth0", "2001:db8::7"]);
  });

  test("A63-034 port 0 is no port: there is no such service, and nobody shall connect to it", () => {
    expect(dnsSdService(instance({ port: 0 }), dateOf).port).toBeUndefined();
  });

  test.each([
    ["dots", "Mr. Smith's v1.2"],
    ["a backslash", "C:\\printers"],
    ["a line break", "two\nlines"],
    ["upper case beyond ASCII", "ÖFFICE"],
    ["a byte that is no UTF-8", "Caf\udce9"],
  ])("A63-009 a name with %s is shown as it is, and found again by its id", (_, label) => {
    const service = dnsSdService(instance({ label }), dateOf);
    expect(service.name).toBe(label);
    expect(Name.parse(nameOfId(service.id)).equals(instance({ label }).name)).toBe(true);
  });

  test("names that differ in the case of ASCII letters alone are one service, others are not", () => {
    const id = (label: string): string => dnsSdService(instance({ label }), dateOf).id;
    expect(id("OFFICE")).toBe(id("office"));
    expect(id("Ö")).not.toBe(id("ö"));
    expect(id("K")).not.toBe(id("\u212a")); // The sign for kelvin, of which the lower case is k.
  });

  test("is a plain object: it can be spread and cloned, and nobody can change it", () => {
    const service = dnsSdService(instance(), dateOf);
    expect(structuredClone(service)).toEqual({ ...service });
    expect(Object.isFrozen(service)).toBe(true);
    expect(Object.isFrozen(service.addresses)).toBe(true);
    expect(Object.isFrozen(service.sightings[0])).toBe(true);
  });
});
