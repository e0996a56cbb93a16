/** Programs of one application find each other, until Ctrl-C. Usage: node dist/peers.js PORT */
import { browsePeers, servePeer } from "earshot";

const group = { name: "earshot-example", network: "peers" };
const port = Number(process.argv[2] ?? 4000);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

await using served = await servePeer({ ...group, port });
console.log(`${served.name} is served`);
for await (const { kind, peer } of browsePeers({ ...group, signal: stop.signal })) {
  if (peer.port !== port) console.log(kind, peer.address, peer.port);
}
