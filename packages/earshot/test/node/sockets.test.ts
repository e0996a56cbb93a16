import { createSocket, type SocketOptions } from "node:dgram";
import { describe, expect, test } from "vitest";
import { canReusePort, closeSocket, openSocket, type SocketRequest } from "../../src/node/sockets.ts";
import { errno, freePort, GROUP } from "./support.ts";

const request = (changes: Partial<SocketRequest> = {}): SocketRequest => ({
  family: 4,
  address: GROUP,
  port: freePort(),
  shared: true,
  prepare: () => {},
  message: () => {},
  error: () => {},
  ...changes,
});

/** Sockets on a port that another program shares in its own way: only those that `admits` can be bound. */
function crowded(code: string, admits: (options: SocketOptions & { reusePort?: boolean }) => boolean) {
  const tries: { reuseAddr: unknown; reusePort: unknown }[] = [];
  const create = (options: SocketOptions & { reusePort?: boolean }) => {
    const { reuseAddr, reusePort } = options;
    tries.push({ reuseAddr, reusePort });
    const socket = createSocket(options);
    if (!admits(options)) {
      socket.bind = () => {
        throw errno(code, "bind");
      };
    }
    return socket;
  };
  return { tries, create };
}

describe("F-22 a port that another program shares by SO_REUSEPORT alone", () => {
  test("is shared by that as well, where Node can", async () => {
    const { tries, create } = crowded("EADDRINUSE", ({ reusePort }) => reusePort === true);
    const socket = openSocket(request(), create, true);
    expect(tries).toEqual([
      { reuseAddr: true, reusePort: undefined },
      { reuseAddr: true, reusePort: true },
    ]);
    await closeSocket(socket);
  });

  test("is not asked for in vain: where Node cannot, for a port of our own, for another failure", () => {
    const cases = [
      { code: "EADDRINUSE", shared: true, reusesPorts: false },
      { code: "EADDRINUSE", shared: false, reusesPorts: true },
      { code: "EACCES", shared: true, reusesPorts: true },
    ];
    for (const { code, shared, reusesPorts } of cases) {
      const { tries, create } = crowded(code, () => false);
      expect(() => openSocket(request({ shared }), create, reusesPorts)).toThrow(code);
      expect(tries).toHaveLength(1);
    }
  });

  test("when that fails too, the first failure is told", () => {
    let count = 0;
    const { create } = crowded("EADDRINUSE", () => false);
    const numbered = (options: SocketOptions) => {
      const socket = create(options);
      const number = ++count;
      socket.bind = () => {
        throw Object.assign(errno("EADDRINUSE", "bind"), { number });
      };
      return socket;
    };
    expect(() => openSocket(request(), numbered, true)).toThrow(expect.objectContaining({ number: 1 }));
    expect(count).toBe(2);
  });
});

test.each([
  ["20.19.0", "linux", false],
  ["22.11.0", "linux", false],
  ["22.12.0", "linux", true],
  ["23.0.0", "linux", false],
  ["23.1.0", "linux", true],
  ["24.0.0", "linux", true],
  ["24.0.0", "darwin", false],
  ["24.0.0", "win32", false],
])(
  "J-12 Node %s on %s can share by SO_REUSEPORT: %j, told by the version, for the option is silent",
  (...row) => {
    const [version, platform, can] = row;
    expect(canReusePort(version, platform)).toBe(can);
  },
);
