import { type MonitoredDatagram, UsageError } from "../index.ts";
import { pcapHeader, pcapRecord } from "../pcap.ts";
import type { Io } from "./io.ts";
import type { Session } from "./session.ts";
import { UnblockedFile } from "./unblocked-file.ts";

/** Where datagrams go as a capture. */
export interface PcapOutput extends AsyncDisposable {
  /** How many datagrams were not written, for they came faster than they were read. */
  readonly lost: number;
  write(datagram: MonitoredDatagram): void;
  /** Resolves when it is closed. Idempotent. Rejects with what made it unusable. */
  close(): Promise<void>;
}

/**
 * Writes a capture to a file, or to the standard output where `path` is `-`. A named pipe is written from when it has a
 * reader: until then this waits.
 * @param onWait called when it has none yet.
 * @throws UsageError `INVALID_OPTION` where the standard output is a terminal; what the file system refuses.
 */
export async function pcapOutput(
  path: string,
  session: Session,
  io: Io,
  onWait: () => void,
): Promise<PcapOutput> {
  const sink =
    path === "-"
      ? standardOutput(io)
      : ((await UnblockedFile.open(path, session, io.clock, onWait)) ?? NOWHERE);
  sink.write(pcapHeader());
  return {
    get lost() {
      return sink.lost;
    },
    write: ({ protocol, at, from, to, bytes }) => {
      const hops = protocol === "mdns" ? MDNS_HOPS : isGroup(to.address) ? GROUP_HOPS : HOST_HOPS;
      const record = pcapRecord({ at: at.getTime(), from, to, hops, bytes });
      if (record) sink.write(record);
    },
    close: () => sink.close(),
    [Symbol.asyncDispose]: () => sink.close(),
  };
}

/**
 * What is written where it is not known, as hardware addresses are: the hops that UDA has for groups, those that mDNS has
 * for everybody (RFC 6762 §11), and the usual.
 */
const GROUP_HOPS = 2;
const MDNS_HOPS = 255;
const HOST_HOPS = 64;

type Sink = Pick<UnblockedFile, "lost" | "write" | "close">;

const NOWHERE: Sink = { lost: 0, write: () => {}, close: async () => {} };

function standardOutput(io: Io): Sink {
  if (io.isTTY)
    throw new UsageError("INVALID_OPTION", "a capture is not for a terminal: send it to a file or a pipe");
  return { ...NOWHERE, write: (bytes) => io.writeBytes(bytes) };
}

function isGroup(address: string): boolean {
  return /^(?:2[23]\d\.|ff)/i.test(address);
}
