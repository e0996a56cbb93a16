import { afterEach, beforeEach } from "vitest";
import type { Binding } from "../../src/core/engine.ts";
import type { Channel } from "../../src/network/network.ts";
import type { Snapshot } from "../../src/node/interfaces.ts";
import { LinkMonitor } from "../../src/node/link-monitor.ts";
import { createNetwork, type NetworkOptions, type NetworkParts } from "../../src/node/network.ts";
import { Recorder, snapshot } from "./support.ts";

const opened: Channel[] = [];
const alive = setInterval(() => {}, 1_000); // What earshot opens does not keep the process going.

/** Opens a channel on loopback; `closeAfterEach` closes it. */
export function open(
  binding: Binding,
  parts: Partial<NetworkParts> = {},
  options: NetworkOptions = { interfaces: ["lo"], families: [4] },
) {
  const network = createNetwork(options, parts);
  const recorder = new Recorder();
  const channel = network.open(binding, recorder);
  opened.push(channel);
  return { network, recorder, channel };
}

/** As `open`, once it is ready. */
export async function serve(binding: Binding, parts?: Partial<NetworkParts>, options?: NetworkOptions) {
  const all = open(binding, parts, options);
  await all.channel.ready;
  const [link] = all.recorder.served;
  if (!link) throw new Error("no link is served");
  return { ...all, link };
}

/** Interfaces that can be changed, and are looked at when the test says. */
export function changing(...first: Parameters<typeof snapshot>) {
  const state: { now: Snapshot; monitor: LinkMonitor | undefined } = {
    now: snapshot(...first),
    monitor: undefined,
  };
  const parts: Partial<NetworkParts> = {
    read: () => state.now,
    monitor: (read) => {
      state.monitor = new LinkMonitor(read);
      return state.monitor;
    },
  };
  const become = (...interfaces: Parameters<typeof snapshot>): void => {
    state.now = snapshot(...interfaces);
    state.monitor?.check();
  };
  return { parts, become };
}

/** To be called at the top of a test file: what a test opened is closed after it. */
export function closeAfterEach(): void {
  beforeEach(() => void alive.ref());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((channel) => channel.close()));
    alive.unref();
  });
}
