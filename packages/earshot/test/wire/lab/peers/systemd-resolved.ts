import { existsSync, readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Host } from "../host.ts";
import type { Output, Running } from "../running.ts";
import type { Offered } from "./dns-sd-peer.ts";
import { type BusEnvironment, runApart, startBus } from "./private-host.ts";

/** Where scripts/install-peers.sh unpacks the package: to install it would rewrite /etc/resolv.conf. */
export const resolvedFolder = "/usr/local/lib/earshot-peers/systemd-resolved";

/** Of the user that it runs as, whom only its own mounts know. */
const userId = 991;
const conf = "[Resolve]\nMulticastDNS=yes\nLLMNR=no\nDNSStubListener=no\nDNS=\nFallbackDNS=\n";
/** As networkd would have written: the link is configured, and wants mDNS. */
const linkState =
  "ADMIN_STATE=configured\nOPER_STATE=routable\nMDNS=yes\nLLMNR=no\nREQUIRED_FOR_ONLINE=yes\n";

/**
 * systemd-resolved on a host, with files, a bus and a /run of its own: a responder that says no
 * goodbye, and a resolver of hosts and services.
 */
export class SystemdResolved implements AsyncDisposable {
  readonly process: Running;
  readonly #host: Host;
  readonly #bus: BusEnvironment;

  /** Its host is `resolved-host`. */
  static async start(host: Host, offered?: Offered): Promise<SystemdResolved> {
    const folder = await host.subfolder("resolved");
    await prepare(folder, offered);
    for (const path of [dirname(host.folder), host.folder, folder]) await chmod(path, 0o755); // Its user is not ours.
    const users = ["passwd", "group"].map((name) => `mount --bind ${folder}/${name} /etc/${name}`);
    const bus = await startBus(host, "resolved", users);
    const index = (await host.ip("-o", "link", "show", "eth0")).split(":")[0];
    await writeFile(join(folder, "link"), linkState);
    const before = [
      ...users,
      `mount --bind ${folder}/systemd /etc/systemd`,
      "hostname resolved-host",
      "mkdir -p /run/systemd/resolve /run/systemd/netif/links /run/dbus",
      `ln -s ${folder}/bus /run/dbus/system_bus_socket`,
      `cp ${folder}/link /run/systemd/netif/links/${index}`,
      "echo OPER_STATE=routable > /run/systemd/netif/state",
      `chown -R ${userId}:${userId} /run/systemd/resolve`,
      "chmod -R a+rX /run/systemd",
    ];
    const process = runApart(host, before, [`${resolvedFolder}/lib/systemd/systemd-resolved`], bus);
    const resolved = new SystemdResolved(host, bus, process);
    await resolved.#untilItAnswers();
    return resolved;
  }

  private constructor(host: Host, bus: BusEnvironment, process: Running) {
    this.#host = host;
    this.#bus = bus;
    this.process = process;
  }

  /** `resolvectl` with these words, to its end: such as `query NAME` or `service NAME TYPE local`. */
  resolvectl(...words: string[]): Promise<Output> {
    return this.#host.exec(`${resolvedFolder}/usr/bin/resolvectl`, words, { env: this.#bus });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
  }

  async #untilItAnswers(): Promise<void> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const { code, stderr } = await this.resolvectl("status");
      if (code === 0) return;
      if (this.process.exit || Date.now() > deadline)
        throw new Error(`systemd-resolved does not answer: ${stderr}\n${this.process.output.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Its user, whom this machine may not have, and its configuration, all of which it may read. */
async function prepare(folder: string, offered: Offered | undefined): Promise<void> {
  await mkdir(join(folder, "systemd/dnssd"), { recursive: true });
  await copyFile("/etc/passwd", join(folder, "passwd"));
  await copyFile("/etc/group", join(folder, "group"));
  const append = { flag: "a" };
  await writeFile(
    join(folder, "passwd"),
    `\nsystemd-resolve:x:${userId}:${userId}::/:/usr/sbin/nologin\n`,
    append,
  );
  await writeFile(join(folder, "group"), `\nsystemd-resolve:x:${userId}:\n`, append);
  await writeFile(join(folder, "systemd/resolved.conf"), conf);
  if (!offered) return;
  const { name, type, port, txt = [] } = offered;
  const lines = ["[Service]", `Name=${name}`, `Type=${type}`, `Port=${port}`, `TxtText=${txt.join(" ")}`];
  await writeFile(join(folder, "systemd/dnssd/lab.dnssd"), `${lines.join("\n")}\n`);
}

/** Why it cannot be started here; `undefined` when it can be tried. */
export function resolvedMissing(): string | undefined {
  const isThere = existsSync(`${resolvedFolder}/lib/systemd/systemd-resolved`);
  if (!isThere) return `systemd-resolved, unpacked in ${resolvedFolder}`;
  const users = Number(readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/)[2]);
  return users > userId
    ? undefined
    : "a user for systemd-resolved, which a user namespace lacks: run as root";
}
