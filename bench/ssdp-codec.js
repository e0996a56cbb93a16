import { race, table } from "./harness.js";
import { messages } from "./ssdp-messages.js";
import { parsers } from "./ssdp-parsers.js";

/** Reading SSDP messages, beside other libraries: nanoseconds for one message, and how many times the first parser's. */
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
  return {
    title: "Reading an SSDP message, ns (and times the first's)",
    how:
      "One message again and again, in one process. Every parser gives access to every header: earshot's cuts out a value " +
      "when it is asked for, and in the third row all of them, as the peers do.",
    text: table([head, ...rows]),
    goals: [0, 1, 2].map((row) => goal(results, row)),
  };
}

/** How many times faster than the fastest peer, for the message where that is least. */
function goal(results, row) {
  const ratios = results.map((result) => {
    const peers = result.filter((_, index) => parsers[index].isPeer);
    return Math.min(...peers.map(({ nanoseconds }) => nanoseconds)) / result[row].nanoseconds;
  });
  const least = Math.min(...ratios);
  return {
    goal: `${parsers[row].name}: at least 3 times faster than the fastest peer`,
    met: least >= 3,
    figure: `${least.toFixed(2)} times`,
  };
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
