import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What of /proc is read: replaced in tests. Each throws when there is no such file or it is forbidden. */
export interface ProcSources {
  readonly readText: (path: string) => string;
  readonly list: (path: string) => string[];
  readonly readLink: (path: string) => string;
}

interface UdpSocket {
  readonly port: number;
  readonly inode: string;
  readonly drops: number;
}

const system: ProcSources = {
  readText: (path) => readFileSync(path, "latin1"),
  list: (path) => readdirSync(path),
  readLink: (path) => readlinkSync(path),
};

const MAX_LINES = 8_192;
const MAX_PROCESSES = 4_096;
const MAX_FILES = 1_024;

/**
 * Who holds a UDP port, such as `minissdpd (process 812)`, as far as /proc tells: other users' programs are seen
 * only by root. `undefined` when nothing is known. It reads much: only for messages about something that failed.
 */
export function findPortHolders(port: number, sources: ProcSources = system): string | undefined {
  const { programs } = portHolders(port, sources);
  const holders = programs.slice(0, 4).map(({ name, id }) => `${name} (process ${id})`);
  return holders.length > 0 ? holders.join(", ") : undefined;
}

/** Who holds a UDP port besides this process. */
export interface PortHolders {
  readonly programs: readonly {
    /** What the program calls itself, at most 15 bytes; `a program` where that is forbidden to know. */
    readonly name: string;
    readonly id: string;
    /** How many sockets it has there. */
    readonly sockets: number;
  }[];
  /** Sockets there that belong to programs which we are not allowed to see. */
  readonly unknown: number;
}

/** As `findPortHolders`, with all that is known. */
export function portHolders(port: number, sources: ProcSources = system): PortHolders {
  const inodes = new Set(sockets(sources).flatMap((socket) => (socket.port === port ? [socket.inode] : [])));
  if (inodes.size === 0) return { programs: [], unknown: 0 };
  const seen = new Set(filesOf("self", sources));
  const programs = processes(sources).flatMap((id) => {
    if (Number(id) === process.pid) return [];
    const held = filesOf(id, sources).filter((inode) => inodes.has(inode));
    for (const inode of held) seen.add(inode);
    if (held.length === 0) return [];
    const name = attempt(() => sources.readText(`/proc/${id}/comm`).trim(), "a program");
    return [{ name, id, sockets: held.length }];
  });
  return { programs, unknown: [...inodes].filter((inode) => !seen.has(inode)).length };
}

/**
 * How many datagrams the kernel has thrown away because this process read too slowly, over its UDP sockets bound to
 * one of `ports`. 0 where that cannot be known.
 */
export function countKernelDrops(ports: ReadonlySet<number>, sources: ProcSources = system): number {
  const ours = new Set(filesOf("self", sources));
  let drops = 0;
  for (const socket of sockets(sources))
    if (ports.has(socket.port) && ours.has(socket.inode)) drops += socket.drops;
  return drops;
}

function sockets(sources: ProcSources): UdpSocket[] {
  return ["udp", "udp6"].flatMap((file) => {
    const text = attempt(() => sources.readText(`/proc/self/net/${file}`), "");
    return text.split("\n").slice(1, MAX_LINES).flatMap(readSocket);
  });
}

/** Columns: slot, local address:port in hexadecimal, remote, state, queues, timer, retries, uid, timeout, inode, references, pointer, drops. */
function readSocket(line: string): UdpSocket[] {
  const columns = line.trim().split(/\s+/);
  const [, local = "", , , , , , , , inode = ""] = columns;
  const port = Number.parseInt(local.split(":")[1] ?? "", 16);
  if (Number.isNaN(port) || inode === "") return [];
  return [{ port, inode, drops: Number(columns[12]) || 0 }];
}

function processes(sources: ProcSources): string[] {
  return attempt(() => sources.list("/proc"), [])
    .filter((name) => /^\d+$/.test(name))
    .slice(0, MAX_PROCESSES);
}

/** The inodes of the sockets that a process has open. */
function filesOf(id: string, sources: ProcSources): string[] {
  const folder = `/proc/${id}/fd`;
  const files = attempt(() => sources.list(folder), []).slice(0, MAX_FILES);
  return files.flatMap((file) => {
    const target = attempt(() => sources.readLink(`${folder}/${file}`), "");
    return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
  });
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
