import { spawn } from "node:child_process";
import { readFrame } from "./frame.js";

const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const NANOSECONDS = 0xa1b23c4d;

/**
 * What passes on an interface, as the kernel saw it: dumpcap's packets with the kernel's time stamps, those that come in
 * and those that go out on one clock. Whoever measures by it does not measure how busy this process is.
 */
export class Capture {
  #dumpcap;
  #hear;
  #rest = Buffer.alloc(0);
  #perMs;

  /** Resolves when it runs. */
  static start(interfaceName, hear) {
    const words = ["-q", "-i", interfaceName, "-P", "-w", "-", "-f", "udp"];
    const dumpcap = spawn("dumpcap", words, { stdio: ["ignore", "pipe", "pipe"] });
    process.once("exit", () => dumpcap.kill("SIGKILL"));
    const capture = new Capture(dumpcap, hear);
    let said = "";
    dumpcap.stderr.on("data", (text) => {
      said += text;
    });
    return new Promise((resolve, reject) => {
      dumpcap.once("error", reject);
      dumpcap.once("close", () => reject(new Error(`dumpcap ended: ${said}`)));
      dumpcap.stdout.on("data", (bytes) => {
        capture.#read(bytes);
        if (capture.#perMs !== undefined) resolve(capture);
      });
    });
  }

  constructor(dumpcap, hear) {
    this.#dumpcap = dumpcap;
    this.#hear = hear;
  }

  stop() {
    this.#dumpcap.kill("SIGKILL");
  }

  #read(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (this.#perMs === undefined && this.#rest.length >= HEADER_BYTES) {
      this.#perMs = this.#rest.readUInt32LE(0) === NANOSECONDS ? 1e6 : 1e3;
      this.#rest = this.#rest.subarray(HEADER_BYTES);
    }
    if (this.#perMs !== undefined) while (this.#next()) {}
  }

  #next() {
    const rest = this.#rest;
    if (rest.length < RECORD_BYTES) return false;
    const end = RECORD_BYTES + rest.readUInt32LE(8);
    if (rest.length < end) return false;
    const time = rest.readUInt32LE(0) * 1000 + rest.readUInt32LE(4) / this.#perMs;
    const packet = readFrame(rest.subarray(RECORD_BYTES, end));
    if (packet) this.#hear({ time, ...packet });
    this.#rest = rest.subarray(end);
    return true;
  }
}
