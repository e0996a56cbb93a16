/** What is there? Everything that answers within three seconds. Usage: node dist/find.js [TYPE] */
import { find } from "earshot";

const type = process.argv[2] ?? "upnp:rootdevice";

for (const device of await find(type)) {
  console.log(device.name, device.addresses.join(" "), device.location ?? "(no usable LOCATION)");
}
