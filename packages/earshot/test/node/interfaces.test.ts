import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { readInterfaces } from "../../src/node/interfaces.ts";
import { platformOf } from "../../src/node/platform.ts";

const v4 = (address: string, cidr: string): NetworkInterfaceInfo => ({
  address,
  netmask: "255.255.255.0",
  family: "IPv4",
  mac: "02:00:00:00:00:01",
  internal: false,
  cidr,
});

const v6 = (address: string, cidr: string, scopeid: number): NetworkInterfaceInfo => ({
  address,
  netmask: "ffff:ffff:ffff:ffff::",
  family: "IPv6",
  mac: "02:00:00:00:00:01",
  internal: false,
  cidr,
  scopeid,
});

const files: Record<string, string> = {
  "/sys/class/net/eth0/address": "02:00:00:00:00:01\n",
  "/sys/class/net/eth0/flags": "0x1003\n",
  "/sys/class/net/eth0/mtu": "1492\n",
  "/sys/class/net/tun0/address": "02:00:00:00:00:01\n",
  "/sys/class/net/tun0/flags": "0x10d1\n",
  "/sys/class/net/tun0/brport/port_no": "0x1\n",
  "/sys/class/net/other0/address": "02:00:00:00:00:99\n",
  "/sys/class/net/other0/flags": "0x3\n",
  "/sys/class/net/other0/mtu": "9000\n",
  "/proc/self/net/dev": "Inter-|\n face |\n  eth0: 1 2\n  tun0: 1 2\n wlan0: 0 0\n",
  "/proc/self/net/igmp": "Idx\tDevice\n7\ttun0      :     1      V3\n\t\t\t010000E0     1 0:00000000\t\t0\n",
  "/proc/self/net/if_inet6":
    "fe800000000000000000000000000005 03 40 20 c0     eth0\n" +
    "20030000000000000000000000000005 03 40 00 21     eth0\n",
};

function readText(path: string): string {
  const text = files[path];
  if (text === undefined) throw new Error(`ENOENT ${path}`);
  return text;
}

test("flags, numbers and the state of addresses come from /proc and /sys", () => {
  const list = () => ({
    eth0: [v4("10.0.0.1", "10.0.0.1/24"), v6("fe80::5", "fe80::5/64", 3), v6("2003::5", "2003::5/64", 0)],
    tun0: [v4("10.8.0.1", "10.8.0.1/32")],
  });
  const { interfaces, silent } = readInterfaces(platformOf("linux"), { list, readText });
  expect(interfaces[0]).toMatchObject({ name: "eth0", index: 3, multicast: true, pointToPoint: false });
  expect(interfaces[0]?.addresses).toEqual([
    { family: 4, address: "10.0.0.1", prefixLength: 24, tentative: false, fleeting: false },
    { family: 6, address: "fe80::5", prefixLength: 64, tentative: true, fleeting: false },
    { family: 6, address: "2003::5", prefixLength: 64, tentative: false, fleeting: true },
  ]);
  expect(interfaces[1]).toMatchObject({ index: 7, pointToPoint: true, bridged: true });
  expect(interfaces.map(({ mtu }) => mtu)).toEqual([1492, undefined]);
  expect(silent).toEqual(["wlan0"]);
});

test("flags of an interface of the same name in another network namespace are not believed", () => {
  const list = () => ({ other0: [v4("10.0.0.1", "10.0.0.1/24")] });
  const { interfaces } = readInterfaces(platformOf("linux"), { list, readText });
  expect(interfaces[0]).toMatchObject({ multicast: undefined, pointToPoint: undefined, bridged: false });
  expect(interfaces[0]?.mtu).toBeUndefined();
});

test("where nothing of /proc can be read, what os.networkInterfaces() tells is enough", () => {
  const list = () => ({ en0: [v6("fe80::5%en0", "fe80::5/64", 4)], empty: [], none: undefined });
  for (const name of ["darwin", "linux"]) {
    const readNothing = () => {
      throw new Error("no");
    };
    const { interfaces, silent } = readInterfaces(platformOf(name), { list, readText: readNothing });
    expect(interfaces).toHaveLength(1);
    expect(interfaces[0]).toMatchObject({ name: "en0", index: 4, multicast: undefined });
    expect(interfaces[0]?.addresses[0]?.address).toBe("fe80::5");
    expect(silent).toEqual([]);
  }
});

test("this machine's own loopback interface is read", () => {
  const { interfaces } = readInterfaces(platformOf(process.platform));
  const own = interfaces.find(({ loopback }) => loopback);
  expect(own?.addresses).toContainEqual({
    family: 4,
    address: "127.0.0.1",
    prefixLength: 8,
    tentative: false,
    fleeting: false,
  });
});
