import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { OwnRecords } from "../../src/mdns/own-records.ts";
import { a, ETH, HOST, INSTANCE, ptr, said, srv, txt, WIFI } from "./claims-rig.ts";

describe("own records", () => {
  test("established and proposed records of a name are told apart, on each link", () => {
    const own = new OwnRecords();
    own.hold(ETH, srv(1), 1, true);
    own.hold(ETH, txt("x"), 1, false);
    own.hold(WIFI, srv(2), 1, false);
    expect(own.at(ETH.id, INSTANCE).map(({ type }) => type)).toEqual([33]);
    expect(own.probing(ETH.id, INSTANCE).map(({ type }) => type)).toEqual([16]);
    expect(own.at(WIFI.id, INSTANCE)).toEqual([]);
    expect(own.probing(WIFI.id, INSTANCE)).toHaveLength(1);
    expect([...own.on(ETH.id)]).toHaveLength(1);
  });

  test("A62-125 names are found whatever the case of their ASCII letters", () => {
    const own = new OwnRecords();
    own.hold(ETH, a("192.168.1.10"), 1, true);
    const upper = Name.parse("OFFICE.LOCAL");
    expect(own.at(ETH.id, upper)).toHaveLength(1);
    expect(own.has(upper)).toBe(true);
  });

  test("equal records of several publications are one, and stay until the last lets go", () => {
    const own = new OwnRecords();
    const first = own.hold(ETH, a("192.168.1.10"), 7, true);
    const second = own.hold(ETH, a("192.168.1.10"), 8, true);
    expect(second).toBe(first);
    expect(first.publication).toBe(7);
    expect([...own.holders(ETH.id, HOST)]).toEqual([7, 8]);
    expect(own.release(first, 7)).toBe(false);
    expect(first.publication).toBe(8);
    expect(own.at(ETH.id, HOST)).toHaveLength(1);
    expect(own.release(first, 8)).toBe(true);
    expect(own.release(first, 8)).toBe(false);
    expect(own.has(HOST)).toBe(false);
  });

  test("all unique records of a name become ours, or proposed again, together; shared ones stay as they are", () => {
    const own = new OwnRecords();
    own.hold(ETH, srv(1), 1, false);
    own.hold(ETH, txt("x"), 1, false);
    own.hold(ETH, { ...ptr(), name: INSTANCE }, 1, true);
    own.settle(ETH.id, INSTANCE, true);
    expect(own.at(ETH.id, INSTANCE)).toHaveLength(3);
    own.settle(ETH.id, INSTANCE, false);
    expect(own.at(ETH.id, INSTANCE).map(({ isShared }) => isShared)).toEqual([true]);
    expect(own.probing(ETH.id, INSTANCE)).toHaveLength(2);
  });

  test("A62-121 a record that we have on another link is ours, too; other data or another type is not", () => {
    const own = new OwnRecords();
    own.hold(ETH, a("192.168.1.10"), 1, true);
    own.hold(WIFI, a("10.0.0.10"), 1, false);
    expect(own.says(said(a("10.0.0.10")))).toBe(true);
    expect(own.says(said(a("10.0.0.11")))).toBe(false);
    expect(own.says(said(txt("x", HOST)))).toBe(false);
    expect(own.says(said(srv(1)))).toBe(false);
  });

  test("what is heard of each name is of interest from its first record on any link to its last", () => {
    const told: string[] = [];
    const own = new OwnRecords({
      add: (name) => void told.push(`+${name}`),
      delete: (name) => void told.push(`-${name}`),
    });
    const records = [
      own.hold(ETH, srv(1), 1, true),
      own.hold(ETH, txt(""), 1, true),
      own.hold(WIFI, srv(1), 1, true),
    ];
    for (const record of records) own.release(record, 1);
    expect(told).toEqual([`+${INSTANCE}`, `-${INSTANCE}`]);
  });

  test("A62-040 when a record was multicast is remembered, with the TTL it had", () => {
    const own = new OwnRecords();
    const record = own.hold(ETH, a("192.168.1.10"), 1, true);
    expect(record).toMatchObject({ multicastAt: Number.NEGATIVE_INFINITY, multicastTtl: 0 });
    own.multicast(record, 5);
    expect(record).toMatchObject({ multicastAt: 5, multicastTtl: 120 });
  });

  test("a link that has another address is another link in all its records", () => {
    const own = new OwnRecords();
    const record = own.hold(ETH, a("192.168.1.10"), 1, true);
    own.relink({ ...ETH, address: "192.168.1.11" });
    expect(record.link.address).toBe("192.168.1.11");
  });
});
