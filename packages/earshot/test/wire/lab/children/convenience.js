// What a program does that knows no object, for ../../seeds.interop.test.ts: announces, serves, finds, and ends by itself.
import { advertise, find, findPeers, servePeer } from "earshot";
import { search } from "earshot/ssdp";

const type = "urn:example-org:device:Convenient:1";
const advertised = await advertise({ type, port: 80 });
const peer = await servePeer({ name: "seed", network: "one", port: 8048 });
const found = await find(type, { timeoutMs: 5000, until: (services) => services.length > 0 });
const peers = await findPeers({ name: "seed", network: "one", until: (all) => all.length > 0 });
let answers = 0;
for await (const answer of search(type, { mx: 1 })) answers += answer.target === type ? 1 : 0;
await Promise.all([advertised.close(), peer.close()]);
console.log(
  JSON.stringify({ found: found.map((each) => each.type), ports: peers.map(({ port }) => port), answers }),
);
