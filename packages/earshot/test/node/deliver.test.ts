import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { deliver } from "../../src/node/deliver.ts";
import { linkAt, openFiles } from "./support.ts";

const lo = linkAt("lo", "127.0.0.1", {
  prefixLength: 8,
  addresses: [{ address: "127.0.0.1", prefixLength: 8 }],
});
const servers: Server[] = [];
const alive = setInterval(() => {}, 1000); // What earshot opens does not keep the process going.

afterAll(() => clearInterval(alive));

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(onSocket: (socket: Socket) => void, host = "127.0.0.1"): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onSocket);
  servers.push(server);
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function textOf(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  socket.end();
  return Buffer.concat(parts).toString();
}

const bytes = (text: string) => new TextEncoder().encode(text);

function fail(address: string, port: number, more: { patienceMs?: number; link?: typeof lo } = {}) {
  const { patienceMs, link = lo } = more;
  return deliver(bytes("x"), { address, port }, link, "lo", patienceMs).then(
    () => expect.unreachable("it was delivered"),
    (error: Error & { code?: string }) => error.code,
  );
}

describe("UD-041 delivery over TCP", () => {
  test("all bytes arrive over one connection, which ends, from the address of ours that is nearest", async () => {
    const near = { address: "127.0.0.5", prefixLength: 30 };
    const link = { ...lo, addresses: [near, ...lo.addresses] };
    const text = "HTTP/1.1 200 OK\r\n\r\n".repeat(5000);
    for (const [at, from] of [
      ["127.0.0.1", "127.0.0.1"],
      ["127.0.0.6", "127.0.0.5"],
    ] as const) {
      const received: Promise<string>[] = [];
      const speakers: (string | undefined)[] = [];
      const port = await listening((socket) => {
        speakers.push(socket.remoteAddress);
        received.push(textOf(socket));
      }, at);
      await deliver(bytes(text), { address: at, port }, link, "lo");
      expect(await Promise.all(received)).toEqual([text]);
      expect(speakers).toEqual([from]);
    }
  });

  test("S-53 it goes to hosts on the link and nowhere else: no connection is even tried", async () => {
    const home = linkAt("lo", "192.0.2.1");
    for (const address of [
      "127.0.0.1",
      "198.51.100.1",
      "239.255.255.250",
      "255.255.255.255",
      "192.0.2.255",
      "::1",
      "printer.local",
    ]) {
      expect(await fail(address, 9, { link: home }), address).toBe("FORBIDDEN_HOST");
    }
  });

  test("S-53 a port where nobody listens is tried once", async () => {
    const port = await listening(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await fail("127.0.0.1", port)).toBe("CONNECT_FAILED");
  });

  test("S-53 who takes the connection and never reads is left when the time is over", async () => {
    const port = await listening((socket) => void socket.pause());
    const much = new Uint8Array(64 << 20);
    const delivery = deliver(much, { address: "127.0.0.1", port }, lo, "lo", 200);
    await expect(delivery).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  test("S-53 who hangs up at once, or talks back without end, holds nothing", async () => {
    const before = openFiles();
    const rude = await listening((socket) => {
      socket.on("error", () => {});
      socket.resetAndDestroy();
    });
    await deliver(bytes("x".repeat(1 << 20)), { address: "127.0.0.1", port: rude }, lo, "lo").catch(() => {});
    const talker = await listening((socket) => {
      const talk = setInterval(() => socket.write("blah".repeat(1000)), 1);
      socket.on("error", () => {});
      socket.on("close", () => clearInterval(talk));
    });
    await deliver(bytes("x"), { address: "127.0.0.1", port: talker }, lo, "lo");
    const [server] = servers.slice(-1);
    while (
      await new Promise<boolean>((resolve) => server?.getConnections((_, count) => resolve(count > 0)))
    ) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(openFiles() - before).toBeLessThanOrEqual(2); // The two servers.
  });
});
