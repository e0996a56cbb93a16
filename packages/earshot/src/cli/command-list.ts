/** Every command, and how it is loaded: a program that runs one of them need not read the others. */
import type { Command } from "commander";
import type { AdvertiseChoice } from "./commands/advertise.ts";
import type { BrowseChoice } from "./commands/browse.ts";
import type { DemoChoice } from "./commands/demo.ts";
import type { DomainsChoice, InstancesChoice, TypesChoice } from "./commands/dns-sd-list.ts";
import type { PublishChoice } from "./commands/dns-sd-publish.ts";
import type { ResolveChoice } from "./commands/dns-sd-resolve.ts";
import type { DoctorChoice } from "./commands/doctor.ts";
import type { FindChoice } from "./commands/find.ts";
import type { HostChoice } from "./commands/mdns-host.ts";
import type { HostPublishChoice } from "./commands/mdns-publish.ts";
import type { QueryChoice } from "./commands/mdns-query.ts";
import type { MonitorChoice } from "./commands/monitor.ts";
import type { PeerFindChoice } from "./commands/peer-find.ts";
import type { PeerServeChoice } from "./commands/peer-serve.ts";
import type { AgentChoice } from "./commands/ssdp-agent.ts";
import type { ControllerChoice } from "./commands/ssdp-controller.ts";
import type { DeviceChoice } from "./commands/ssdp-device.ts";
import type { SearchChoice } from "./commands/ssdp-search.ts";
import type { ServeChoice } from "./commands/ssdp-serve.ts";
import type { Io } from "./io.ts";

/** Gets what a command ends with: its exit code. */
export type Ran = (result: Promise<number>) => Promise<void>;

/** Gives a command its options, and what it does. */
export type Define = (command: Command, io: Io, ran: Ran) => void;

export interface CommandEntry {
  /** Its name, behind that of its group if it is in one. */
  readonly words: readonly [string, string?];
  /** Whether it runs where none is named. */
  readonly isDefault?: true;
  load(): Promise<Define>;
}

