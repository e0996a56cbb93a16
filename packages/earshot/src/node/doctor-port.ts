import type { Finding } from "../network/diagnosis.ts";
import type { Surroundings } from "./doctor-surroundings.ts";
import { type PortHolders, type ProcSources, portHolders } from "./proc-udp.ts";

/** What programs are that are known to listen where SSDP or mDNS is spoken, by the name of the process. */
const KNOWN: Readonly<Record<string, string>> = {
  minissdpd: "keeps a list of UPnP devices for other programs",
  minidlnad: "a media server",
  miniupnpd: "a gateway that maps ports",
  gerbera: "a media server",
  rygel: "a media server",
  upmpdcli: "a media renderer",
  gmediarender: "a media renderer",
  "gssdp-discover": "a search tool",
  "gupnp-universal": "a control point",
  jellyfin: "a media server",
  chrome: "looks for devices to cast to",
  chromium: "looks for devices to cast to",
  spotify: "looks for loudspeakers",
  vlc: "looks for media servers",
  "avahi-daemon": "announces and finds services for other programs",
  "systemd-resolve": "resolves names for other programs",
  mDNSResponder: "announces and finds services for other programs",
  mdnsd: "announces services",
  firefox: "looks for devices to cast to",
};

/** Who else has the port. Other users' programs are seen by root alone. */
export function portFindings(port: number, surroundings: Surroundings, sources: ProcSources): Finding[] {
  const subject = `port ${port}`;
  if (surroundings.read("/proc/self/net/udp") === undefined) return [];
  const { programs, unknown } = portHolders(port, sources);
  if (programs.length === 0 && unknown === 0)
    return [{ level: "ok", subject, says: "no other program of this machine has it" }];
  return [
    ...programs.map((program) => programFinding(program, subject)),
    ...unknownFinding(unknown, subject),
  ];
}

function programFinding({ name, id, sockets }: PortHolders["programs"][number], subject: string): Finding {
  const what = KNOWN[name];
  const is = what === undefined ? "" : `, ${what},`;
  const many = sockets === 1 ? "a socket" : `${sockets} sockets`;
  return { level: "note", subject, says: `${name} (process ${id})${is} has ${many} there as well` };
}

function unknownFinding(count: number, subject: string): Finding[] {
  if (count === 0) return [];
  const many = count === 1 ? "a socket there belongs" : `${count} sockets there belong`;
  return [
    {
      level: "note",
      subject,
      says: `${many} to programs of other users, whose names only root sees`,
      advice: "run earshot doctor as root to see their names",
    },
  ];
}
