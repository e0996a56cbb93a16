import type { Random } from "../../src/core/random.ts";
import { Mutant, pickFrom, utf8 } from "./mutant.ts";

/** One thing that a stranger, the clock or the machine does. All but the packet are single bytes; see `HEAD`. */
export interface Step {
  /** How long nothing happens before it; a place in a table of the target's. */
  readonly delay: number;
  readonly source: number;
  /** What it is, and by which socket it comes. */
  readonly deed: number;
  readonly packet: Uint8Array;
}

/** A script: how the engine is set up, and what it lives through. */
export interface Script {
  readonly setup: number;
  readonly steps: readonly Step[];
}

/** A byte each for delay, source and deed, and two for the length of the packet. */
const HEAD = 5;
const MOST_STEPS = 64;

/** Any bytes are a script: what ends early ends the last packet early. */
export function readScript(bytes: Uint8Array): Script {
  const steps: Step[] = [];
  for (let at = 1; at + HEAD <= bytes.length && steps.length < MOST_STEPS; ) {
    const [delay = 0, source = 0, deed = 0, high = 0, low = 0] = bytes.subarray(at, at + HEAD);
    const end = at + HEAD + high * 256 + low;
    steps.push({ delay, source, deed, packet: bytes.subarray(at + HEAD, end) });
    at = end;
  }
  return { setup: bytes[0] ?? 0, steps };
}

export function writeScript({ setup, steps }: Script): Uint8Array {
  const bytes = new Uint8Array(steps.reduce((sum, { packet }) => sum + HEAD + packet.length, 1));
  bytes[0] = setup;
  let at = 1;
  for (const { delay, source, deed, packet } of steps) {
    bytes.set([delay, source, deed, packet.length >> 8, packet.length & 255], at);
    bytes.set(packet, at + HEAD);
    at += HEAD + packet.length;
  }
  return bytes;
}

/** Changes the order of things, one thing, or one packet. */
export class ScriptChanger {
  readonly #packet: Mutant;
  readonly #dictionary: readonly Uint8Array[];

  constructor(dictionary: readonly string[], mostPacketBytes: number) {
    this.#packet = new Mutant(mostPacketBytes);
    this.#dictionary = dictionary.map(utf8);
  }

  change(mutant: Mutant, random: Random, pick: () => Uint8Array): void {
    const { setup, steps } = readScript(mutant.bytes);
    const changed = [...steps];
    const at = Math.floor(random.next() * steps.length);
    const other = readScript(pick()).steps;
    const step = steps[at];
    if (!step || random.next() < 0.1) changed.push(...other.slice(0, 8));
    else this.#changeAt(changed, at, step, other, random, pick);
    const bytes = writeScript({
      setup: random.next() < 0.1 ? random.integer(0, 255) : setup,
      steps: changed,
    });
    mutant.replace(0, mutant.length, bytes);
  }

  #changeAt(
    steps: Step[],
    at: number,
    step: Step,
    other: readonly Step[],
    random: Random,
    pick: () => Uint8Array,
  ): void {
    const byte = random.integer(0, 255);
    const to = Math.floor(random.next() * steps.length);
    const kinds: readonly (() => unknown)[] = [
      () => steps.splice(to, 0, step),
      () => steps.splice(at, 1),
      () => steps.splice(to, 0, ...steps.splice(at, 1)),
      () => steps.splice(at, 0, ...(other.length > 0 ? [pickFrom(other, random)] : [])),
      () => steps.splice(at, 1, { ...step, delay: byte }),
      () => steps.splice(at, 1, { ...step, source: byte }),
      () => steps.splice(at, 1, { ...step, deed: byte }),
      () => steps.splice(at, 0, ...Array.from({ length: random.integer(1, 12) }, () => step)),
    ];
    if (random.next() < 0.5) pickFrom(kinds, random)();
    else steps.splice(at, 1, { ...step, packet: this.#changePacket(step.packet, random, pick) });
  }

  #changePacket(packet: Uint8Array, random: Random, pick: () => Uint8Array): Uint8Array {
    this.#packet.load(packet);
    const another = (): Uint8Array => {
      const { steps } = readScript(pick());
      return steps.length > 0 ? pickFrom(steps, random).packet : packet;
    };
    this.#packet.change(random, this.#dictionary, another);
    return this.#packet.bytes.slice();
  }
}
