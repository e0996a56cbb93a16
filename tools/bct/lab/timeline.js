import { decodeMessage } from "earshot/mdns";
import { ADDRESSES, INTERFACE } from "./cable.js";
import { Capture } from "./capture.js";

const DISCARD = 9;

/** Every datagram of mDNS on the cable, by the kernel's time stamps, in order. */
export class Timeline {
  #family;
  #send;
  #capture;
  #marks = new Map();
  #lastMark = 0;
  /** `{ time, isOurs, isMulticast, ttl, from, to, fromPort, toPort, bytes, message }` each; times in ms. */
  packets = [];

  /** @param send puts a datagram on the cable, to the device's discard port */
  static async start(family, send) {
    const timeline = new Timeline(family, send);
    timeline.#capture = await Capture.start(INTERFACE, (packet) => timeline.#hear(packet));
    return timeline;
  }

  constructor(family, send) {
    this.#family = family;
    this.#send = send;
  }

  /** Puts a mark on the cable and waits until it is captured: all that came before is here then. Returns its time. */
  async mark() {
    const name = `mark ${++this.#lastMark}`;
    const seen = new Promise((resolve, reject) => {
      const patience = setTimeout(() => reject(new Error("the capture stands still")), 15_000);
      this.#marks.set(name, (time) => {
        clearTimeout(patience);
        resolve(time);
      });
    });
    await this.#send(Buffer.from(name), DISCARD);
    return seen;
  }

  /** What was on the cable between two marks. */
  between(start, end) {
    return this.packets.filter(({ time }) => time >= start && time < end);
  }

  stop() {
    this.#capture.stop();
  }

  #hear(packet) {
    if (packet.toPort === DISCARD) {
      this.#marks.get(packet.bytes.toString())?.(packet.time);
      return;
    }
    if (packet.fromPort !== 5353 && packet.toPort !== 5353) return;
    const isMulticast = packet.to === "224.0.0.251" || packet.to === "ff02::fb";
    const isOurs = packet.from === ADDRESSES.tester[this.#family];
    this.packets.push({ ...packet, isOurs, isMulticast, message: decodeMessage(packet.bytes) });
    this.packets.sort((a, b) => a.time - b.time);
  }
}
