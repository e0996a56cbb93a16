import { describe, expect, test } from "vitest";
import type { DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { DEVICE, msearch, Rig, UDN, V4, V6 } from "./rig.ts";

const OFFER: DeviceOffer = {
  location: "http://{address}:8200/rootDesc.xml",
  root: { type: DEVICE, udn: UDN, services: ["urn:schemas-upnp-org:service:ContentDirectory:3"] },
};

describe("who asks", () => {
  test("S-30 a search sent to us alone is answered at once though the same one waits for its moment", () => {
    const rig = new Rig();
    rig.offer(OFFER);
    rig.advance(5000);
    rig.forget();
    rig.hear(msearch({ ST: DEVICE, MX: "5" }), { port: 50_000 });
    rig.hear(msearch({ ST: DEVICE, MX: undefined }), { port: 50_000, to: "host" });
    expect(rig.sent).toHaveLength(1);
  });

  test("F43 a search answered by NOTIFY does not use up the answer to a proper one", () => {
    const rig = new Rig({ answerByNotify: true });
    rig.offer(OFFER);
    rig.advance(5000);
    rig.forget();
    rig.hear(msearch({ ST: DEVICE, MAN: "ssdp:discover" }), { port: 4000 });
    rig.hear(msearch({ ST: DEVICE }), { port: 4000 });
    rig.advance(5000);
    expect(rig.sent.map(({ message }) => message.kind).sort()).toEqual(["notify", "response"]);
  });

  test.each(["192.168.1.255", "255.255.255.255", "239.255.255.250", "0.0.0.0", "::", "ff02::c"])(
    "S-30 S-53 %s is no host: nothing is sent there",
    (address) => {
      for (const options of [{}, { answerByNotify: true, broadcast: true }]) {
        const rig = new Rig({ ...options, links: [V4, V6] });
        rig.offer(OFFER);
        rig.advance(5000);
        rig.forget();
        const link = address.includes(":") ? V6 : V4;
        rig.hear(msearch({ MAN: "ssdp:discover", ST: "null" }), { address, link, to: "host" });
        rig.hear(msearch(), { address, link, to: "host" });
        rig.hear(msearch(), { address, link, port: 4000 });
        rig.advance(6000);
        expect(rig.sent).toEqual([]);
        expect(rig.engine.counts.dropped.get("search-from-no-host")).toBeGreaterThanOrEqual(2);
      }
    },
  );

  test("S-37 an asker's words that make an answer too long cost the answer, and nothing else", () => {
    const type = `urn:x:device:${"k".repeat(670)}:1`;
    const rig = new Rig();
    rig.offer({ location: "http://{address}/", root: { type, udn: UDN } });
    rig.advance(5000);
    rig.forget();
    rig.hear(msearch({ ST: type.replaceAll("k", "\u212a") }));
    rig.advance(5000);
    expect(rig.sent).toEqual([]);
    rig.hear(msearch({ ST: type }));
    rig.advance(5000);
    expect(rig.sent).toHaveLength(1);
  });
});