/** Loads at the first call; later ones get what that gave. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/** In the order in which help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    words: ["browse"],
    isDefault: true,
    load: once(async () => {
      const { defineBrowse, browse } = await import("./commands/browse.ts");
      return (command, io, ran) =>
        defineBrowse(command).action((types: string[], choice: BrowseChoice) =>
          ran(browse(types, choice, io)),
        );
    }),
  },
  {
    words: ["find"],
    load: once(async () => {
      const { defineFind, find } = await import("./commands/find.ts");
      return (command, io, ran) =>
        defineFind(command).action((types: string[], choice: FindChoice) => ran(find(types, choice, io)));
    }),
  },
  {
    words: ["advertise"],
    load: once(async () => {
      const { defineAdvertise, advertise } = await import("./commands/advertise.ts");
      return (command, io, ran) =>
        defineAdvertise(command).action((type: string, choice: AdvertiseChoice) =>
          ran(advertise(type, choice, io)),
        );
    }),
  },
  {
    words: ["doctor"],
    load: once(async () => {
      const { defineDoctor, doctor } = await import("./commands/doctor.ts");
      return (command, io, ran) =>
        defineDoctor(command).action((choice: DoctorChoice) => ran(doctor(choice, io)));
    }),
  },
  {
    words: ["monitor"],
    load: once(async () => {
      const { defineMonitor, monitor } = await import("./commands/monitor.ts");
      return (command, io, ran) =>
        defineMonitor(command).action((choice: MonitorChoice) => ran(monitor(choice, io)));
    }),
  },
  {
    words: ["dns-sd", "types"],
    load: once(async () => {
      const { defineTypes, dnsSdTypes } = await import("./commands/dns-sd-list.ts");
      return (command, io, ran) =>
        defineTypes(command).action((choice: TypesChoice) => ran(dnsSdTypes(choice, io)));
    }),
  },
  {
    words: ["dns-sd", "browse"],
    load: once(async () => {
      const { defineInstances, dnsSdBrowse } = await import("./commands/dns-sd-list.ts");
      return (command, io, ran) =>
        defineInstances(command).action((type: string, choice: InstancesChoice) =>
          ran(dnsSdBrowse(type, choice, io)),
        );
    }),
  },
  {
    words: ["dns-sd", "resolve"],
    load: once(async () => {
      const { defineResolve, dnsSdResolve } = await import("./commands/dns-sd-resolve.ts");
      return (command, io, ran) =>
        defineResolve(command).action((name: string, type: string | undefined, choice: ResolveChoice) =>
          ran(dnsSdResolve(name, type, choice, io)),
        );
    }),
  },
  {
    words: ["dns-sd", "publish"],
    load: once(async () => {
      const { definePublish, dnsSdPublish } = await import("./commands/dns-sd-publish.ts");
      return (command, io, ran) =>
        definePublish(command).action(
          (name: string, type: string, port: number, txt: string[], choice: PublishChoice) =>
            ran(dnsSdPublish({ name, type, port, txt }, choice, io)),
        );
    }),
  },
  {
    words: ["dns-sd", "proxy"],
    load: once(async () => {
      const { defineProxy, dnsSdProxy } = await import("./commands/dns-sd-publish.ts");
      return (command, io, ran) =>
        defineProxy(command).action(
          (
            ...[name, type, port, host, addresses, txt, choice]: [
              ...[string, string, number, string, string, string[]],
              PublishChoice,
            ]
          ) => ran(dnsSdProxy({ name, type, port, host, addresses, txt }, choice, io)),
        );
    }),
  },
  {
    words: ["dns-sd", "domains"],
    load: once(async () => {
      const { defineDomains, dnsSdDomains } = await import("./commands/dns-sd-list.ts");
      return (command, io, ran) =>
        defineDomains(command).action((choice: DomainsChoice) => ran(dnsSdDomains(choice, io)));
    }),
  },
  {
    words: ["mdns", "query"],
    load: once(async () => {
      const { defineQuery, mdnsQuery } = await import("./commands/mdns-query.ts");
      return (command, io, ran) =>
        defineQuery(command).action((name: string, type: string, choice: QueryChoice) =>
          ran(mdnsQuery(name, type, choice, io)),
        );
    }),
  },
  {
    words: ["mdns", "host"],
    load: once(async () => {
      const { defineHost, mdnsHost } = await import("./commands/mdns-host.ts");
      return (command, io, ran) =>
        defineHost(command).action((targets: string[], choice: HostChoice) =>
          ran(mdnsHost(targets, choice, io)),
        );
    }),
  },
  {
    words: ["mdns", "monitor"],
    load: once(async () => {
      const { defineMdnsMonitor, monitor } = await import("./commands/monitor.ts");
      return (command, io, ran) =>
        defineMdnsMonitor(command).action((choice: MonitorChoice) =>
          ran(monitor({ ...choice, protocol: "mdns" }, io)),
        );
    }),
  },
  {
    words: ["mdns", "publish"],
    load: once(async () => {
      const { defineHostPublish, mdnsPublish } = await import("./commands/mdns-publish.ts");
      return (command, io, ran) =>
        defineHostPublish(command).action((name: string, addresses: string[], choice: HostPublishChoice) =>
          ran(mdnsPublish(name, addresses, choice, io)),
        );
    }),
  },
  {
    words: ["ssdp", "search"],
    load: once(async () => {
      const { defineSearch, ssdpSearch } = await import("./commands/ssdp-search.ts");
      return (command, io, ran) =>
        defineSearch(command).action((target: string, choice: SearchChoice) =>
          ran(ssdpSearch(target, choice, io)),
        );
    }),
  },
  {
    words: ["ssdp", "serve"],
    load: once(async () => {
      const { defineServe, ssdpServe } = await import("./commands/ssdp-serve.ts");
      return (command, io, ran) =>
        defineServe(command).action((usn: string, choice: ServeChoice) => ran(ssdpServe(usn, choice, io)));
    }),
  },
  {
    words: ["ssdp", "agent"],
    load: once(async () => {
      const { defineAgent, ssdpAgent } = await import("./commands/ssdp-agent.ts");
      return (command, io, ran) =>
        defineAgent(command).action((targets: string[], choice: AgentChoice) =>
          ran(ssdpAgent(targets, choice, io)),
        );
    }),
  },
  {
    words: ["ssdp", "device"],
    load: once(async () => {
      const { defineDevice, ssdpDevice } = await import("./commands/ssdp-device.ts");
      return (command, io, ran) =>
        defineDevice(command).action((choice: DeviceChoice) => ran(ssdpDevice(choice, io)));
    }),
  },
  {
    words: ["ssdp", "controller"],
    load: once(async () => {
      const { defineController, ssdpController } = await import("./commands/ssdp-controller.ts");
      return (command, io, ran) =>
        defineController(command).action((targets: string[], choice: ControllerChoice) =>
          ran(ssdpController(targets, choice, io)),
        );
    }),
  },
  {
    words: ["peer", "serve"],
    load: once(async () => {
      const { definePeerServe, peerServe } = await import("./commands/peer-serve.ts");
      return (command, io, ran) =>
        definePeerServe(command).action(
          (name: string, network: string, port: number, choice: PeerServeChoice) =>
            ran(peerServe(name, network, port, choice, io)),
        );
    }),
  },
  {
    words: ["peer", "find"],
    load: once(async () => {
      const { definePeerFind, peerFind } = await import("./commands/peer-find.ts");
      return (command, io, ran) =>
        definePeerFind(command).action((name: string, network: string, choice: PeerFindChoice) =>
          ran(peerFind(name, network, choice, io)),
        );
    }),
  },
  {
    words: ["demo"],
    load: once(async () => {
      const { defineDemo, demo } = await import("./commands/demo.ts");
      return (command, io, ran) => defineDemo(command).action((choice: DemoChoice) => ran(demo(choice, io)));
    }),
  },
];
