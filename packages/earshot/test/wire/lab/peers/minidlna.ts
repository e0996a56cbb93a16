import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../host.ts";
import { type Announcing, announcing } from "./peer.ts";

export interface MinidlnaOptions {
  /** Seconds between announcements. Its max-age is twice that plus 10. @default 25 */
  readonly notifySeconds?: number;
  /** The interfaces it announces on. @default ["eth0"] */
  readonly interfaces?: readonly string[];
}

/** MiniDLNA: a media server with an SSDP stack of its own. */
export async function startMinidlna(host: Host, options: MinidlnaOptions = {}): Promise<Announcing> {
  const folder = await host.subfolder("minidlna");
  await host.subfolder("minidlna/media");
  const uuid = `4d696e69-646c-4e61-8000-00000000000${host.index}`;
  const settings = {
    port: 8200,
    network_interface: (options.interfaces ?? ["eth0"]).join(","),
    media_dir: join(folder, "media"),
    db_dir: folder,
    friendly_name: "Lab media",
    inotify: "no",
    notify_interval: options.notifySeconds ?? 25,
    minissdpdsocket: join(folder, "none.sock"),
    uuid,
    serial: 1,
    model_number: 1,
  };
  const file = join(folder, "minidlna.conf");
  await writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
  const process = host.run("minidlnad", ["-d", "-f", file, "-P", join(folder, "pid")]);
  await process.waitFor(/HTTP listening on port/);
  return announcing(process, `uuid:${uuid}`);
}
