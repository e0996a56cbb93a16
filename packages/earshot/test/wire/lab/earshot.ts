import { fileURLToPath } from "node:url";
import type { Host } from "./host.ts";
import type { Running } from "./running.ts";

const program = fileURLToPath(new URL("../../../bin/earshot.js", import.meta.url));
const advertiser = fileURLToPath(new URL("children/earshot-advertise.js", import.meta.url));

/** One line of `earshot browse --json`, as far as these tests look at it. */
export interface ToldChange {
  readonly v: 1;
  readonly kind: "found" | "updated" | "lost";
  readonly reason?: "goodbye" | "expired" | "link-down";
  readonly service: {
    readonly protocol: string;
    readonly id: string;
    readonly usn: string;
    readonly udn: string;
    readonly type: string;
    readonly location: string | null;
    readonly locations: readonly { readonly url: string; readonly link: string; readonly from: string }[];
    readonly addresses: readonly string[];
    readonly sightings: readonly { readonly link: string; readonly from: string }[];
  };
}

/** Starts the command of this checkout on a host. */
export function runEarshot(host: Host, ...words: string[]): Running {
  return host.run(process.execPath, [program, ...words]);
}

/** `earshot browse --json` at work. */
export class EarshotBrowse {
  readonly process: Running;

  constructor(host: Host, ...words: string[]) {
    this.process = runEarshot(host, "browse", "--json", ...words);
  }

  /** What it told so far. */
  get changes(): ToldChange[] {
    return this.process.output.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  }

  /** What it told about advertisements whose USN contains `usn`. */
  about(usn: string): ToldChange[] {
    return this.changes.filter(
      (change) => change.service.protocol === "ssdp" && change.service.usn.includes(usn),
    );
  }

  /** Waits until it has such an advertisement, found and not lost since; gives the newest state of it. */
  async found(usn: string, ms?: number): Promise<ToldChange["service"]> {
    await this.process.waitUntil(() => this.#present(usn).length > 0, `find ${usn}`, ms);
    return this.#present(usn)[0]!;
  }

  /** Waits until it had such advertisements, and every one of them is lost; gives the losses. */
  async lost(usn: string, ms?: number): Promise<ToldChange[]> {
    const isLost = (): boolean => this.about(usn).length > 0 && this.#present(usn).length === 0;
    await this.process.waitUntil(isLost, `lose ${usn}`, ms);
    return this.about(usn).filter(({ kind }) => kind === "lost");
  }

  /** Waits until a condition on what it told holds. */
  until(condition: () => boolean, wanted: string, ms?: number): Promise<void> {
    return this.process.waitUntil(condition, wanted, ms);
  }

  #present(usn: string): ToldChange["service"][] {
    const present = new Map<string, ToldChange["service"]>();
    for (const { kind, service } of this.about(usn)) {
      if (kind === "lost") present.delete(service.id);
      else present.set(service.id, service);
    }
    return [...present.values()];
  }
}

/** What `earshot find --json` finds within some seconds. */
export async function findServices(
  host: Host,
  type: string,
  ...words: string[]
): Promise<ToldChange["service"][]> {
  const { stdout } = await host.exec(process.execPath, [program, "find", type, "--json", ...words]);
  return stdout.split("\n").flatMap((line) => (line ? [(JSON.parse(line) as ToldChange).service] : []));
}

/** The library's `advertise(offer)`, as a program of its own, ready; it withdraws the offer on SIGTERM. */
export async function startAdvertising(host: Host, offer: object, options: object = {}): Promise<Running> {
  const running = host.run(process.execPath, [advertiser, JSON.stringify(offer), JSON.stringify(options)]);
  await running.waitFor(/^READY/);
  return running;
}
