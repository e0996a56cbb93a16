// Keeps UDP port 1900 to itself, and says READY.
import { createSocket } from "node:dgram";

const socket = createSocket("udp4");
socket.bind(1900, () => console.log("READY"));
process.on("SIGTERM", () => socket.close());
