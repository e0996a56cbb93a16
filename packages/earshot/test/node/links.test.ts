import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import type { AddressState, InterfaceState } from "../../src/node/interfaces.ts";
import { assertKnown, type LinkSelection, selectLinks } from "../../src/node/links.ts";
import { platformOf } from "../../src/node/platform.ts";
import { loopback, snapshot } from "./support.ts";

type AddressText = string | { at: string; tentative?: boolean; fleeting?: boolean };

function address(text: AddressText): AddressState {
  const { at, tentative = false, fleeting = false } = typeof text === "string" ? { at: text } : text;
  const [host = "", length] = at.split("/");
  return {
    family: host.includes(":") ? 6 : 4,
    address: host,
    prefixLength: Number(length),
    tentative,
    fleeting,
  };
}

function face(name: string, addresses: AddressText[], changes: Partial<InterfaceState> = {}): InterfaceState {
  const flags = { loopback: false, multicast: true, pointToPoint: false, bridged: false, mtu: undefined };
  return { name, index: 2, ...flags, addresses: addresses.map(address), ...changes };
}

function select(interfaces: InterfaceState[], selection: LinkSelection = {}, platform = "linux") {
  return selectLinks(snapshot(...interfaces), selection, platformOf(platform));
}

function ids(interfaces: InterfaceState[], selection: LinkSelection = {}): string[] {
  return select(interfaces, selection).links.map(({ id, address }) => `${id} ${address}`);
}

function reasons(interfaces: InterfaceState[], selection: LinkSelection = {}): string {
  return select(interfaces, selection)
    .skipped.map(({ interfaceName, reason }) => `${interfaceName}: ${reason}`)
    .join("\n");
}

