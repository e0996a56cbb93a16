import type { DnsMessage } from "../../src/mdns/message.ts";
import type { Question, RecordData, ResourceRecord } from "../../src/mdns/record.ts";

/** A message in words: a line for each question (`?`) and record (the number of its section, as in the header). */
export function told(message: DnsMessage): string[] {
  const sections = [message.answers, message.authorities, message.additionals];
  return [
    ...message.questions.map(question),
    ...sections.flatMap((records, index) => records.map((one) => `${index + 1} ${record(one)}`)),
  ];
}

function question({ name, type, class: code, unicast }: Question): string {
  return `? ${name} ${type}${code === 1 ? "" : ` class ${code}`}${unicast ? " QU" : ""}`;
}

function record({ name, type, class: code, ttl, flush, data }: ResourceRecord): string {
  return `${name} ${type} ${ttl}${code === 1 ? "" : ` class ${code}`}${flush ? " flush" : ""} ${words(data)}`;
}

function words(data: RecordData): string {
  switch (data.kind) {
    case "A":
    case "AAAA":
      return data.address;
    case "PTR":
    case "CNAME":
      return `-> ${data.target}`;
    case "SRV":
      return `${data.priority} ${data.weight} ${data.port} ${data.target}`;
    case "TXT":
      return hexOf(data.bytes);
    case "NSEC":
      return `${data.next} ${data.types.join(",")}`;
    case "HINFO":
      return `${data.cpu} ${data.os}`;
    case "SVCB":
      return `${data.priority} ${data.target} ${[...data.params].map(([key, value]) => `${key}=${hexOf(value)}`).join(" ")}`;
    case "OPT":
      return data.options.map(({ code, bytes }) => `option ${code}: ${hexOf(bytes)}`).join(" ");
    case "opaque":
      return `opaque ${hexOf(data.bytes)}`;
  }
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}
