// node-ssdp's server, for node-ssdp.ts: node node-ssdp-server.js UDN LOCATION MAX_AGE
// It prints READY, and says byebye on SIGTERM.
import nodeSsdp from "node-ssdp";

const { Server } = nodeSsdp;
const [udn, location, maxAge] = process.argv.slice(2);

const server = new Server({ udn, location, ttl: Number(maxAge), adInterval: 10_000 });
server.addUSN("upnp:rootdevice");
server.addUSN("urn:schemas-upnp-org:device:Basic:1");
await server.start();
console.log("READY");
const alive = setInterval(() => {}, 60_000);
process.on("SIGTERM", () => {
  clearInterval(alive);
  // Its own stop() closes the sockets before the byebyes have left; and until they are closed it answers searches.
  server.advertise(false);
  setImmediate(() => process.exit(0));
});
