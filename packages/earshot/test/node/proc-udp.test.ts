import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "vitest";
import { countKernelDrops, findPortHolders, type ProcSources } from "../../src/node/proc-udp.ts";

const HEAD =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n";
const line = (port: string, inode: number, drops: number): string =>
  `  101: 00000000:${port} 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 ${inode} 2 0000000000000000 ${drops}\n`;

/** Port 1900 (076C) is open in processes 812 and 900 and in this one. */
const fake: ProcSources = {
  readText: (path) => {
    if (path === "/proc/self/net/udp")
      return HEAD + line("076C", 11, 3) + line("076C", 12, 40) + line("076D", 13, 5);
    if (path === "/proc/self/net/udp6") return HEAD + line("076C", 14, 7);
    if (path === "/proc/812/comm") return "minissdpd\n";
    throw new Error("ENOENT");
  },
  list: (path) => {
    if (path === "/proc") return ["1", "812", "900", "self", "net", String(process.pid)];
    if (path === "/proc/812/fd") return ["0", "7"];
    if (path === "/proc/900/fd") return ["3"];
    if (path === "/proc/self/fd") return ["4", "5", "6"];
    throw new Error("EACCES");
  },
  readLink: (path) => {
    const targets: Record<string, string> = {
      "/proc/812/fd/0": "/dev/null",
      "/proc/812/fd/7": "socket:[12]",
      "/proc/900/fd/3": "socket:[14]",
      "/proc/self/fd/4": "socket:[11]",
      "/proc/self/fd/5": "socket:[13]",
      "/proc/self/fd/6": "pipe:[11]",
    };
    return targets[path] ?? "";
  },
};

test("the programs that hold a port are named", () => {
  expect(findPortHolders(1900, fake)).toBe("minissdpd (process 812), a program (process 900)");
  expect(findPortHolders(5353, fake)).toBeUndefined();
});

test("F-26 what the kernel dropped is counted over our own sockets, by port", () => {
  expect(countKernelDrops(new Set([1900]), fake)).toBe(3);
  expect(countKernelDrops(new Set([1900, 1901]), fake)).toBe(8);
});

test("where /proc is closed nothing is known, and nothing is thrown", () => {
  const closed = (): never => {
    throw new Error("EACCES");
  };
  const sources = { readText: closed, list: closed, readLink: closed };
  expect(findPortHolders(1900, sources)).toBeUndefined();
  expect(countKernelDrops(new Set([1900]), sources)).toBe(0);
});

test("on this machine a socket of ours has dropped nothing yet", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  expect(countKernelDrops(new Set([socket.address().port]))).toBe(0);
  socket.close();
});
