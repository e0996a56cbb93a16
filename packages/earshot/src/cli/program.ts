import { Command } from "commander";
import { printable, VERSION } from "../index.ts";
import { type AdvertiseChoice, advertise, defineAdvertise } from "./commands/advertise.ts";
import { type BrowseChoice, browse, defineBrowse } from "./commands/browse.ts";
import { type DemoChoice, defineDemo, demo } from "./commands/demo.ts";
import { type DoctorChoice, defineDoctor, doctor } from "./commands/doctor.ts";
import { defineFind, type FindChoice, find } from "./commands/find.ts";
import { defineMonitor, type MonitorChoice, monitor } from "./commands/monitor.ts";
import { definePeerFind, type PeerFindChoice, peerFind } from "./commands/peer-find.ts";
import { definePeerServe, type PeerServeChoice, peerServe } from "./commands/peer-serve.ts";
import { type AgentChoice, defineAgent, ssdpAgent } from "./commands/ssdp-agent.ts";
import { type ControllerChoice, defineController, ssdpController } from "./commands/ssdp-controller.ts";
import { type DeviceChoice, defineDevice, ssdpDevice } from "./commands/ssdp-device.ts";
import { defineSearch, type SearchChoice, ssdpSearch } from "./commands/ssdp-search.ts";
import { defineServe, type ServeChoice, ssdpServe } from "./commands/ssdp-serve.ts";
import type { Io } from "./io.ts";
import { afterHelp } from "./options.ts";

/** What the command that ran has to tell: its exit code, and whether its user wants to hear of causes. */
export interface Run {
  exitCode: number;
  isVerbose: boolean;
}

/**
 * The `earshot` command and all under it, writing to `io`, telling `run`. It throws where it would end the
 * process.
 */
export function programFor(io: Io, run: Run): Command {
  const program = new Command("earshot")
    .description("Hear and announce every network service within earshot.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(`${errorLine(text)}\n`),
      getOutHelpWidth: () => helpWidth(io),
      getErrHelpWidth: () => helpWidth(io),
    })
    .addHelpText("after", afterHelp(HELP))
    .hook("preAction", (_, command) => {
      run.isVerbose = command.opts()["verbose"] === true;
    });
  const ran = async (result: Promise<number>): Promise<void> => {
    run.exitCode = await result;
  };
  defineBrowse(program.command("browse", { isDefault: true })).action(
    (types: string[], choice: BrowseChoice) => ran(browse(types, choice, io)),
  );
  defineFind(program.command("find")).action((types: string[], choice: FindChoice) =>
    ran(find(types, choice, io)),
  );
  defineAdvertise(program.command("advertise")).action((type: string, choice: AdvertiseChoice) =>
    ran(advertise(type, choice, io)),
  );
  defineDoctor(program.command("doctor")).action((choice: DoctorChoice) => ran(doctor(choice, io)));
  defineMonitor(program.command("monitor")).action((choice: MonitorChoice) => ran(monitor(choice, io)));
  addSsdp(program, io, ran);
  addPeer(program, io, ran);
  defineDemo(program.command("demo")).action((choice: DemoChoice) => ran(demo(choice, io)));
  return program;
}

const HELP = `
Without a command, earshot browses. "earshot help COMMAND" or "earshot COMMAND --help" tells all about a \
command.

Examples:
  earshot
  earshot find upnp:rootdevice
  earshot demo

Exit codes: 0 something was found, 1 nothing was, 2 wrong usage, 3 network failure, 124 less than \
--count, 130 ended by a second Ctrl-C.`;

function addSsdp(program: Command, io: Io, ran: (result: Promise<number>) => Promise<void>): void {
  const ssdp = program
    .command("ssdp")
    .summary("SSDP in its own words: search, serve, agent, device, controller")
    .description("SSDP in its own words.")
    .usage("search|serve|agent|device|controller ...")
    .action(() => ssdp.error("error: say what to do: earshot ssdp search, or earshot ssdp serve"));
  defineSearch(ssdp.command("search")).action((target: string, choice: SearchChoice) =>
    ran(ssdpSearch(target, choice, io)),
  );
  defineServe(ssdp.command("serve")).action((usn: string, choice: ServeChoice) =>
    ran(ssdpServe(usn, choice, io)),
  );
  defineAgent(ssdp.command("agent")).action((targets: string[], choice: AgentChoice) =>
    ran(ssdpAgent(targets, choice, io)),
  );
  defineDevice(ssdp.command("device")).action((choice: DeviceChoice) => ran(ssdpDevice(choice, io)));
  defineController(ssdp.command("controller")).action((targets: string[], choice: ControllerChoice) =>
    ran(ssdpController(targets, choice, io)),
  );
}

function addPeer(program: Command, io: Io, ran: (result: Promise<number>) => Promise<void>): void {
  const peer = program
    .command("peer")
    .summary("programs of the same application and network: serve, find")
    .description("Peers: programs of the same application and network.")
    .usage("serve|find ...")
    .action(() => peer.error("error: say what to do: earshot peer serve, or earshot peer find"));
  definePeerServe(peer.command("serve")).action(
    (name: string, network: string, port: number, choice: PeerServeChoice) =>
      ran(peerServe(name, network, port, choice, io)),
  );
  definePeerFind(peer.command("find")).action((name: string, network: string, choice: PeerFindChoice) =>
    ran(peerFind(name, network, choice, io)),
  );
}

function helpWidth({ columns }: Io): number {
  return Math.min(columns, 100);
}

/** One line, as all of ours. */
function errorLine(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ");
  return `earshot: ${printable(line)}`;
}
