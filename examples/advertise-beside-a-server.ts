/** Be found where a server of your own describes you, until Ctrl-C. Usage: node dist/advertise-beside-a-server.js */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { advertise } from "earshot";

const type = "urn:schemas-example-org:device:Served:1";
const udn = "uuid:6c1e3a52-6f0b-4d9c-9b1e-3c7c5a0e2f12";

const description = `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
  <specVersion><major>1</major><minor>1</minor></specVersion>
  <device>
    <deviceType>${type}</deviceType>
    <friendlyName>Served by hand</friendlyName>
    <manufacturer>earshot</manufacturer>
    <modelName>example</modelName>
    <UDN>${udn}</UDN>
  </device>
</root>
`;

const server = createServer((_, response) => response.setHeader("content-type", "text/xml").end(description));
await once(server.listen(0), "listening");
const { port } = server.address() as AddressInfo;

const device = await advertise({ type, udn, port, path: "/description.xml" });
console.log(`announced, with its description on port ${port}`);

await once(process, "SIGINT");
await device.close();
server.close();
console.log("goodbye is said");
