import { fileURLToPath } from "node:url";
import type { Host } from "../host.ts";
import { type Announcing, announcing, byFirstWord, type Listening, listening } from "./peer.ts";

const child = (name: string): string => fileURLToPath(new URL(`../children/${name}.js`, import.meta.url));

/** node-ssdp's client, searching `target` every 2 seconds. It needs a route for multicast, and has no IPv6. */
export async function startNodeSsdpClient(host: Host, { target = "ssdp:all" } = {}): Promise<Listening> {
  const process = host.run(globalThis.process.execPath, [child("node-ssdp-client"), target]);
  await process.waitFor(/^READY/);
  return listening(process, byFirstWord(["ANSWER", "ALIVE"], ["BYEBYE"]));
}

/** node-ssdp's server, announcing a BasicDevice every 10 seconds. */
export async function startNodeSsdpServer(host: Host, { maxAgeSeconds = 1800 } = {}): Promise<Announcing> {
  const udn = "uuid:6e6f6465-0000-4000-8000-000000000001";
  const location = `http://${host.address}:8080/desc.xml`;
  const process = host.run(globalThis.process.execPath, [
    child("node-ssdp-server"),
    udn,
    location,
    `${maxAgeSeconds}`,
  ]);
  await process.waitFor(/^READY/);
  return announcing(process, udn);
}
