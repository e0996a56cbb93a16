import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { INTERFACE } from "./cable.js";
import { OFFER } from "./names.js";
import { Program } from "./program.js";

/**
 * The devices that can be tested: `start(cable, family)` starts one and resolves to `{ rename(name), stop() }` without
 * waiting until it is announced; `version()` says which one it is, `families` are the address families that it speaks.
 */
export const DEVICES = {
  earshot: {
    title: "earshot",
    families: [4, 6],
    start: (cable) => startNode(cable, "earshot"),
    version: () => {
      const manifest = new URL("../../../packages/earshot/package.json", import.meta.url);
      return JSON.parse(readFileSync(manifest, "utf8")).version;
    },
  },
  avahi: {
    title: "avahi-daemon",
    families: [4, 6],
    start: startAvahi,
    version: () => execFileSync("avahi-daemon", ["--version"], { encoding: "utf8" }).trim().split(" ").at(-1),
  },
  ciao: {
    title: "@homebridge/ciao",
    families: [4], // IPv6 is off unless asked for, and then it announces its host without an address.
    start: (cable) => startNode(cable, "ciao"),
    version: () => createRequire(import.meta.url)("@homebridge/ciao/package.json").version,
  },
};

function startNode(cable, name) {
  const path = fileURLToPath(new URL(`../devices/${name}.js`, import.meta.url));
  const program = new Program(cable.atDevice([process.execPath, path, JSON.stringify(OFFER)]));
  return {
    rename: async (to) => program.write(`rename ${to}`),
    stop: () => program.stop(),
  };
}

/** The daemon with a bus and a /run of its own; the service is published by avahi-publish, as users do. */
async function startAvahi(cable, family) {
  const folder = mkdtempSync(join(tmpdir(), "bct-avahi-"));
  const bus = join(folder, "bus");
  writeAvahiFiles(folder, bus, family);
  const env = { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${bus}` };
  const accept = fileURLToPath(new URL("../devices/accept.js", import.meta.url));
  const programs = [
    new Program([
      "dbus-daemon",
      `--config-file=${folder}/bus.conf`,
      "--nofork",
      "--nopidfile",
      "--print-address=1",
    ]),
    new Program(cable.atDevice([process.execPath, accept, `${OFFER.port}`])),
  ];
  await programs[0].prints(/unix:path=/);
  await programs[1].prints(/READY/);
  const daemon = new Program(cable.atDevice(avahiWords(folder)), env);
  let publishing;
  const publish = (name) => {
    const words = ["avahi-publish", "-s", name, OFFER.type, `${OFFER.port}`, ...OFFER.txt];
    publishing = new Program(cable.atDevice(words), env);
  };
  // It may be long before that: until its host name is its own.
  const started = daemon.prints(/Server startup complete/, 120_000).then(
    () => publish(OFFER.name),
    () => {}, // It was stopped first.
  );
  return {
    rename: async (to) => {
      await started;
      await publishing.stop();
      publish(to);
    },
    stop: async () => {
      await publishing?.stop();
      for (const program of [daemon, ...programs]) await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function avahiWords(folder) {
  const script = [
    "set -e",
    "mount -t tmpfs tmpfs /run",
    `mount --bind ${folder}/services /etc/avahi/services`,
    `mount --bind ${folder}/passwd /etc/passwd`,
    `mount --bind ${folder}/group /etc/group`,
    "mkdir -p /run/avahi-daemon",
    `exec avahi-daemon -f ${folder}/avahi.conf --no-drop-root --no-chroot --no-rlimits`,
  ];
  return ["unshare", "-m", "-u", "--propagation", "private", "sh", "-c", script.join("\n")];
}

function writeAvahiFiles(folder, bus, family) {
  mkdirSync(join(folder, "services"));
  writeFileSync(join(folder, "passwd"), "root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/sh\n");
  writeFileSync(join(folder, "group"), "root:x:0:\navahi:x:0:\n");
  writeFileSync(
    join(folder, "avahi.conf"),
    `[server]
host-name=${OFFER.host}
use-ipv4=${family === 4 ? "yes" : "no"}
use-ipv6=${family === 6 ? "yes" : "no"}
allow-interfaces=${INTERFACE}
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
`,
  );
  writeFileSync(
    join(folder, "bus.conf"),
    `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${bus}</listen><auth>EXTERNAL</auth><allow_anonymous/>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow receive_sender="*" eavesdrop="true"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow receive_type="signal"/></policy></busconfig>
`,
  );
}
