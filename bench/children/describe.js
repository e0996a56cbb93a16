// Gives the same description to everybody, on port 8080 of every address: for who fetches what it finds. It prints READY,
// and ends with its input.
import { createServer } from "node:http";

const description = `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>1</minor></specVersion>
<device><deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType><friendlyName>Bench</friendlyName>
<manufacturer>Bench</manufacturer><modelName>Bench</modelName>
<UDN>uuid:62656e63-6800-4000-8000-000000000000</UDN></device></root>`;

const server = createServer((_request, response) => {
  response.setHeader("Content-Type", "text/xml");
  response.end(description);
});
server.listen({ port: 8080, host: "0.0.0.0", backlog: 4096 }, () => console.log("READY"));
process.stdin.on("close", () => process.exit()).resume();
