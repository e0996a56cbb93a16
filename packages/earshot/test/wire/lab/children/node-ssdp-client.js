// node-ssdp's client and listener, for node-ssdp.ts: node node-ssdp-client.js TARGET
// It prints READY, then lines ANSWER|ALIVE|BYEBYE USN TARGET LOCATION.
import nodeSsdp from "node-ssdp";

const { Client, Server } = nodeSsdp;
const target = process.argv[2] ?? "ssdp:all";
const tell = (word, headers) =>
  console.log(word, headers.USN ?? "-", headers.ST ?? headers.NT ?? "-", headers.LOCATION ?? "-");

// Its client hears answers only; announcements come to the socket on port 1900, which its server has.
const listener = new Server({ adInterval: 3_600_000, suppressRootDeviceAdvertisements: true });
listener.on("advertise-alive", (headers) => tell("ALIVE", headers));
listener.on("advertise-bye", (headers) => tell("BYEBYE", headers));
await listener.start();

const client = new Client();
client.on("response", (headers) => tell("ANSWER", headers));
await client.start();
console.log("READY");
client.search(target);
setInterval(() => client.search(target), 2_000);
