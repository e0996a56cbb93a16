// Sends a search to one address, not to the group: node ask.js ADDRESS TARGET
// It prints READY when it is sent, then "ANSWER USN FROM:PORT" for each answer; again every second.
import { createSocket } from "node:dgram";

const [address, target] = process.argv.slice(2);
const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
const lines = [
  "M-SEARCH * HTTP/1.1",
  `HOST: ${address}:1900`,
  'MAN: "ssdp:discover"',
  `ST: ${target}`,
  "",
  "",
];
const ask = () => socket.send(lines.join("\r\n"), 1900, address);

socket.on("message", (bytes, from) => {
  const usn = /^USN: *(.*?)\r?$/im.exec(bytes.toString("latin1"))?.[1];
  console.log("ANSWER", usn ?? "-", `${from.address}:${from.port}`);
});
socket.on("error", (error) => console.log("ERROR", error.message));
ask();
setInterval(ask, 1_000);
console.log("READY");
