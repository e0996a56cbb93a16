import { describe, expect, test } from "vitest";
import { hostOfUrl, isLinkLocal, scopeOf } from "../../src/core/address.ts";
import { localAddress } from "../../src/ssdp/advertisement.ts";
import { DEVICE, msearch, Rig, type Sent, UDN, V4, V6 } from "./rig.ts";

const OFFER = { location: "http://{address}:80/", root: { type: DEVICE, udn: UDN } };

const header = (sent: Sent, name: string) => sent.message.headers.get(name) ?? "";

/** The address that a LOCATION names. */
function named(sent: Sent): string {
  const host = hostOfUrl(header(sent, "LOCATION"));
  return host && "address" in host ? host.address : expect.unreachable();
}

function announced(rig: Rig): readonly Sent[] {
  rig.offer(OFFER);
  rig.advance(5000);
  return rig.sent.filter((sent) => header(sent, "NTS") === "ssdp:alive");
}

describe("UDA 2.0 annex A: addresses and their scope", () => {
  test("UD-121 to FF02::C a LOCATION names the link-local address, and nothing else", () => {
    const sent = announced(new Rig({ links: [V6], siteScope: true })).filter(({ to }) =>
      JSON.stringify(to).includes("ff02::c"),
    );
    expect(sent.length).toBeGreaterThan(0);
    for (const each of sent) {
      expect(header(each, "HOST")).toBe("[FF02::C]:1900");
      expect(isLinkLocal(named(each))).toBe(true);
    }
  });

  test("UD-122 to FF05::C a LOCATION names a wider address, and no wider group is ever used", () => {
    const sent = announced(new Rig({ links: [V6], siteScope: true }));
    const site = sent.filter((each) => header(each, "HOST") === "[FF05::C]:1900");
    expect(site.length).toBe(sent.length / 2);
    for (const each of site) expect(named(each)).toBe("fd00::10");
    for (const { to } of sent) {
      const address = to === "group" ? "" : to.address;
      expect([2, 5]).toContain(scopeOf(address));
    }
  });

  test("UD-122 where there is only a link-local address nothing is said to FF05::C", () => {
    const link = { ...V6, addresses: [{ address: "fe80::10", prefixLength: 64 }] };
    const sent = announced(new Rig({ links: [link], siteScope: true }));
    expect(new Set(sent.map((each) => header(each, "HOST")))).toEqual(new Set(["[FF02::C]:1900"]));
  });

  test("UD-122 the hop limit of FF05::C is 10, has an option of its own, and leaves the other alone", () => {
    expect(new Rig().engine.binding).toMatchObject({ hops: 2, siteHops: 10 });
    expect(new Rig({ siteHops: 3 }).engine.binding).toMatchObject({ hops: 2, siteHops: 3 });
    for (const siteHops of [0, 256, 1.5]) {
      expect(() => new Rig({ siteHops })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
  });

  test("UD-123 the address in a LOCATION is the one that speaks to that group or host", () => {
    const wide = { address: "2003::10", prefixLength: 64 };
    const link = { ...V6, addresses: [...V6.addresses, wide] };
    const rig = new Rig({ links: [V4, link], siteScope: true });
    announced(rig);
    for (const address of ["fe80::99", "fd00::99", "2003::99"]) {
      rig.hear(msearch({ ST: UDN }), { link, address });
    }
    rig.hear(msearch({ ST: UDN }), { address: "192.168.1.99" });
    rig.advance(5000);
    const located = rig.sent.filter((sent) => header(sent, "LOCATION") !== "");
    for (const sent of located) {
      const to = sent.to === "group" ? undefined : sent.to.address;
      expect(named(sent), `to ${to}`).toBe(localAddress(sent.link, to));
    }
    expect(located.slice(-4).map(named).sort()).toEqual(
      ["192.168.1.10", "2003::10", "fd00::10", "fe80::10"].sort(),
    );
  });

  test("UD-125 every copy and every refresh starts in v4 and v6 within 20 ms", () => {
    const rig = new Rig({ links: [V4, V6], siteScope: true });
    rig.offer({ ...OFFER, maxAgeSeconds: 100 });
    rig.advance(600_000);
    const rounds = (family: 4 | 6) =>
      [...new Set(rig.sent.filter(({ link }) => link.family === family).map(({ at }) => at))].sort(
        (a, b) => a - b,
      );
    const [v4, v6] = [rounds(4), rounds(6)];
    expect(v4.length).toBeGreaterThan(10);
    expect(v6).toHaveLength(v4.length);
    for (const [index, at] of v4.entries()) {
      expect(Math.abs(at - (v6[index] ?? 0))).toBeLessThanOrEqual(20);
    }
  });

  test("UD-125 so does a search", () => {
    const rig = new Rig({ links: [V4, V6] });
    rig.search();
    rig.advance(5000);
    const at = (family: 4 | 6) =>
      rig.sent.filter(({ link }) => link.family === family).map((sent) => sent.at);
    expect(at(4)).toEqual(at(6));
  });
});
