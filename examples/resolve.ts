/** Which types of service are there, and where is each instance? Usage: node dist/resolve.js [TYPE [NAME]] */
import { browseInstances, browseTypes, resolve, Txt } from "earshot/dns-sd";

const [type, name] = process.argv.slice(2);
const options = { signal: AbortSignal.timeout(3000) };

if (type === undefined) {
  for await (const change of browseTypes(options)) console.log(change.kind, change.type);
} else if (name === undefined) {
  for await (const change of browseInstances(type, options)) console.log(change.kind, change.name);
} else {
  const { host, port, addresses, txtBytes } = await resolve(name, type); // When connecting, not long before.
  const txt = Txt.read(txtBytes);
  console.log(host, port, addresses.join(" "));
  for (const key of txt.keys) console.log(" ", key, txt.text(key) ?? "");
}
