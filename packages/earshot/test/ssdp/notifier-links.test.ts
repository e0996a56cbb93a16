import { describe, expect, test } from "vitest";
import type { DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { DEVICE, Rig, type Sent, UDN, V4, V6 } from "./rig.ts";

const SIMPLE: DeviceOffer = { location: "http://{address}:80/", root: { type: DEVICE, udn: UDN } };

const header = (sent: Sent, name: string) => sent.message.headers.get(name);
const nts = (rig: Rig, kind: string) => rig.sent.filter((sent) => header(sent, "NTS") === kind);

describe("links", () => {
  test("UD-018 UD-028 LOCATION and HOST are the link's own, all else is the same", () => {
    const rig = new Rig({ links: [V4, V6] });
    rig.offer(SIMPLE);
    rig.advance(100);
    const [v4, v6] = [rig.sent[0] as Sent, rig.sent[3] as Sent];
    expect([header(v4, "LOCATION"), header(v4, "HOST")]).toEqual([
      "http://192.168.1.10:80/",
      "239.255.255.250:1900",
    ]);
    expect([header(v6, "LOCATION"), header(v6, "HOST")]).toEqual(["http://[fe80::10]:80/", "[FF02::C]:1900"]);
    for (const name of ["NT", "USN", "SERVER", "BOOTID.UPNP.ORG", "CONFIGID.UPNP.ORG"]) {
      expect(header(v4, name)).toBe(header(v6, name));
    }
  });

  test("UD-121 UD-122 the site-local group, when chosen, gets the wider address", () => {
    const rig = new Rig({ links: [V6], siteScope: true });
    rig.offer(SIMPLE);
    rig.advance(100);
    const locations = rig.sent
      .filter((sent) => header(sent, "NT") === UDN)
      .map((sent) => header(sent, "LOCATION"));
    expect(locations).toEqual(["http://[fe80::10]:80/", "http://[fd00::10]:80/"]);
  });

  test("UD-034 a new link: update with NEXTBOOTID on the old ones, then alive everywhere under it", () => {
    const rig = new Rig({ bootId: 5 });
    rig.offer(SIMPLE);
    rig.advance(5000);
    rig.forget();
    rig.relink([V4, V6]);
    const updates = nts(rig, "ssdp:update");
    expect(
      updates.map((sent) => [
        sent.link.id,
        header(sent, "BOOTID.UPNP.ORG"),
        header(sent, "NEXTBOOTID.UPNP.ORG"),
      ]),
    ).toEqual(Array(3).fill(["eth0/4", "5", "6"]));
    rig.advance(100);
    const alive = nts(rig, "ssdp:alive");
    expect(new Set(alive.map(({ link }) => link.id))).toEqual(new Set(["eth0/4", "eth0/6"]));
    expect(new Set(alive.map((sent) => header(sent, "BOOTID.UPNP.ORG")))).toEqual(new Set(["6"]));
    expect(nts(rig, "ssdp:byebye")).toEqual([]);
  });

  test("UD-003 F-02 a changed address: byebye on that link, a new LOCATION and a higher BOOTID", () => {
    const rig = new Rig({ bootId: 5 });
    rig.offer(SIMPLE);
    rig.advance(5000);
    rig.forget();
    const moved = {
      ...V4,
      address: "192.168.1.77",
      addresses: [{ address: "192.168.1.77", prefixLength: 24 }],
    };
    rig.relink([moved]);
    expect(nts(rig, "ssdp:byebye")).toHaveLength(3);
    rig.advance(100);
    const [first] = nts(rig, "ssdp:alive");
    expect([header(first as Sent, "LOCATION"), header(first as Sent, "BOOTID.UPNP.ORG")]).toEqual([
      "http://192.168.1.77:80/",
      "6",
    ]);
  });

  test("UD-032 a link that goes brings no byebye on those that stay", () => {
    const rig = new Rig({ links: [V4, V6] });
    rig.offer(SIMPLE);
    rig.advance(5000);
    rig.forget();
    rig.relink([V4]);
    rig.advance(5000);
    expect(rig.sent).toEqual([]);
  });

  test("F19 offered before there is any address, it is announced when there is one", () => {
    const rig = new Rig({ links: [] });
    rig.offer(SIMPLE);
    rig.advance(600_000);
    expect(rig.sent).toEqual([]);
    rig.relink([V4]);
    rig.advance(100);
    expect(nts(rig, "ssdp:alive")).toHaveLength(3);
  });

  test("F-05 after a sleep everything is announced again at once", () => {
    const rig = new Rig();
    rig.offer(SIMPLE);
    rig.advance(5000);
    rig.forget();
    rig.relink([V4], true);
    rig.advance(100);
    expect(nts(rig, "ssdp:alive")).toHaveLength(3);
  });
});