describe("G-02 which interfaces are used", () => {
  test("each family of a local network's interface is a link", () => {
    const eth0 = face("eth0", ["192.168.1.5/24", "fe80::5/64", "fd00::5/64", "2003::5/64"]);
    const { links, skipped } = select([eth0]);
    expect(links.map(({ id, address, wideAddress }) => [id, address, wideAddress])).toEqual([
      ["eth0/4", "192.168.1.5", undefined],
      ["eth0/6", "fe80::5", "fd00::5"],
    ]);
    expect(links[1]?.addresses.map((own) => own.address)).toEqual(["fe80::5", "fd00::5", "2003::5"]);
    expect(skipped).toEqual([]);
  });

  test.each(["10.1.2.3/8", "172.16.0.1/12", "192.168.0.1/24", "169.254.7.7/16"])("%s is local", (at) => {
    expect(ids([face("eth0", [at])])).toHaveLength(1);
  });

  test.each(["8.8.8.8/24", "100.64.1.1/10", "172.32.0.1/12", "198.51.100.1/24"])(
    "G-04 S-42 %s is not local, and used only with allowPublic",
    (at) => {
      expect(ids([face("eth0", [at])])).toEqual([]);
      expect(reasons([face("eth0", [at])])).toContain("allowPublic");
      expect(ids([face("eth0", [at])], { interfaces: ["eth0"] })).toEqual([]);
      expect(ids([face("eth0", [at])], { allowPublic: true })).toHaveLength(1);
    },
  );

  test("G-04 with a private and a public address the private one speaks, and with IPv6 the link-local one", () => {
    expect(ids([face("eth0", ["8.8.8.8/24", "10.0.0.1/8", "2003::5/64", "fe80::5/64"])])).toEqual([
      "eth0/4 10.0.0.1",
      "eth0/6 fe80::5",
    ]);
  });

  test("an address that lasts is spoken from rather than one of 169.254/16", () => {
    expect(ids([face("eth0", ["169.254.1.1/16", "192.168.1.1/24"])])).toEqual(["eth0/4 192.168.1.1"]);
  });

  test("an address that is still being checked for duplicates is not used, and that is said", () => {
    const eth0 = face("eth0", ["10.0.0.1/8", { at: "fe80::5/64", tentative: true }]);
    expect(ids([eth0])).toEqual(["eth0/4 10.0.0.1"]);
    expect(reasons([eth0])).toContain("duplicates");
  });

  test("beyond link-local scope a lasting unique local address speaks first", () => {
    const eth0 = face("eth0", [
      "fe80::5/64",
      { at: "2003::7/64", fleeting: true },
      "2003::5/64",
      { at: "fd00::9/64", fleeting: true },
      "fd00::5/64",
    ]);
    const [link] = select([eth0]).links;
    expect(link?.wideAddress).toBe("fd00::5");
    expect(
      link?.addresses.slice(0, 2).map(({ address }) => address),
      "and is the one that LOCATIONs name",
    ).toEqual(["fe80::5", "fd00::5"]);
  });

  test("S45 F-37 M14 M35 virtual interfaces, tunnels and peer-to-peer radios are used only when named", () => {
    const names = ["docker0", "veth1a2b", "br-0f3c", "virbr0", "utun3", "awdl0", "llw0", "tun0", "tap1"];
    names.push("tailscale0", "wg0", "ztabc");
    for (const name of names) {
      const state = face(name, ["10.0.0.1/24"]);
      expect(ids([state])).toEqual([]);
      expect(reasons([state])).toContain("only when named");
      expect(ids([state], { interfaces: [name] })).toEqual([`${name}/4 10.0.0.1`]);
    }
    expect(ids([face("br0", ["10.0.0.1/24"])])).toEqual(["br0/4 10.0.0.1"]);
  });

  test("loopback is used only when named, by name or by address", () => {
    expect(ids([loopback()])).toEqual([]);
    expect(ids([loopback()], { interfaces: ["lo"] })).toEqual(["lo/4 127.0.0.1"]);
    expect(ids([loopback()], { interfaces: ["127.0.0.1"] })).toEqual(["lo/4 127.0.0.1"]);
  });

  test("F-16 interfaces that cannot multicast, are point-to-point or belong to a bridge are skipped", () => {
    expect(reasons([face("eth0", ["10.0.0.1/8"], { multicast: false })])).toContain("cannot multicast");
    expect(reasons([face("x0", ["10.0.0.1/32"], { pointToPoint: true })])).toContain("point-to-point");
    expect(reasons([face("eth1", ["10.0.0.1/8"], { bridged: true })])).toContain("bridge");
    expect(ids([face("eth0", ["10.0.0.1/8"], { multicast: undefined })])).toHaveLength(1);
  });

  test("F-04 at most 16 interfaces are used, the named first", () => {
    const many = Array.from({ length: 20 }, (_, index) => face(`eth${index}`, [`10.${index}.0.1/16`]));
    expect(ids(many)).toHaveLength(16);
    expect(select(many).skipped).toHaveLength(4);
    expect(select(many).skipped[0]?.reason).toContain("16 interfaces");
    const named = ["eth19", "eth3"];
    expect(ids(many, { interfaces: named })).toEqual(["eth19/4 10.19.0.1", "eth3/4 10.3.0.1"]);
  });

  test("an address selects its family only and is the one spoken from", () => {
    const eth0 = face("eth0", ["10.0.0.1/8", "10.0.0.2/8", "fe80::5/64"]);
    expect(ids([eth0], { interfaces: ["10.0.0.2"] })).toEqual(["eth0/4 10.0.0.2"]);
    expect(ids([eth0], { interfaces: ["FE80:0::5"] })).toEqual(["eth0/6 fe80::5"]);
  });

  test("P4 families are independent", () => {
    const eth0 = face("eth0", ["10.0.0.1/8", "fe80::5/64"]);
    expect(ids([eth0], { families: [6] })).toEqual(["eth0/6 fe80::5"]);
    expect(ids([eth0], { families: [4] })).toEqual(["eth0/4 10.0.0.1"]);
    expect(ids([face("eth0", ["fe80::5/64"])])).toEqual(["eth0/6 fe80::5"]);
  });

  test("F-18 the same link-local address on two interfaces is two links", () => {
    const two = [face("eth0", ["fe80::5/64"]), face("eth1", ["fe80::5/64"])];
    expect(ids(two)).toEqual(["eth0/6 fe80::5", "eth1/6 fe80::5"]);
    expect(select(two).links.map(({ zone }) => zone)).toEqual(["eth0", "eth1"]);
    expect(select(two, {}, "win32").links.map(({ zone }) => zone)).toEqual(["2", "2"]);
  });

  test("an interface that nobody knows is a mistake of the caller, and the message lists those there are", () => {
    const state = { ...snapshot(face("eth0", ["10.0.0.1/8"])), silent: ["wlan0"] };
    expect(() => assertKnown(state, { interfaces: ["eht0"] })).toThrow(UsageError);
    expect(() => assertKnown(state, { interfaces: ["10.0.0.9"] })).toThrow(/eth0 \(10\.0\.0\.1\), wlan0/);
    expect(() => assertKnown(state, { interfaces: ["eth0", "wlan0", "10.0.0.1"] })).not.toThrow();
  });

  test("an interface without an address of a family asked for is skipped, and that is said", () => {
    const eth0 = face("eth0", ["10.0.0.1/8"]);
    expect(reasons([eth0], { families: [6] })).toBe("eth0: has no IPv6 address");
    expect(reasons([eth0], { families: [6], interfaces: ["eth0"] })).toBe("eth0: has no IPv6 address");
    expect(reasons([face("eth0", ["fe80::5/64"])], { families: [4] })).toBe("eth0: has no IPv4 address");
    expect(reasons([face("eth0", [])])).toBe("eth0: has no IPv4 or IPv6 address");
    expect(reasons([eth0])).toBe("");
    expect(reasons([eth0], { interfaces: ["10.0.0.1"] })).toBe("");
  });

  test("an interface named by an address of a family that was not asked for is skipped, and that is said", () => {
    const eth0 = face("eth0", ["10.0.0.1/8", "fe80::5/64"]);
    expect(reasons([loopback(), eth0], { families: [6], interfaces: ["10.0.0.1"] })).toBe(
      "eth0: was named by an IPv4 address, but only IPv6 is asked for\n" +
        "lo: is not among the interfaces asked for",
    );
    expect(reasons([eth0], { families: [4], interfaces: ["fe80::5"] })).toContain("only IPv4 is asked for");
    expect(reasons([eth0], { families: [6], interfaces: ["10.0.0.1", "eth0"] })).toBe("");
  });

  test("of what is skipped the interface that was asked for is told first", () => {
    const state = { ...snapshot(loopback()), silent: ["eth1", "wlan0"] };
    const { skipped } = selectLinks(state, { interfaces: ["wlan0"] }, platformOf("linux"));
    expect(skipped.map(({ interfaceName }) => interfaceName)).toEqual(["wlan0", "lo", "eth1"]);
  });

  test("an interface that is down is skipped, and that is said", () => {
    const { skipped } = selectLinks({ interfaces: [], silent: ["wlan0"] }, {}, platformOf("linux"));
    expect(skipped).toEqual([{ interfaceName: "wlan0", reason: "is down or has no address" }]);
  });
});
