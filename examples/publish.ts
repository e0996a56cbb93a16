/** Be found by Bonjour and Avahi, until Ctrl-C; then say goodbye. Usage: node dist/publish.js [NAME] [PORT] */
import { once } from "node:events";
import { advertise } from "earshot";

const [name = "An example", port = "8080"] = process.argv.slice(2);

const site = await advertise({
  type: "_http._tcp",
  name,
  port: Number(port),
  txt: { path: "/", version: 1 },
  onRename: ({ what, from, to }) => console.log(`another ${what} is called ${from}: from now on it is ${to}`),
});
console.log(`${site.name} is announced, on ${site.host}`);

await once(process, "SIGINT");
await site.close();
console.log("goodbye is said");
