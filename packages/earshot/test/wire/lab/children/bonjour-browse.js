// Browses a service type by bonjour-service: node bonjour-browse.js '{"type":"_http._tcp","subtypes":[],
// "address":"10.0.0.1"}'. It says READY, then lines of JSON.
import { Bonjour } from "bonjour-service";

const { type, subtypes, address } = JSON.parse(process.argv[2]);
const [application, protocol] = type.split(".").map((word) => word.slice(1));
const bonjour = new Bonjour({ interface: address, bind: "0.0.0.0" });
const tell = (told) => console.log(JSON.stringify(told));
const found = ({ name, host, port, rawTxt = [], addresses = [] }) => {
  const txt = rawTxt.map(String).filter(Boolean);
  tell({ kind: "found", name, type, host, port, txt, addresses });
};
const browser = bonjour.find({ type: application, protocol, ...(subtypes ? { subtypes } : {}) });
browser.on("up", found);
browser.on("txt-update", found);
browser.on("srv-update", found);
browser.on("down", ({ name }) => tell({ kind: "gone", name }));
console.log("READY");
process.on("SIGTERM", () => bonjour.destroy(() => process.exit()));
