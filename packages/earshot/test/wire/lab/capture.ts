import { stat } from "node:fs/promises";
import type { Host } from "./host.ts";
import type { Running } from "./running.ts";

/** A running capture of UDP, in pcap. */
export class Capture implements AsyncDisposable {
  readonly file: string;
  readonly #dumpcap: Running;

  static async start(host: Host, file: string, interfaceName: string): Promise<Capture> {
    // Not tcpdump: in a user namespace it fails to give up rights that it does not have.
    const dumpcap = host.run("dumpcap", ["-i", interfaceName, "-P", "-w", file, "-f", "udp"]);
    await dumpcap.waitFor(/^File: /);
    return new Capture(file, dumpcap);
  }

  private constructor(file: string, dumpcap: Running) {
    this.file = file;
    this.#dumpcap = dumpcap;
  }

  /** Ends the capture when no more packets come in; the file is whole then. */
  async stop(): Promise<string> {
    if (!this.#dumpcap.exit) await this.#untilQuiet();
    await this.#dumpcap.stop("SIGINT");
    return this.file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What dumpcap has not read yet when it is told to end, it forgets; and it reads, and writes, with delay. */
  async #untilQuiet(): Promise<void> {
    let before = -1;
    for (let round = 0, quiet = 0; quiet < 10 && round < 100; round++) {
      const { size } = await stat(this.file);
      quiet = size === before ? quiet + 1 : 0;
      before = size;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
