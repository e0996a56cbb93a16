import { createSocket } from "node:dgram";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { decodeMessage, encodeMessage, TYPE } from "earshot/mdns";
import { ADDRESSES, INTERFACE } from "./cable.js";
import { inOtherCase, isShiftable, kindOf, shifted } from "./names.js";

const PORT = 5353;
const TTL = 120;

/**
 * The tester on the cable: says what a check wants said, hears the device, and answers its probes by a plan. It measures
 * nothing: that is for the timeline.
 */
export class Peer {
  #family;
  #socket;
  #plan = { host: [], instance: [] };
  #isMixed = false;
  #lastHeard = Number.NEGATIVE_INFINITY;
  /** Which message of `heard` was opposed last. */
  #opposedAt = { host: -1, instance: -1 };
  #onHeard = () => {};
  /** Every message of the device since `forget`. */
  heard = [];
  /** Every record of its responses since `begin`. */
  records = [];

  static async open(family) {
    const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", reuseAddr: true });
    const peer = new Peer(family, socket);
    socket.on("message", (bytes, from) => peer.#hear(bytes, from));
    socket.bind(PORT);
    await once(socket, "listening");
    const own = family === 4 ? ADDRESSES.tester[4] : `::%${INTERFACE}`;
    socket.setMulticastInterface(own);
    socket.addMembership(family === 4 ? "224.0.0.251" : "ff02::fb", own);
    socket.setMulticastTTL(255);
    socket.setTTL(255);
    socket.setMulticastLoopback(false);
    return peer;
  }

  constructor(family, socket) {
    this.#family = family;
    this.#socket = socket;
  }

  /** Where mDNS is spoken. */
  get group() {
    return this.#family === 4 ? "224.0.0.251" : `ff02::fb%${INTERFACE}`;
  }

  get deviceAddress() {
    return this.#family === 4 ? ADDRESSES.device[4] : `${ADDRESSES.device[6]}%${INTERFACE}`;
  }

  /**
   * What to do at the next probes for the host name, and for the instance name: `beat` sends a probe that wins the
   * tie-break, `yield` one that loses, `deny` answers that the name is taken, `pass` does nothing.
   */
  plan({ host = [], instance = [], isMixed = false }) {
    this.#plan = { host: [...host], instance: [...instance] };
    this.#isMixed = isMixed;
  }

  /** Whether everything planned was done. */
  get isDone() {
    return this.#plan.host.length === 0 && this.#plan.instance.length === 0;
  }

  /** The device starts anew. */
  begin() {
    this.forget();
    this.records = [];
  }

  forget() {
    this.heard = [];
    this.#opposedAt = { host: -1, instance: -1 };
  }

  /** What was heard since a name of this kind was last opposed. */
  since(kind) {
    return this.heard.slice(this.#opposedAt[kind] + 1);
  }

  /** Multicasts a message, of which `kind` and what is not empty are given. */
  say(message) {
    return this.#put(encodeMessage(message), PORT, this.group);
  }

  /** Puts bytes on the cable, to a port of the device. */
  put(bytes, port) {
    return this.#put(bytes, port, this.deviceAddress);
  }

  /** Waits until a condition on what was heard holds; says whether it did in time. */
  async until(condition, ms) {
    const deadline = performance.now() + ms;
    while (!condition()) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await this.#change(left);
    }
    return true;
  }

  /** Waits until the device has been silent for so long, but no longer than `atMost`. */
  async quiet(ms, atMost = 30_000) {
    const deadline = performance.now() + atMost;
    const start = performance.now();
    for (;;) {
      const now = performance.now();
      const end = Math.max(this.#lastHeard, start) + ms;
      if (now >= end || now >= deadline) return;
      await wait(Math.min(end, deadline) - now);
    }
  }

  close() {
    this.#socket.close();
  }

  #put(bytes, port, address) {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, port, address, (error) => (error ? reject(error) : resolve()));
    });
  }

  #hear(bytes, { address }) {
    if (address.split("%")[0] !== ADDRESSES.device[this.#family]) return;
    const message = decodeMessage(bytes);
    if (message.kind === "malformed") return;
    this.#lastHeard = performance.now();
    if (message.kind === "query" && message.authorities.length > 0) this.#react(message);
    this.heard.push(message);
    if (message.kind === "response") this.records.push(...message.answers, ...message.additionals);
    this.#onHeard();
  }

  #react({ questions, authorities }) {
    for (const kind of ["host", "instance"]) {
      const name = questions.map((question) => question.name).find((each) => kindOf(each) === kind);
      const action = name && this.#plan[kind].shift();
      if (!action || action === "pass") continue;
      this.#opposedAt[kind] = this.heard.length;
      const records = authorities.filter((record) => record.name.equals(name));
      this.#oppose(action, this.#isMixed ? records.map(turned) : records);
    }
  }

  #oppose(action, records) {
    const at = records.findIndex(isShiftable);
    if (at < 0) return;
    const other = shifted(records[at], action === "yield" ? -1 : 1);
    const sending =
      action === "deny"
        ? this.say({ kind: "response", answers: [{ ...other, flush: true, ttl: TTL }] })
        : this.say({
            kind: "query",
            questions: [{ name: other.name, type: TYPE.ANY, class: 1, unicast: true }],
            authorities: (action === "beat" ? [other] : records.with(at, other)).map(unflushed),
          });
    sending.catch((error) => console.error("the tester could not speak:", error.message));
  }

  #change(ms) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#onHeard = () => {};
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#onHeard = done;
    });
  }
}

function unflushed(record) {
  return { ...record, flush: false };
}

function turned(record) {
  return { ...record, name: inOtherCase(record.name) };
}
