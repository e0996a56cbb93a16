import { connect } from "node:net";
import { join } from "node:path";
import type { Host } from "../host.ts";
import type { Running } from "../running.ts";

/** An entry of minissdpd's cache, or one that it shall answer for. */
export interface MinissdpdEntry {
  readonly location: string;
  readonly target: string;
  readonly usn: string;
}

export interface MinissdpdOptions {
  /** @default ["eth0"] */
  readonly interfaces?: readonly string[];
  /** @default false */
  readonly ipv6?: boolean;
}

const askForAll = 3;
const submit = 4;

/** minissdpd: keeps what it hears, tells it to programs on its host, and answers searches for those that ask it to. */
export class Minissdpd implements AsyncDisposable {
  readonly process: Running;
  /** Its unix socket. */
  readonly socket: string;

  static async start(
    host: Host,
    { interfaces = ["eth0"], ipv6 = false }: MinissdpdOptions = {},
  ): Promise<Minissdpd> {
    const folder = await host.subfolder("minissdpd");
    const socket = join(folder, "sock");
    const args = ["-d", "-s", socket, "-p", join(folder, "pid"), ...(ipv6 ? ["-6"] : [])];
    const process = host.run("minissdpd", [...args, ...interfaces.flatMap((name) => ["-i", name])]);
    const minissdpd = new Minissdpd(process, socket);
    await minissdpd.until(() => true, "answer");
    return minissdpd;
  }

  private constructor(process: Running, socket: string) {
    this.process = process;
    this.socket = socket;
  }

  /** Lets it answer searches for an entry. It never announces it: that is left to whoever registers. */
  async register(entry: MinissdpdEntry): Promise<void> {
    const server = "Lab/1.0 UPnP/1.1 minissdpd/1.6";
    const words = [entry.target, entry.usn, server, entry.location].map(withLength);
    await this.#ask(Buffer.concat([Buffer.from([submit]), ...words]), false);
  }

  /** All that it has heard and not forgotten. */
  async entries(): Promise<MinissdpdEntry[]> {
    const answer = await this.#ask(Buffer.concat([Buffer.from([askForAll]), withLength("ssdp:all")]), true);
    return parseEntries(answer);
  }

  /** Waits until an entry whose USN contains `usn` is in its cache. */
  found(usn: string, ms?: number): Promise<void> {
    return this.until((entries) => entries.some((entry) => entry.usn.includes(usn)), `find ${usn}`, ms);
  }

  /** Waits until no such entry is left. */
  gone(usn: string, ms?: number): Promise<void> {
    return this.until(
      (entries) => entries.every((entry) => !entry.usn.includes(usn)),
      `be rid of ${usn}`,
      ms,
    );
  }

  /** Waits until something holds of its cache. It tells nobody of changes, so it is asked again and again. */
  async until(condition: (entries: MinissdpdEntry[]) => boolean, wanted: string, ms = 15_000): Promise<void> {
    const deadline = Date.now() + ms;
    for (;;) {
      const entries = await this.entries().catch((error: unknown) => String(error));
      if (typeof entries !== "string" && condition(entries)) return;
      if (this.process.exit || Date.now() > deadline) {
        const log = this.process.output.slice(-20).join("\n");
        throw new Error(`minissdpd did not ${wanted}: ${JSON.stringify(entries)}\n${log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }

  async kill(): Promise<void> {
    await this.process.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #ask(request: Buffer, wantsAnswer: boolean): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.socket);
      let answer = Buffer.alloc(0);
      const finish = (): void => {
        socket.destroy();
        resolve(answer);
      };
      socket.setTimeout(5_000, () => socket.destroy(new Error("minissdpd does not answer")));
      socket.on("error", reject);
      socket.on("data", (part: Buffer) => {
        answer = Buffer.concat([answer, part]);
        if (isComplete(answer)) finish();
      });
      socket.on("end", finish);
      socket.write(request, () => {
        if (!wantsAnswer) socket.end();
      });
    });
  }
}

/** Its strings are preceded by their length, seven bits a byte, the most significant first. */
function withLength(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const length = [bytes.length & 0x7f];
  for (let rest = bytes.length >> 7; rest > 0; rest >>= 7) length.unshift((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** The strings after the byte with the number of entries; the last may be cut. */
function parseStrings(answer: Buffer): string[] {
  const strings: string[] = [];
  for (let at = 1; at < answer.length; ) {
    let length = 0;
    let byte: number;
    do {
      byte = answer[at++] ?? 0;
      length = (length << 7) | (byte & 0x7f);
    } while (byte & 0x80);
    if (at + length > answer.length) break;
    strings.push(answer.toString("latin1", at, at + length));
    at += length;
  }
  return strings;
}

function isComplete(answer: Buffer): boolean {
  return answer.length > 0 && parseStrings(answer).length >= answer[0]! * 3;
}

function parseEntries(answer: Buffer): MinissdpdEntry[] {
  const strings = parseStrings(answer);
  return Array.from({ length: answer[0] ?? 0 }, (_, index) => {
    const [location = "", target = "", usn = ""] = strings.slice(index * 3, index * 3 + 3);
    return { location, target, usn };
  });
}
