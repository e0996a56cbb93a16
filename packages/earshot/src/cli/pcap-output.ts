import { closeSync, openSync, writeSync } from "node:fs";
import { type MonitoredDatagram, UsageError } from "../index.ts";
import { pcapHeader, pcapRecord } from "../pcap.ts";
import type { Io } from "./io.ts";

/** Where datagrams go as a capture. */
export interface PcapOutput extends Disposable {
  write(datagram: MonitoredDatagram): void;
}

/**
 * Writes a capture to a file, or to the standard output where `path` is `-`. Each datagram is out when `write` returns.
 * @throws UsageError `INVALID_OPTION` where the standard output is a terminal; what the file system refuses.
 */
export function pcapOutput(path: string, io: Io): PcapOutput {
  const sink = path === "-" ? standardOutput(io) : file(path);
  sink.write(pcapHeader());
  return {
    write: ({ at, from, to, bytes }) => {
      const hops = isGroup(to.address) ? GROUP_HOPS : HOST_HOPS;
      const record = pcapRecord({ at: at.getTime(), from, to, hops, bytes });
      if (record) sink.write(record);
    },
    [Symbol.dispose]: sink.close,
  };
}

/** What is written where it is not known, as hardware addresses are: the hops that UDA has for groups, and the usual. */
const GROUP_HOPS = 2;
const HOST_HOPS = 64;

interface Sink {
  write(bytes: Uint8Array): void;
  close(): void;
}

function standardOutput(io: Io): Sink {
  if (io.isTTY)
    throw new UsageError("INVALID_OPTION", "a capture is not for a terminal: send it to a file or a pipe");
  return { write: (bytes) => io.writeBytes(bytes), close: () => {} };
}

function file(path: string): Sink {
  const descriptor = openSync(path, "w", 0o600);
  return {
    write: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    },
    close: () => closeSync(descriptor),
  };
}

function isGroup(address: string): boolean {
  return /^(?:2[23]\d\.|ff)/i.test(address);
}
