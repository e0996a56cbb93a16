import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInstalled } from "../lab/compile.js";
import { Running } from "../lab/running.js";

/** What it takes: `{}`, or `{ missing }`, what of it is not there. */
export const avahi = missingOf(["avahi-daemon", "avahi-browse", "dbus-daemon"]);

/**
 * Starts avahi-daemon with all limits lifted, a /run, a bus and a folder of services of its own.
 *
 * @param {string} interfaceName
 * @param {number} seconds after which it ends
 * @param {{ name: string, type: string, port: number }} [service] what it publishes
 * @returns {Promise<{ daemon: Running, environment: string[], stop: () => void }>} `environment` is that of its tools
 */
export async function startAvahi(interfaceName, seconds, service) {
  const folder = mkdtempSync(join(tmpdir(), "earshot-bench-"));
  mkdirSync(join(folder, "services"));
  const files = { "bus.conf": busConf(join(folder, "bus")), "avahi.conf": conf(interfaceName), ...users };
  if (service) files["services/own.service"] = serviceFile(service);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const bus = apart(
    folder,
    ["dbus-daemon", `--config-file=${folder}/bus.conf`, "--nofork", "--nopidfile", "--print-address=1"],
    seconds,
  );
  await bus.line("unix:path=");
  const words = [
    "avahi-daemon",
    "-f",
    `${folder}/avahi.conf`,
    "--no-drop-root",
    "--no-chroot",
    "--no-rlimits",
  ];
  const environment = [`DBUS_SYSTEM_BUS_ADDRESS=unix:path=${folder}/bus`];
  const daemon = apart(folder, ["env", ...environment, ...words], seconds);
  await daemon.line(service ? `Service "${service.name}"` : "Server startup complete");
  const stop = () => {
    daemon.kill();
    bus.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  return { daemon, environment, stop };
}

function missingOf(programs) {
  const left = programs.find((program) => !isInstalled(program));
  return left ? { missing: `${left} is not installed` } : {};
}

/** Its mounts are its own: what it has of files is in the folder. */
function apart(folder, command, seconds) {
  const script = [
    "set -e",
    "mount -t tmpfs tmpfs /run",
    "mkdir -p /run/avahi-daemon",
    `mount --bind ${folder}/services /etc/avahi/services`,
    `mount --bind ${folder}/passwd /etc/passwd`,
    `mount --bind ${folder}/group /etc/group`,
    'exec "$@" 2>&1',
  ].join("\n");
  const words = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", ...command];
  return new Running(words, { seconds });
}

/** It gives its folder to its user, and a user namespace has one user only. */
const users = {
  passwd: "root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/sh\n",
  group: "root:x:0:\navahi:x:0:\n",
};

function conf(interfaceName) {
  return `[server]
host-name=avahi-host
use-ipv4=yes
use-ipv6=no
allow-interfaces=${interfaceName}
ratelimit-interval-usec=0
ratelimit-burst=0
cache-entries-max=65536
objects-per-client-max=65536
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
`;
}

function busConf(socket) {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth><allow_anonymous/>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow receive_sender="*" eavesdrop="true"/><allow receive_type="method_call"/><allow receive_type="signal"/>
<allow send_type="method_call"/><allow send_type="signal"/></policy></busconfig>
`;
}

function serviceFile({ name, type, port }) {
  return `<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>${name}</name><service><type>${type}</type><port>${port}</port></service></service-group>
`;
}
