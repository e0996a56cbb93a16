/** Who comes, changes, and goes? Until Ctrl-C. Usage: node dist/browse.js [TYPE...] */
import { browse } from "earshot";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

for await (const change of browse(process.argv.slice(2), { signal: stop.signal })) {
  const { kind, service } = change;
  const why = change.kind === "lost" ? `(${change.reason})` : "";
  console.log(kind, service.protocol, service.usn, service.addresses.join(" "), why);
}
