import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execute, type Output, Running, type RunOptions, succeed } from "./running.ts";

/** One host of a segment: a network namespace with `eth0`, and perhaps more, on the segment's bridges. */
export class Host implements AsyncDisposable {
  /** The namespace, such as `esh-4711-1-h2`. */
  readonly namespace: string;
  /** Counted from 1. */
  readonly index: number;
  /** A folder for what its programs keep; gone with the segment. */
  readonly folder: string;
  readonly #running = new Set<Running>();

  constructor(namespace: string, index: number, folder: string) {
    this.namespace = namespace;
    this.index = index;
    this.folder = folder;
  }

  /** Its address on `eth0`, as long as nothing changed it. */
  get address(): string {
    return `10.77.0.${this.index}`;
  }

  /** Its unique local IPv6 address on `eth0`, when the segment has IPv6. */
  get address6(): string {
    return `fd77::${this.index.toString(16)}`;
  }

  /** Starts a command on this host. It ends with the segment at the latest. */
  run(command: string, args: readonly string[] = [], options?: RunOptions): Running {
    const running = new Running("nsenter", this.#inside(command, args), options);
    this.#running.add(running);
    return running;
  }

  /** Runs a command on this host to its end. */
  exec(
    command: string,
    args: readonly string[] = [],
    options?: RunOptions & { ms?: number },
  ): Promise<Output> {
    return execute("nsenter", this.#inside(command, args), options);
  }

  /** `ip` on this host; rejects when it refuses. */
  ip(...words: string[]): Promise<string> {
    return succeed("ip", ["-n", this.namespace, ...words]);
  }

  up(interfaceName = "eth0"): Promise<string> {
    return this.ip("link", "set", interfaceName, "up");
  }

  down(interfaceName = "eth0"): Promise<string> {
    return this.ip("link", "set", interfaceName, "down");
  }

  /** `address` with its prefix length, such as `10.77.5.1/16`. */
  addAddress(address: string, interfaceName = "eth0"): Promise<string> {
    const family = address.includes(":") ? ["nodad"] : ["brd", "+"];
    return this.ip("address", "add", address, ...family, "dev", interfaceName);
  }

  deleteAddress(address: string, interfaceName = "eth0"): Promise<string> {
    return this.ip("address", "del", address, "dev", interfaceName);
  }

  /** The addresses of an interface, in the kernel's order, without prefix length. */
  async addresses(interfaceName = "eth0", family: 4 | 6 = 4): Promise<string[]> {
    const text = await this.ip("-j", `-${family}`, "address", "show", "dev", interfaceName);
    const interfaces: { addr_info?: { local?: string }[] }[] = JSON.parse(text);
    return interfaces.flatMap(({ addr_info = [] }) => addr_info.flatMap(({ local }) => local ?? []));
  }

  async linkLocal(interfaceName = "eth0"): Promise<string> {
    const all = await this.addresses(interfaceName, 6);
    const found = all.find((address) => address.startsWith("fe80:"));
    if (!found) throw new Error(`${this.namespace} ${interfaceName} has no link-local address`);
    return found;
  }

  /** A new folder of its own for a program. */
  async subfolder(name: string): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(path, { recursive: true });
    return path;
  }

  /** Ends what still runs here. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.kill()));
  }

  #inside(command: string, args: readonly string[]): string[] {
    return [`--net=/run/netns/${this.namespace}`, "--", command, ...args];
  }
}
