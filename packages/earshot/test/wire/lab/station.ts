import { fileURLToPath } from "node:url";
import type { Host } from "./host.ts";
import type { Running } from "./running.ts";

/** The program, for tests that start it in a way of their own. */
export const stationProgram: string = fileURLToPath(
  new URL("../../node/children/station.js", import.meta.url),
);

/** One line of what it tells: see there. */
export interface Told {
  readonly [name: string]: unknown;
}

/** A program with one channel on a host of the segment: `test/node/children/station.js`. */
export class Station {
  readonly process: Running;

  constructor(process: Running) {
    this.process = process;
  }

  static async start(host: Host, options: object = {}): Promise<Station> {
    const station = new Station(host.run(process.execPath, [stationProgram, JSON.stringify(options)]));
    await station.told({ ready: true });
    return station;
  }

  order(what: string, more: object = {}): void {
    this.process.write(`${JSON.stringify({ do: what, ...more })}\n`);
  }

  /** How much was told so far: what is told later can be waited for. */
  get mark(): number {
    return this.process.output.length;
  }

  /** Waits for something told that has these properties. */
  async told(like: object, { since = 0, ms = 15_000 } = {}): Promise<Told> {
    const found = (): string | undefined =>
      this.process.output.slice(since).find((line) => matches(line, like));
    await this.process.waitUntil(() => found() !== undefined, `tell ${JSON.stringify(like)}`, ms);
    return JSON.parse(found() ?? "");
  }

  /** Everything told that has these properties. */
  all(like: object): Told[] {
    return this.process.output.filter((line) => matches(line, like)).map((line) => JSON.parse(line));
  }

  async status(): Promise<Told> {
    const since = this.mark;
    this.order("status");
    return this.told({ status: "now" }, { since });
  }
}

function matches(line: string, like: object): boolean {
  if (!line.startsWith("{")) return false;
  const told = JSON.parse(line);
  return Object.entries(like).every(([name, value]) => JSON.stringify(told[name]) === JSON.stringify(value));
}
