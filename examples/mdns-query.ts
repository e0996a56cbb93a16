/** Any record of any name. Usage: node dist/mdns-query.js NAME [TYPE], such as printer.local AAAA */
import { queryOnce, type RecordType, TYPE } from "earshot/mdns";

const [name = "_services._dns-sd._udp.local", type = "ANY"] = process.argv.slice(2);
const isType = (text: string): text is keyof typeof TYPE => text in TYPE;
const code: RecordType = isType(type) ? type : Number(type);

for (const { data, ttl, link, from } of await queryOnce(name, code)) {
  const said = "address" in data ? data.address : "target" in data ? `${data.target}` : data.kind;
  console.log(said, `${ttl} s`, `from ${from} on ${link}`);
}
