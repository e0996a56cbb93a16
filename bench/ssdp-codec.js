import { race, table } from "./harness.js";
import { messages } from "./ssdp-messages.js";
import { parsers } from "./ssdp-parsers.js";

/** Reading SSDP messages, beside other libraries: nanoseconds for one message, and how many times ours. */
export function ssdpCodec(effort) {
  const results = messages.map((message) => {
    for (const { name, parse } of parsers) mustRead(name, parse, message);
    return race(
      parsers.map(({ name, parse }) => ({ name, run: () => parse(message.bytes) })),
      effort,
    );
  });
  const head = ["", ...messages.map(({ name, bytes }) => `${name}, ${bytes.length} B`)];
  const rows = parsers.map(({ name }, row) => [name, ...results.map((result) => cell(result, row))]);
  return { title: "Reading an SSDP message, ns (and times earshot's)", text: table([head, ...rows]) };
}

/** A parser that does not find what the message says is not in the race. */
function mustRead(name, parse, message) {
  const heard = parse(message.bytes);
  const want = message.usn ?? "upnp:rootdevice";
  if (!heard?.startsWith(want))
    throw new Error(`${name} reads ${heard} from the ${message.name}, not ${want}`);
}

function cell(result, row) {
  const { nanoseconds } = result[row];
  return `${Math.round(nanoseconds)} (${(nanoseconds / result[0].nanoseconds).toFixed(2)})`;
}
