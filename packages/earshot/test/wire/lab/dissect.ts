import { succeed } from "./running.ts";

/** What an independent decoder thinks of the packets of some senders. */
export interface Dissection {
  /** UDP packets of these senders. */
  readonly packets: number;
  /** Of these, how many it took for SSDP. */
  readonly ssdp: number;
  /** And how many for mDNS. */
  readonly mdns: number;
  /** One line for each that it calls malformed or has an error or warning about. */
  readonly complaints: readonly string[];
  /** Of those from or to the port of SSDP or mDNS, one line for each that it could not read as such. */
  readonly unreadable: readonly string[];
}

export interface DissectOptions {
  /** Ports other than 1900 that carry SSDP. */
  readonly ports?: readonly number[];
}

/** Severities of tshark's expert information: chat, note, warn, error rise in steps of 2 MiB. */
const warning = 0x600000;

/** Lets tshark read a capture and judge what was sent from these addresses. */
export async function dissect(
  file: string,
  senders: readonly string[],
  { ports = [] }: DissectOptions = {},
): Promise<Dissection> {
  const decoders = ports.flatMap((port) => ["-d", `udp.port==${port},ssdp`]);
  const ask = (filter: string, ...fields: string[]): Promise<string[]> =>
    tshark(file, decoders, `(${sentBy(senders)}) && !icmp && !icmpv6 && (${filter})`, fields);
  const describing = ["frame.number", "udp.srcport", "udp.dstport", "_ws.col.Info", "_ws.expert.message"];
  const complaints = await ask(`_ws.malformed || _ws.expert.severity >= ${warning}`, ...describing);
  return {
    packets: (await ask("udp", "frame.number")).length,
    ssdp: (await ask("ssdp", "frame.number")).length,
    mdns: (await ask("mdns", "frame.number")).length,
    complaints: complaints.filter((line) => !isOnlyRepeated(line)),
    unreadable: await ask(
      `(udp.port == 1900 && !(ssdp && (http.request.method || http.response.code))) || (udp.port == 5353 && !mdns)`,
      ...describing,
    ),
  };
}

/** All ids of mDNS are 0, from which tshark concludes that each message is the first once more. */
function isOnlyRepeated(line: string): boolean {
  const words = line.split("\t").at(-1) ?? "";
  return words.split(",").every((each) => /^DNS (?:query|response) retransmission\. /.test(each));
}

/** The text of every SSDP packet that these addresses sent, in order. */
export async function textsFrom(file: string, senders: readonly string[]): Promise<string[]> {
  const hex = await tshark(file, [], `(${sentBy(senders)}) && ssdp`, ["udp.payload"]);
  return hex.map((digits) => Buffer.from(digits, "hex").toString("latin1"));
}

function sentBy(senders: readonly string[]): string {
  return senders.map((address) => `${address.includes(":") ? "ipv6" : "ip"}.src == ${address}`).join(" || ");
}

async function tshark(file: string, decoders: string[], filter: string, fields: string[]): Promise<string[]> {
  const columns = ["-T", "fields", ...fields.flatMap((field) => ["-e", field])];
  const output = await succeed("tshark", ["-n", "-r", file, ...decoders, "-Y", filter, ...columns]);
  return output.split("\n").filter((line) => line.trim() !== "");
}
