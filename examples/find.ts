/** What is there? Everything that answers within three seconds, over every protocol. Usage: node dist/find.js [TYPE] */
import { find } from "earshot";

const [type] = process.argv.slice(2);

for (const service of type === undefined ? await find() : await find(type)) {
  const where = service.protocol === "dns-sd" ? `${service.host}:${service.port}` : service.location;
  console.log(service.protocol, service.name, service.type, service.addresses.join(" "), where ?? "");
}
