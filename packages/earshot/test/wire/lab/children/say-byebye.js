// Says ssdp:byebye in the name of another program on this host: node say-byebye.js ADDRESS USN TARGET
import { createSocket } from "node:dgram";

const [address, usn, target] = process.argv.slice(2);
const head = [
  "NOTIFY * HTTP/1.1",
  "HOST: 239.255.255.250:1900",
  `NT: ${target}`,
  "NTS: ssdp:byebye",
  `USN: ${usn}`,
];
const socket = createSocket("udp4");
socket.bind(0, address, () => {
  socket.setMulticastInterface(address);
  socket.send([...head, "", ""].join("\r\n"), 1900, "239.255.255.250", () => socket.close());
});
