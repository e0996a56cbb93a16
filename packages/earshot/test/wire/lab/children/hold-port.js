// Keeps a UDP port to itself, and says READY: node hold-port.js [PORT], 1900 by default.
import { createSocket } from "node:dgram";

const socket = createSocket("udp4");
socket.bind(Number(process.argv[2] ?? 1900), () => console.log("READY"));
process.on("SIGTERM", () => socket.close());
