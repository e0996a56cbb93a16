/** A device and a control point on a LAN in memory, and a stranger who says `__proto__`. */
import { Earshot } from "../../../dist/index.js";
import { Lan } from "../../../dist/testing.js";

const lan = new Lan({ seed: 1 });
const device = new Earshot({ network: lan.addHost("device") });
const laptop = new Earshot({ network: lan.addHost("laptop", { addresses: ["10.0.0.2/16"] }) });
const browser = laptop.browse();
const counts = { found: 0, lost: 0 };
browser.on("found", () => counts.found++);
browser.on("lost", () => counts.lost++);
await lan.until(browser.ready);
const advertisement = await lan.until(
  device.advertise({
    type: "urn:schemas-upnp-org:device:MediaServer:1",
    port: 80,
    services: ["urn:schemas-upnp-org:service:ContentDirectory:1"],
  }),
);
lan.inject({
  from: { address: "10.0.0.66", port: 1900 },
  to: { address: "239.255.255.250", port: 1900 },
  bytes: new TextEncoder().encode('NOTIFY * HTTP/1.1\r\n__proto__: {"polluted":1}\r\nconstructor: x\r\n\r\n'),
});
lan.advance(5000);
await lan.until(advertisement.close());
lan.advance(5000);
console.log(`found ${counts.found}, lost ${counts.lost}, polluted ${{}.polluted}`);
await lan.until(Promise.all([device.close(), laptop.close()]));
