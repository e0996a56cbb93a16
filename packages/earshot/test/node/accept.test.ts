import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Endpoint } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import type { TcpListener } from "../../src/network/network.ts";
import { accept } from "../../src/node/accept.ts";
import { deliver } from "../../src/node/deliver.ts";
import { linkAt, openFiles } from "./support.ts";

const lo = linkAt("lo", "127.0.0.1", {
  prefixLength: 8,
  addresses: [{ address: "127.0.0.1", prefixLength: 8 }],
});
const opened: TcpListener[] = [];
const alive = setInterval(() => {}, 1000); // What earshot opens does not keep the process going.

afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
});
afterAll(() => clearInterval(alive));

/** What is taken, as it comes. */
async function listening(link = lo, seed = 1) {
  const taken: { readonly text: string; readonly from: Endpoint }[] = [];
  let wake = (): void => {};
  const listener = await accept(
    (bytes, from) => {
      taken.push({ text: new TextDecoder().decode(bytes), from });
      wake();
    },
    link,
    "lo",
    new Random(seed),
  );
  opened.push(listener);
  const until = async (count: number): Promise<void> => {
    while (taken.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { listener, port: listener.port, taken, until };
}

async function dial(port: number, localAddress = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** However it ended. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));
}

describe("UD-041 what is taken over TCP", () => {
  test("is the whole of each connection, once it ends, with who sent it", async () => {
    const { port, taken, until } = await listening();
    expect(port).toBeGreaterThanOrEqual(49_152);
    const text = "x".repeat(60_000);
    await deliver(new TextEncoder().encode(text), { address: "127.0.0.1", port }, lo, "lo");
    const other = await dial(port, "127.0.0.7");
    other.write("in two ");
    other.end("parts");
    await until(2);
    expect(taken.map((one) => one.text).sort()).toEqual(["in two parts", text].sort());
    expect(taken.find((one) => one.text !== text)?.from.address).toBe("127.0.0.7");
  });

  test("is nothing of who is not on the link", async () => {
    const narrow = { ...lo, prefixLength: 30, addresses: [{ address: "127.0.0.1", prefixLength: 30 }] };
    const { port, taken, until } = await listening(narrow);
    const stranger = await dial(port, "127.9.9.9");
    stranger.end("hello");
    await closed(stranger);
    (await dial(port, "127.0.0.2")).end("hello from the link");
    await until(1);
    expect(taken.map((one) => one.text)).toEqual(["hello from the link"]);
  });

  test("is nothing longer than 64 kB, and nothing after it was closed", async () => {
    const before = openFiles();
    const { port, taken, listener } = await listening();
    const flood = await dial(port);
    flood.end("x".repeat(70_000));
    await closed(flood);
    const slow = await Promise.all(Array.from({ length: 10 }, () => dial(port)));
    for (const socket of slow) socket.write("never ");
    await listener.close();
    await Promise.all(slow.map(closed));
    expect(taken).toEqual([]);
    expect(openFiles() - before).toBeLessThanOrEqual(0);
  });

  test("is what came of a connection that breaks off, and of one whose time is over", async () => {
    const { port, taken, until } = await listening();
    const slow = await dial(port);
    slow.write("slow");
    const broken = await dial(port);
    await new Promise<void>((resolve) => broken.write("broken", () => resolve()));
    setTimeout(() => broken.resetAndDestroy(), 100);
    await until(2);
    expect(taken.map((one) => one.text)).toEqual(["broken", "slow"]);
    await closed(slow);
  }, 10_000);

  test("is never nothing at all", async () => {
    const { port, taken, until } = await listening();
    for (const end of ["end", "destroy", "resetAndDestroy"] as const) {
      const mute = await dial(port);
      mute[end]();
      await closed(mute);
    }
    (await dial(port)).end("something");
    await until(1);
    expect(taken.map((one) => one.text)).toEqual(["something"]);
  });

  test("S-53 is four connections of one address at a time, so that the others have room", async () => {
    const { port, taken, until } = await listening();
    const held: Socket[] = [];
    for (let i = 0; i < 4; i++) held.push(await dial(port, "127.0.0.7"));
    const many = await Promise.all(Array.from({ length: 60 }, () => dial(port, "127.0.0.7")));
    await Promise.all(many.map(closed));
    (await dial(port, "127.0.0.8")).end("another");
    await until(1);
    for (const [i, socket] of held.entries()) socket.end(`held ${i}`);
    await until(5);
    expect(taken.map((one) => one.text).sort()).toEqual(["another", "held 0", "held 1", "held 2", "held 3"]);
    (await dial(port, "127.0.0.7")).end("room again");
    await until(6);
  });

  test("comes to another port where the first one chosen is taken; without any address there is none", async () => {
    const [one, two] = [await listening(lo, 5), await listening(lo, 5)];
    expect(two.port).not.toBe(one.port);
    const nowhere = linkAt("lo", "192.0.2.1");
    await expect(accept(() => {}, nowhere, "lo", new Random(1))).rejects.toMatchObject({
      code: "LISTEN_FAILED",
    });
  });
});
