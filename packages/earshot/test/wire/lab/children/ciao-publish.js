// Publishes a service by ciao: node ciao-publish.js '{"name":,"type":"_http._tcp","port":,"txt":["a=b"],"subtypes":[],
// "interface":"eth0"}'. It says READY when it is announced, and goodbye on SIGTERM.
import { getResponder } from "@homebridge/ciao";

const { name, type, port, txt = [], subtypes = [], interface: interfaceName } = JSON.parse(process.argv[2]);
const [application, protocol] = type.split(".").map((word) => word.slice(1));
const responder = getResponder({ interface: interfaceName });
const service = responder.createService({
  name,
  type: application,
  protocol,
  port,
  hostname: "ciao-host",
  txt: Object.fromEntries(txt.map(pair)),
  subtypes: subtypes.map((subtype) => subtype.slice(1)),
});
service.on("name-change", (now) => console.log("RENAMED", now));
process.on("SIGTERM", async () => {
  await service.end();
  await responder.shutdown();
  process.exit();
});
await service.advertise();
console.log("READY");

function pair(text) {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
