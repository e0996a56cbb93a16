/** Who comes, changes, and goes? Until Ctrl-C. Usage: node dist/browse.js [TYPE...] */
import { browse } from "earshot";

const types = process.argv.slice(2);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const options = { signal: stop.signal };

for await (const change of types.length > 0 ? browse(types, options) : browse(options)) {
  const { kind, service } = change;
  const why = change.kind === "lost" ? `(${change.reason})` : "";
  console.log(kind, service.protocol, service.name, service.type, service.addresses.join(" "), why);
}
