// earshot as the device: node earshot.js '{"name":,"type":,"host":,"port":,"txt":["a=b"]}'. It accepts connections to the
// port, says READY when it is announced, takes the name in a line of input `rename NAME`, and says goodbye on SIGTERM.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { Earshot } from "earshot";

const { name, type, host, port, txt } = JSON.parse(process.argv[2]);
const earshot = new Earshot({ interfaces: ["eth0"], protocols: ["dns-sd"], mdns: { host } });
const server = createServer((connection) => connection.on("error", () => {}).end()).listen(port, "::");
process.once("SIGTERM", async () => {
  server.close();
  await earshot.close();
  process.exit();
});
const advertising = earshot.advertise({ type, name, port, txt: Object.fromEntries(txt.map(pair)) });
createInterface({ input: process.stdin }).on("line", async (line) => {
  if (line.startsWith("rename ")) await (await advertising).update({ name: line.slice("rename ".length) });
});
await advertising;
console.log("READY");

function pair(text) {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
