// Publishes a service by bonjour-service: node bonjour-publish.js '{"name":,"type":"_http._tcp","port":,"txt":["a=b"],
// "subtypes":[],"address":"10.0.0.1"}'. It says READY when it is announced, and goodbye on SIGTERM.
import { Bonjour } from "bonjour-service";

const { name, type, port, txt = [], subtypes = [], address } = JSON.parse(process.argv[2]);
const [application, protocol] = type.split(".").map((word) => word.slice(1));
const bonjour = new Bonjour({ interface: address, bind: "0.0.0.0" });
const service = bonjour.publish({
  name,
  type: application,
  protocol,
  port,
  host: "bonjour-host.local",
  txt: Object.fromEntries(txt.map(pair)),
  subtypes: subtypes.map((subtype) => subtype.slice(1)),
});
service.on("up", () => console.log("READY"));
process.on("SIGTERM", () => bonjour.unpublishAll(() => bonjour.destroy(() => process.exit())));

function pair(text) {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
