/// <reference lib="esnext.disposable" preserve="true" />
import { type CapturedDatagram, writePcap } from "../pcap/index.ts";
import type { Sent } from "./world.ts";

/** What a LAN sent since `Lan.capture()`, on every segment. */
export class Capture implements Disposable {
  readonly #datagrams: (CapturedDatagram & { readonly segment: string })[] = [];
  readonly #stop: () => void;

  /** Made by `Lan.capture()`. */
  constructor(record: (recorder: (sent: Sent) => void) => () => void, epochMs: number) {
    this.#stop = record(({ at, ...sent }) => void this.#datagrams.push({ ...sent, at: epochMs + at }));
  }

  /** In the order they were sent. */
  get datagrams(): readonly (CapturedDatagram & { readonly segment: string })[] {
    return this.#datagrams;
  }

  /** The recording as a pcap file, which Wireshark opens. */
  pcap(): Uint8Array<ArrayBuffer> {
    return writePcap(this.#datagrams);
  }

  /** Records no more. */
  stop(): void {
    this.#stop();
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
