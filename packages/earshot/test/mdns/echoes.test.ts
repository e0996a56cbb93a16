import { describe, expect, test } from "vitest";
import type { Datagram, Link } from "../../src/core/engine.ts";
import { Echoes } from "../../src/mdns/echoes.ts";

const eth0 = linkNamed("eth0", "192.168.1.10");
const wlan0 = linkNamed("wlan0", "192.168.1.11");
const isOurs = (address: string): boolean => ["192.168.1.10", "192.168.1.11"].includes(address);
const query = Uint8Array.of(0, 0, 1, 2, 3);

describe("our own datagrams, heard", () => {
  test("M-25 what comes back from an address of ours is ours, once on its link", () => {
    const echoes = new Echoes();
    echoes.remember(query, 0);
    expect(echoes.isEcho(heard(query, "192.168.1.10", eth0), 1, isOurs)).toBe(true);
    expect(echoes.isEcho(heard(query, "192.168.1.10", eth0), 2, isOurs)).toBe(false);
  });

  test("F-14 A62-121 two interfaces in one network: it is ours on the other one too", () => {
    const echoes = new Echoes();
    echoes.remember(query, 0);
    expect(echoes.isEcho(heard(query, "192.168.1.10", wlan0), 1, isOurs)).toBe(true);
    expect(echoes.isEcho(heard(query, "192.168.1.10", eth0), 1, isOurs)).toBe(true);
  });

  test("F-19 another program of this machine that says the same is heard", () => {
    const echoes = new Echoes();
    echoes.remember(query, 0);
    const times = [1, 2].map((now) => echoes.isEcho(heard(query, "192.168.1.10", eth0), now, isOurs));
    expect(times).toEqual([true, false]);
  });

  test("the same from another host is no echo, and what is two seconds old is none either", () => {
    const echoes = new Echoes();
    echoes.remember(query, 0);
    expect(echoes.isEcho(heard(query, "192.168.1.20", eth0), 1, isOurs)).toBe(false);
    expect(echoes.isEcho(heard(query.slice(1), "192.168.1.10", eth0), 1, isOurs)).toBe(false);
    expect(echoes.isEcho(heard(query, "192.168.1.10", eth0), 2001, isOurs)).toBe(false);
  });

  test("however much we say, 512 are remembered", () => {
    const echoes = new Echoes();
    for (let id = 0; id < 600; id++) echoes.remember(Uint8Array.of(id >> 8, id), 0);
    expect(echoes.isEcho(heard(Uint8Array.of(0, 87), "192.168.1.10", eth0), 1, isOurs)).toBe(false);
    expect(echoes.isEcho(heard(Uint8Array.of(0, 88), "192.168.1.10", eth0), 1, isOurs)).toBe(true);
  });
});

function linkNamed(interfaceName: string, address: string): Link {
  const own = { address, prefixLength: 24 };
  return { id: `${interfaceName}/4`, interfaceName, family: 4, ...own, addresses: [own] };
}

function heard(bytes: Uint8Array, address: string, link: Link): Datagram {
  return { bytes, from: { address, port: 5353 }, link, socket: "shared", to: "group" };
}
