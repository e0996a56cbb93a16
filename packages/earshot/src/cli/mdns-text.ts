/** A message of mDNS as people read it: what it is about in a line, and each question and record of it. */
import { type MonitoredMdns, printable } from "../index.ts";
import type { Question, ResourceRecord } from "../mdns.ts";
import type { Paint } from "./colours.ts";
import { questionText, recordText, typeName } from "./record-text.ts";

type Message = Exclude<MonitoredMdns["message"], { kind: "malformed" }>;

/** So many questions or records are named in the one line. */
const MOST_NAMED = 4;

/** `PTR? _ipp._tcp.local, knows 2` of a query; of a response `PTR _ipp._tcp.local → Office._ipp._tcp.local`. Untrusted. */
export function mdnsSubject(message: Message): string {
  const { questions, answers, authorities, additionals } = message;
  const own = message.kind === "response" ? answers : [];
  const named = [...questions.map(askedText), ...own.map(saidText)];
  const hidden = named.length - MOST_NAMED;
  return [
    ...named.slice(0, MOST_NAMED),
    ...(hidden > 0 ? [`${hidden} more`] : []),
    ...counted("knows", message.kind === "query" ? answers.length : 0),
    ...counted(message.kind === "query" ? "claims" : "authorities", authorities.length),
    ...counted("additional", additionals.length),
    ...(message.truncated ? ["more to come"] : []),
  ].join(", ");
}

/** A line for each question, answer, authority and additional record: `?`, `=`, `^` and `+`. */
export function mdnsLines(message: Message, paint: Paint): string[] {
  const { questions, answers, authorities, additionals } = message;
  const line = (sign: string, text: string): string => `${paint("faint", sign)} ${printable(text)}`;
  const records = (sign: string, all: readonly ResourceRecord[]): string[] =>
    all.map((record) => line(sign, recordText(record) + (record.flush ? " (flush)" : "")));
  return [
    ...questions.map((question) => line("?", questionText(question))),
    ...records("=", answers),
    ...records("^", authorities),
    ...records("+", additionals),
  ];
}

/** What a message is about, for filters: the names in it, and what PTR and SRV records point to. */
export function mdnsNames({ questions, answers, authorities, additionals }: Message): string[] {
  const records = [...answers, ...authorities, ...additionals];
  return [...new Set([...questions.map(({ name }) => String(name)), ...records.flatMap(namesOf)])];
}

function namesOf({ name, data }: ResourceRecord): string[] {
  return "target" in data ? [String(name), String(data.target)] : [String(name)];
}

function askedText({ name, type }: Question): string {
  return `${typeName(type)}? ${name}`;
}

function saidText({ name, type, ttl, data }: ResourceRecord): string {
  const target = data.kind === "PTR" || data.kind === "CNAME" ? ` → ${data.target}` : "";
  return `${typeName(type)} ${name}${target}${ttl === 0 ? " goodbye" : ""}`;
}

function counted(word: string, count: number): string[] {
  return count > 0 ? [`${word} ${count}`] : [];
}
