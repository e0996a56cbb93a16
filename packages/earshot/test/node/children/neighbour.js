/**
 * Another program on this machine: hears a group on loopback and answers. `node neighbour.js PORT [hold]`.
 * With `hold` it takes the port for itself alone, and does nothing else. Ends when its input ends.
 */
import { createSocket } from "node:dgram";
import { createNetwork } from "../../../dist/node/index.js";

const port = Number(process.argv[2]);
process.stdin.on("end", () => process.exit()).resume();

if (process.argv[3] === "hold") {
  const socket = createSocket("udp4");
  socket.bind(port, () => console.log("ready"));
} else {
  const network = createNetwork({ interfaces: ["lo"], families: [4] });
  const channel = network.open(
    { port, groups: { 4: ["239.255.255.250"], 6: [] }, hops: 1 },
    {
      datagram: ({ bytes, from, link, socket, to }) => {
        const text = new TextDecoder().decode(bytes);
        console.log(`heard ${text} ${socket} ${to}`);
        const answer = new TextEncoder().encode(`answer to ${text}`);
        if (text.startsWith("ask")) channel.send({ bytes: answer, to: from, link, socket: "own" });
      },
      links: () => {},
      fault: ({ error }) => console.log(`fault ${error.code}`),
    },
  );
  await channel.ready;
  console.log("ready");
}
