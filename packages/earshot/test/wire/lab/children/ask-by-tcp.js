// Searches a group and asks for the answers over TCP (UPnP 2.0): node ask-by-tcp.js GROUP OWN-ADDRESS INTERFACE TARGET
// It prints READY when it is sent, then "TCP FROM BYTES USN,USN,..." for each connection and "UDP FROM" for each datagram.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const [group, own, interfaceName, target] = process.argv.slice(2);
const isV6 = group.includes(":");
const isLinkLocal = own.startsWith("fe80:");
const socket = createSocket(isV6 ? "udp6" : "udp4");

const server = createServer((connection) => {
  const parts = [];
  connection.on("data", (part) => parts.push(part));
  connection.on("end", () => {
    const text = Buffer.concat(parts).toString("latin1");
    const usns = [...text.matchAll(/^USN: *(.*?)\r$/gim)].map(([, usn]) => usn);
    console.log("TCP", connection.remoteAddress, text.length, usns.sort().join(","));
  });
});

server.listen({ port: 50_123, host: isLinkLocal ? `${own}%${interfaceName}` : own }, () => {
  socket.bind(0, isLinkLocal ? `${own}%${interfaceName}` : own, () => {
    socket.setMulticastInterface(isV6 ? `::%${interfaceName}` : own);
    const host = isV6 ? `[${group.toUpperCase()}]` : group;
    const lines = [
      "M-SEARCH * HTTP/1.1",
      `HOST: ${host}:1900`,
      'MAN: "ssdp:discover"',
      "MX: 5",
      `ST: ${target}`,
      "TCPPORT.UPNP.ORG: 50123",
      "",
      "",
    ];
    socket.send(lines.join("\r\n"), 1900, isLinkLocal ? `${group}%${interfaceName}` : group, () =>
      console.log("READY"),
    );
  });
});
socket.on("message", (_, from) => console.log("UDP", from.address));
