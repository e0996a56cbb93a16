import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../host.ts";
import type { Output, Running } from "../running.ts";
import {
  type Browsing,
  browsing,
  type Offered,
  type Publishing,
  publishing,
  type Told,
} from "./dns-sd-peer.ts";
import { type BusEnvironment, runApart, startBus } from "./private-host.ts";

export interface AvahiOptions {
  /** @default ["eth0"] */
  readonly interfaces?: readonly string[];
  /** @default [4] */
  readonly families?: readonly (4 | 6)[];
  /** @default "avahi-host" */
  readonly hostName?: string;
  /** Lets nobody share the port. @default false */
  readonly isAlone?: boolean;
}

/** avahi-daemon on a host, with a bus, a /run and a folder of services of its own; and its tools. */
export class Avahi implements AsyncDisposable {
  readonly process: Running;
  readonly #host: Host;
  readonly #bus: BusEnvironment;

  static async start(host: Host, options: AvahiOptions = {}): Promise<Avahi> {
    const folder = await host.subfolder("avahi");
    const services = await host.subfolder("avahi/services");
    const file = join(folder, "avahi.conf");
    await writeFile(file, conf(options));
    const bus = await startBus(host, "avahi");
    await writeFile(join(folder, "passwd"), "root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/sh\n");
    await writeFile(join(folder, "group"), "root:x:0:\navahi:x:0:\n");
    const before = [
      `mount --bind ${services} /etc/avahi/services`,
      // It gives its folder to its user, and a user namespace has one user only.
      `mount --bind ${folder}/passwd /etc/passwd`,
      `mount --bind ${folder}/group /etc/group`,
      "mkdir -p /run/avahi-daemon",
    ];
    const words = ["avahi-daemon", "-f", file, "--no-drop-root", "--no-chroot", "--no-rlimits"];
    const avahi = new Avahi(host, bus, runApart(host, before, words, bus));
    await avahi.process.waitFor(/Server startup complete/);
    return avahi;
  }

  private constructor(host: Host, bus: BusEnvironment, process: Running) {
    this.#host = host;
    this.#bus = bus;
    this.process = process;
  }

  /** Publishes by `avahi-publish`; ready when probing has ended. */
  async publish({ name, type, port, txt = [], subtypes = [] }: Offered): Promise<Publishing> {
    const more = subtypes.map((subtype) => `--subtype=${subtype}._sub.${type}`);
    const process = this.#run("avahi-publish", "-s", ...more, name, type, `${port}`, ...txt);
    await process.waitFor(/^Established under name/);
    return publishing(process);
  }

  /** Publishes a host by `avahi-publish`, without its reverse name. */
  async publishAddress(hostName: string, address: string): Promise<Publishing> {
    const process = this.#run("avahi-publish", "-a", "-R", hostName, address);
    await process.waitFor(/^Established under name/);
    return publishing(process);
  }

  /** Browses and resolves by `avahi-browse`. */
  browse(type: string): Browsing {
    return browsing(this.#run("stdbuf", "-oL", "avahi-browse", "-p", "-r", "-k", type), readLine);
  }

  /** `avahi-resolve` with these words, to its end. */
  resolve(...words: string[]): Promise<Output> {
    return this.#host.exec("avahi-resolve", words, { env: this.#bus });
  }

  /** Ends it as its user would: it says goodbye. */
  async stop(): Promise<void> {
    await this.process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
  }

  #run(command: string, ...words: string[]): Running {
    return this.#host.run(command, words, { env: this.#bus });
  }
}

function conf(options: AvahiOptions): string {
  const { interfaces = ["eth0"], families = [4], hostName = "avahi-host", isAlone = false } = options;
  const yes = (is: boolean): string => (is ? "yes" : "no");
  return `[server]
host-name=${hostName}
use-ipv4=${yes(families.includes(4))}
use-ipv6=${yes(families.includes(6))}
allow-interfaces=${interfaces.join(",")}
disallow-other-stacks=${yes(isAlone)}
ratelimit-interval-usec=0
ratelimit-burst=0
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
publish-aaaa-on-ipv4=${yes(families.includes(6))}
`;
}

/** Lines of `=;eth0;IPv4;name;type;domain;host;address;port;"txt" "txt"`, and of `-;eth0;IPv4;name;type;domain`. */
function readLine(line: string): Told | undefined {
  const [sign, , , escaped = "", type = "", , host = "", address = "", port = "", ...rest] = line.split(";");
  const name = unescaped(escaped);
  if (sign === "-") return { kind: "gone", name };
  if (sign !== "=") return undefined;
  const txt = [...rest.join(";").matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => unescaped(text));
  return {
    kind: "found",
    instance: { name, type, host, port: Number(port), txt: txt.sort(), addresses: [address] },
  };
}

/** Bytes are written as `\ddd` in decimal, other characters as `\c`. */
function unescaped(text: string): string {
  const bytes: number[] = [];
  for (const [, digits, character, plain] of text.matchAll(/\\(\d{3})|\\(.)|([^\\]+)/g))
    bytes.push(...(digits === undefined ? Buffer.from(character ?? plain ?? "") : [Number(digits)]));
  return Buffer.from(bytes).toString();
}
