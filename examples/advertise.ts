/** Be found, with a description that others can read, until Ctrl-C; then say goodbye. Usage: node dist/advertise.js [NAME] */
import { once } from "node:events";
import { advertise } from "earshot";

const device = await advertise({
  type: "urn:schemas-example-org:device:Example:1",
  udn: "uuid:6c1e3a52-6f0b-4d9c-9b1e-3c7c5a0e2f11",
  name: process.argv[2] ?? "An example",
  services: ["urn:schemas-example-org:service:Greeting:1"],
  description: {
    manufacturer: "earshot",
    modelName: "example",
    presentationUrl: "/about.html",
    files: {
      "/about.html": { contentType: "text/html; charset=utf-8", body: "<h1>An example</h1>" },
    },
  },
});
console.log(`${device.name} is announced, and described`);

await once(process, "SIGINT");
await device.close();
console.log("goodbye is said");
