import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BoundLink } from "../../src/core/engine.ts";
import { sameAddresses, usefulAddresses } from "../../src/dns-sd/address-order.ts";
import type { InstanceAddress } from "../../src/dns-sd/service-instance.ts";
import { LO, V4, V6, WLAN, WLAN6 } from "./rig.ts";

type Said = readonly [address: string, link: BoundLink];

function said(...pairs: Said[]): InstanceAddress[] {
  return pairs.map(([address, link]) => ({ address, link }));
}

function order(...pairs: Said[]): string[] {
  return usefulAddresses(said(...pairs)).map(({ address, link }) => `${address} ${link.id}`);
}

describe("the order of addresses", () => {
  test("M20 M21 a subnet of ours first, IPv4 before IPv6, link-local IPv6 late, 169.254 last", () => {
    const all = said(
      ["169.254.7.7", V4],
      ["fe80::1", V6],
      ["2001:db8::1", V6],
      ["fd77::1", V6],
      ["10.1.2.3", V4],
      ["fd00::20", V6],
      ["192.168.1.20", V4],
    );
    const expected = [
      "192.168.1.20",
      "fd00::20",
      "10.1.2.3",
      "fd77::1",
      "2001:db8::1",
      "fe80::1",
      "169.254.7.7",
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        expect(usefulAddresses(shuffled).map(({ address }) => address)).toEqual(expected);
      }),
    );
  });

  test("M-29 M22 what nobody can be reached by is left out", () => {
    const useless = ["127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.168.1.255", "garbage", ""];
    for (const address of useless) expect([address, order([address, V4])]).toEqual([address, []]);
    for (const address of ["::1", "::", "ff02::fb", "::ffff:192.0.2.1", "fe80::1%eth0"])
      expect([address, order([address, V6])]).toEqual([address, []]);
    expect(order(["169.254.169.254", V4], ["172.17.0.1", V4])).toEqual([
      "172.17.0.1 eth0/4",
      "169.254.169.254 eth0/4",
    ]);
  });

  test("a loopback address counts where it was said on loopback", () => {
    expect(order(["127.0.0.1", LO], ["127.0.0.1", V4])).toEqual(["127.0.0.1 lo/4"]);
  });

  test("F-15 an address that was said on several links is there once, with the link that it is on", () => {
    expect(order(["192.168.1.20", WLAN], ["192.168.1.20", V6], ["192.168.1.20", V4])).toEqual([
      "192.168.1.20 eth0/4",
    ]);
    expect(order(["fd00::20", V4], ["fd00::20", V6])).toEqual(["fd00::20 eth0/6"]);
  });

  test("M21 M-29 a link-local address is another host's on another interface, and keeps its link", () => {
    expect(order(["fe80::1", V6], ["fe80::1", WLAN6], ["fe80::1", V4])).toEqual([
      "fe80::1 eth0/6",
      "fe80::1 wlan0/6",
    ]);
  });

  test("lists are the same when addresses and their order are; the link counts for link-local ones", () => {
    const list = said(["192.168.1.20", V4], ["fe80::1", V6]);
    expect(sameAddresses(list, said(["192.168.1.20", WLAN], ["fe80::1", V6]))).toBe(true);
    expect(sameAddresses(list, said(["192.168.1.20", V4], ["fe80::1", WLAN6]))).toBe(false);
    expect(sameAddresses(list, list.toReversed())).toBe(false);
    expect(sameAddresses(list, list.slice(1))).toBe(false);
  });
});
