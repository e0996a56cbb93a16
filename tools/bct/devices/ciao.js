// ciao as the device: node ciao.js '{"name":,"type":,"host":,"port":,"txt":["a=b"]}'. It accepts connections to the
// port, says READY when it is announced, takes the name in a line of input `rename NAME`, and says goodbye on SIGTERM.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { getResponder } from "@homebridge/ciao";

const { name, type, host, port, txt } = JSON.parse(process.argv[2]);
const responder = getResponder({ interface: "eth0" });
createServer((connection) => connection.on("error", () => {}).end()).listen(port, "::");
const service = responder.createService({
  name,
  type: type.split(".")[0].slice(1),
  port,
  hostname: host,
  txt: Object.fromEntries(txt.map((text) => text.split("="))),
});
process.once("SIGTERM", async () => {
  await responder.shutdown();
  process.exit();
});
createInterface({ input: process.stdin }).on("line", async (line) => {
  if (line.startsWith("rename ")) await service.updateName(line.slice("rename ".length));
});
await service.advertise();
console.log("READY");
