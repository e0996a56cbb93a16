import { setTimeout as wait } from "node:timers/promises";
import { Cable } from "./cable.js";
import { DEVICES } from "./device.js";
import { isAnnouncementOf } from "./events.js";
import { Peer } from "./peer.js";
import { Timeline } from "./timeline.js";

/**
 * Silence of the device after which it is thought to have said what it had to: of three announcements the third comes two
 * seconds after the second.
 */
const SETTLED_MS = 3000;

/** One device on one cable, the tester at the other end, and what the tester found. */
export class Lab {
  #cable;
  #device;
  #deviceName;
  family;
  peer;
  timeline;
  /** `{ row, verdict, said }` each. */
  findings = [];
  /** Times between which the device is asked questions: other rules hold for answers than for announcements. */
  asking = [];

  static async open(deviceName, family) {
    const lab = new Lab(deviceName, family, await Cable.lay(family));
    lab.peer = await Peer.open(family);
    lab.timeline = await Timeline.start(family, (bytes, port) => lab.peer.put(bytes, port));
    return lab;
  }

  constructor(deviceName, family, cable) {
    this.#deviceName = deviceName;
    this.family = family;
    this.#cable = cable;
  }

  /** Starts the device anew. What it says first may be opposed: see `Peer.plan`. */
  async start(plan = {}) {
    await this.stop();
    this.peer.plan(plan);
    this.peer.begin();
    this.#device = await DEVICES[this.#deviceName].start(this.#cable, this.family);
  }

  /** Ends the device and waits until it has said its goodbyes. */
  async stop() {
    if (!this.#device) return;
    await this.#device.stop();
    this.#device = undefined;
    await wait(300);
  }

  rename(name) {
    return this.#device.rename(name);
  }

  interrupt(ms) {
    return this.#cable.interrupt(ms);
  }

  /** Starts the device and waits until host and service are announced and it is silent. Returns what passed. */
  async startSettled(plan, atMost = 40_000) {
    return this.stage(async () => {
      await this.start(plan);
      await this.settled(atMost);
    });
  }

  /** Waits until the plan is through, and the device has announced names of these kinds since, and is silent. */
  async settled(atMost, kinds = ["host", "instance"]) {
    await this.peer.until(() => this.peer.isDone, atMost);
    await this.peer.until(() => kinds.every((kind) => this.#isAnnounced(kind)), Math.max(15_000, atMost / 2));
    await this.peer.quiet(SETTLED_MS);
  }

  /** Does something and returns what was on the cable meanwhile. */
  async stage(body) {
    const start = await this.timeline.mark();
    await body();
    return this.timeline.between(start, await this.timeline.mark());
  }

  /** As `stage`, for questions. */
  async asked(body) {
    const start = await this.timeline.mark();
    await body();
    const end = await this.timeline.mark();
    this.asking.push({ start, end });
    return this.timeline.between(start, end);
  }

  find(row, verdict, said) {
    this.findings.push({ row, verdict, said });
  }

  async close() {
    await this.stop();
    this.timeline.stop();
    this.peer.close();
    await this.#cable.remove();
  }

  #isAnnounced(kind) {
    return this.peer.since(kind).some((message) => isAnnouncementOf(message, kind));
  }
}
