/**
 * The cable between the tester and its device: a veth pair whose far end is in a network namespace of the device's own.
 * This process is in a namespace of its own, too (main.js sees to that): nothing said here can be heard anywhere else.
 */
import { execFileSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { Program } from "./program.js";

/** The addresses of both, by family. Each ends in a byte that can be raised and lowered: tie-breaks look at it. */
export const ADDRESSES = {
  tester: { 4: "10.77.0.7", 6: "fe80::ff:fe00:7" },
  device: { 4: "10.77.0.100", 6: "fe80::ff:fe00:64" },
};

/** The interface, at both ends. */
export const INTERFACE = "eth0";

export class Cable {
  #family;
  #holder;

  /** Lays it; both ends are up and have an address of this family alone. */
  static async lay(family) {
    const holder = new Program(["unshare", "--net", "sleep", "infinity"]);
    const cable = new Cable(family, holder);
    await cable.#untilApart();
    run("ip", "link", "set", "lo", "up");
    run("ip", "link", "add", INTERFACE, "type", "veth", "peer", "name", INTERFACE, "netns", `${holder.pid}`);
    run("ip", "link", "set", INTERFACE, "address", "02:00:00:00:00:07");
    cable.#inside("ip", "link", "set", "lo", "up");
    cable.#inside("ip", "link", "set", INTERFACE, "address", "02:00:00:00:00:64");
    for (const end of [run, (...words) => cable.#inside(...words)]) cable.#prepare(end);
    cable.#equip(run, ADDRESSES.tester);
    cable.#equip((...words) => cable.#inside(...words), ADDRESSES.device);
    await cable.#untilReady();
    return cable;
  }

  constructor(family, holder) {
    this.#family = family;
    this.#holder = holder;
  }

  /** The words that run a command where the device is. */
  atDevice(words) {
    return ["nsenter", `--net=/proc/${this.#holder.pid}/ns/net`, "--", ...words];
  }

  /** The device has no link for so long. */
  async interrupt(ms) {
    this.#inside("ip", "link", "set", INTERFACE, "down");
    await wait(ms);
    this.#inside("ip", "link", "set", INTERFACE, "up");
    this.#route((...words) => this.#inside(...words));
  }

  async remove() {
    await this.#holder.stop("SIGKILL");
  }

  /** Until its holder has left our namespace: it would else be our own that is prepared for the device. */
  async #untilApart() {
    const inode = (pid) => execFileSync("readlink", [`/proc/${pid}/ns/net`], { encoding: "utf8" });
    const ours = inode(process.pid);
    for (let round = 0; inode(this.#holder.pid) === ours; round++) {
      if (round > 500) throw new Error("no namespace for the device");
      await wait(10);
    }
  }

  /** The kernel gives link-local addresses out in its own time, up to a second after the link is up. */
  async #untilReady() {
    const words = ["ip", "-o", `-${this.#family}`, "address", "show", "dev", INTERFACE, "up"];
    const isReady = (all) => {
      const said = execFileSync(all[0], all.slice(1), { encoding: "utf8" });
      return said !== "" && !said.includes("tentative");
    };
    for (let round = 0; !isReady(words) || !isReady(this.atDevice(words)); round++) {
      if (round > 200) throw new Error("the cable has no addresses");
      await wait(20);
    }
  }

  #prepare(end) {
    const off = this.#family === 6 ? 0 : 1;
    for (const scope of ["all", "default", INTERFACE]) {
      end("sysctl", "-qw", `net.ipv6.conf.${scope}.disable_ipv6=${off}`);
      end("sysctl", "-qw", `net.ipv6.conf.${scope}.accept_dad=0`);
    }
  }

  #equip(end, addresses) {
    end("ip", "link", "set", INTERFACE, "up");
    if (this.#family === 4) end("ip", "address", "add", `${addresses[4]}/16`, "brd", "+", "dev", INTERFACE);
    this.#route(end);
  }

  /** Some devices choose no interface themselves. */
  #route(end) {
    if (this.#family === 4) end("ip", "route", "replace", "224.0.0.0/4", "dev", INTERFACE);
  }

  #inside(...words) {
    run(...this.atDevice(words));
  }
}

function run(command, ...words) {
  execFileSync(command, words, { stdio: ["ignore", "ignore", "pipe"] });
}
