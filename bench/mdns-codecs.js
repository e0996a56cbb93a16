import { createRequire } from "node:module";
import dnsPacket from "dns-packet";
import { decodeMessage, encodeMessage, Name } from "earshot/mdns";

const require = createRequire(import.meta.url);
require("@homebridge/ciao"); // Its modules need one another, and are whole only when all are loaded.
const { DNSPacket } = require("@homebridge/ciao/lib/coder/DNSPacket.js");

/** Messages with names of their own: together more than are remembered. */
const STRANGERS = 2000;

/** Whom a peer takes a message to come from. */
const SENDER = { address: "192.168.1.44", port: 5353, family: "IPv4", interface: "none", netAddress: "" };

/**
 * The codecs in the race. `reads` gives a function that reads the message once and says how many entries it has; `writes` one
 * that writes what was read, and says how many bytes that makes.
 */
export const codecs = [
  {
    name: "earshot",
    reads: (bytes) => () => entriesOf(decodeMessage(bytes)),
    writes(bytes) {
      const message = decodeMessage(bytes);
      return () => encodeMessage(message).length;
    },
  },
  {
    name: "earshot, names never heard before",
    reads: (bytes) => inTurn(strangers(bytes), (stranger) => entriesOf(decodeMessage(stranger))),
    writes(bytes) {
      const messages = strangers(bytes).map((stranger) => decodeMessage(stranger));
      return inTurn(messages, (message) => encodeMessage(withNewNames(message, same)).length);
    },
  },
  {
    name: "dns-packet",
    isPeer: true,
    reads: (bytes) => () => entriesOf(dnsPacket.decode(bytes)),
    writes(bytes) {
      const message = dnsPacket.decode(bytes);
      return () => dnsPacket.encode(message).length;
    },
  },
  {
    name: "@homebridge/ciao",
    isPeer: true,
    reads: (bytes) => () => {
      const { questions, answers, authorities, additionals } = DNSPacket.decode(SENDER, bytes);
      return questions.size + answers.size + authorities.size + additionals.size;
    },
    writes(bytes) {
      const message = DNSPacket.decode(SENDER, bytes);
      return () => message.encode().length;
    },
  },
];

function entriesOf({ questions, answers, authorities, additionals }) {
  return questions.length + answers.length + authorities.length + additionals.length;
}

function inTurn(items, job) {
  let next = 0;
  return () => {
    next = next + 1 === items.length ? 0 : next + 1;
    return job(items[next]);
  };
}

/** The message as others would send it: the same, but for the names of hosts and instances. */
function strangers(bytes) {
  const message = decodeMessage(bytes);
  return Array.from({ length: STRANGERS }, (_, index) => {
    const other = index.toString(36).padStart(4, "0");
    const written = encodeMessage(withNewNames(message, (label) => renamed(label, other)));
    return Buffer.from(written.buffer);
  });
}

function renamed(label, other) {
  return label.startsWith("_") || label === "local" ? label : other + label.slice(other.length);
}

function same(label) {
  return label;
}

/** The same message, every name of it made anew from its labels. */
function withNewNames({ kind, ...message }, rename) {
  const name = ({ labels }) => Name.of(...labels.map(rename));
  const data = (one) => {
    if (one.target) return { ...one, target: name(one.target) };
    return one.next ? { ...one, next: name(one.next) } : one;
  };
  const records = (list) => list.map((one) => ({ ...one, name: name(one.name), data: data(one.data) }));
  return {
    kind,
    questions: message.questions.map((one) => ({ ...one, name: name(one.name) })),
    answers: records(message.answers),
    authorities: records(message.authorities),
    additionals: records(message.additionals),
  };
}
