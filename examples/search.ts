/** SSDP in its own words: the raw answers to one search. Usage: node dist/search.js [TARGET] */
import { search } from "earshot/ssdp";

const target = process.argv[2] ?? "ssdp:all";

for await (const answer of search(target, { mx: 1, repeats: 2 })) {
  console.log(answer.from, answer.target, answer.usn, answer.headers.get("SERVER") ?? "");
  for (const { code, detail = "" } of answer.violations) console.log("  not as it should be:", code, detail);
}
