import { compile } from "../compile.ts";
import type { Host } from "../host.ts";
import { type Announcing, announcing } from "./peer.ts";

export interface GupnpLightOptions {
  /** The max-age it announces. @default 1800 */
  readonly maxAgeSeconds?: number;
  /** @default "eth0" */
  readonly interfaceName?: string;
  /** The address it speaks from; without one GUPnP chooses. */
  readonly address?: string;
}

/** A BinaryLight:1 on GUPnP (our program, their library). */
export async function startGupnpLight(host: Host, options: GupnpLightOptions = {}): Promise<Announcing> {
  const program = await compile("gupnp-light", "gupnp-1.6");
  const { interfaceName = "eth0", maxAgeSeconds = 1800, address } = options;
  const folder = await host.subfolder("gupnp-light");
  const process = host.run(program, [
    interfaceName,
    folder,
    `${maxAgeSeconds}`,
    ...(address ? [address] : []),
  ]);
  await process.waitFor(/^READY/);
  return announcing(process, "uuid:6c696768-7400-4000-8000-000000000001");
}
