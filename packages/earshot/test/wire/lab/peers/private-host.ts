import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../host.ts";
import type { Running } from "../running.ts";

const conf = (socket: string): string => `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth><allow_anonymous/>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow receive_sender="*" eavesdrop="true"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow receive_type="signal"/></policy></busconfig>
`;

/** The environment of programs that shall use a bus of the host's own; nothing of the machine's bus is touched. */
export type BusEnvironment = { readonly DBUS_SYSTEM_BUS_ADDRESS: string };

/** Starts a system bus that only this host's programs use, after the lines of shell in `before`. It ends with the host. */
export async function startBus(
  host: Host,
  folderName: string,
  before: readonly string[] = [],
): Promise<BusEnvironment> {
  const folder = await host.subfolder(folderName);
  const socket = join(folder, "bus");
  const file = join(folder, "bus.conf");
  await writeFile(file, conf(socket));
  const command = ["dbus-daemon", `--config-file=${file}`, "--nofork", "--nopidfile", "--print-address=1"];
  await runApart(host, before, command).waitFor(`unix:path=${socket}`);
  return { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${socket}` };
}

/**
 * Runs a command with a /run of its own, after the lines of shell in `before`; mounts and the host name that they change
 * are its own too.
 */
export function runApart(
  host: Host,
  before: readonly string[],
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const script = ["set -e", "mount -t tmpfs tmpfs /run", ...before, 'exec "$@"'].join("\n");
  const words = ["-m", "-u", "--propagation", "private", "sh", "-c", script, "sh", ...command];
  return host.run("unshare", words, { env });
}
