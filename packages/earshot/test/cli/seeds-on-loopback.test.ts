/** The commands beside what the founding projects put on the wire: raw sockets that do what their programs do. */
import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { wireFormats } from "../ssdp/wire-formats.ts";

const bin = fileURLToPath(new URL("../../bin/earshot.js", import.meta.url));
const onLinux = describe.runIf(process.platform === "linux");
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function text(id: string): string {
  return String(wireFormats.find(({ name }) => name.startsWith(id))?.text);
}

/** Runs the command on loopback, and nowhere else. */
function earshot(...args: string[]) {
  const child = spawn(process.execPath, [bin, ...args, "--interface", "lo", "-4"]);
  const run = { out: "", err: "", child, ended: once(child, "close") };
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    run.out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    run.err += chunk;
  });
  ends.push(() => child.kill("SIGKILL"));
  return run;
}

/** Resolves when it has printed this; fails when it ends without. */
async function prints(run: ReturnType<typeof earshot>, pattern: RegExp): Promise<void> {
  const over = run.ended.then(() => "over" as const);
  while (!pattern.test(run.out)) {
    const what = await Promise.race([once(run.child.stdout, "data"), over]);
    if (what === "over") throw new Error(`ended without ${pattern}: ${run.out}${run.err}`);
  }
}

async function socket(address: string, port: number, group?: string): Promise<Socket> {
  const made = createSocket({ type: "udp4", reuseAddr: true });
  ends.push(() => made.close());
  made.bind(port, address);
  await once(made, "listening");
  made.setBroadcast(true);
  made.setMulticastInterface("127.0.0.1");
  if (group !== undefined) made.addMembership(group, "127.0.0.1");
  return made;
}

let ports = 21_000 + (process.pid % 20_000);

onLinux("C05 beside simple-service-discovery-protocol", () => {
  test("F42 W13 our controller's search is understood by its device, whose answer it prints", async () => {
    const port = ports++;
    const device = await socket("127.255.255.255", port);
    const searched: string[] = [];
    device.on("message", (bytes, { address }) => {
      const lines = bytes.toString().split("\r\n");
      if (!lines[0]?.startsWith("M-SEARCH")) return;
      const mx = Number.parseFloat(lines[3]?.split(" ")[1] ?? ""); // By their numbers, as it reads them.
      searched.push(`${mx} ${lines[5]?.split(" ")[1]}`);
      device.send(text("W13"), port, address);
    });
    const args = ["--port", String(port), "--user-agent", "Me/1", "--mx", "2", "--repeat", "1"];
    const controller = earshot("ssdp", "controller", ...args);
    await prints(controller, /END OF PACKAGE DATA[\s\S]*SERVER: Raspbian GNU\/Linux 10\nUSN: 1\n/);
    expect(searched).toEqual(["2 Me/1"]);
    controller.child.kill("SIGINT");
    expect((await controller.ended)[0]).toBe(0);
    expect(controller.out).toMatch(/\nbye\n$/);
  });

  test("F43 W12 our device answers its controller at the fixed port, where it listens", async () => {
    const port = ports++;
    const device = earshot("ssdp", "device", "--port", String(port), "--server", "Test/1 UPnP/1.1 Thing/1");
    await prints(device, /NTS: ssdp:alive/);
    const listener = await socket("127.0.0.2", port); // Another host, to the device.
    const sender = await socket("127.0.0.2", 0);
    const heard = once(listener, "message");
    sender.send(text("W12").replace("MX: 4", "MX: 1"), port, "127.255.255.255");
    const [bytes, from] = await heard;
    const lines = bytes.toString().split("\r\n");
    expect(lines[0]).toBe("NOTIFY * HTTP/1.1");
    expect(lines[6].replace("SERVER: ", "")).toBe("Test/1 UPnP/1.1 Thing/1");
    expect(from.address).toBe("127.0.0.1");
    await prints(device, /answer sent to 127\.0\.0\.2:\d+ with delay [01]\.\d\d s, MX was 1\n/);
    device.child.kill("SIGINT");
    expect((await device.ended)[0]).toBe(0);
  });
});

onLinux("C04 beside ssdp_upnp", () => {
  const network = `t${process.pid}`;

  test("F35 W11 its server is found", async () => {
    const server = await socket("0.0.0.0", 1900, "239.255.255.250");
    const answerer = await socket("127.0.0.1", 0);
    const answer = text("W11").replace("blockchain_main://192.168.1.5", `blockchain_${network}://127.0.0.1`);
    server.on("message", (bytes, { port, address }) => {
      if (bytes.toString("ascii").includes("M-SEARCH")) answerer.send(answer, port, address);
    });
    const find = earshot("peer", "find", "blockchain", network, "--first");
    expect((await find.ended)[0]).toBe(0);
    expect(find.out).toBe("127.0.0.1:8048\n");
  });

  test("F35 W10 its client finds ours, and F37 each of several on this host", async () => {
    const serving = [8048, 8049].map((port) => earshot("peer", "serve", "blockchain", network, String(port)));
    for (const each of serving) await prints(each, /listening at port/);
    const client = await socket("127.0.0.1", 0);
    const found = new Set<string>();
    const both = new Promise<void>((resolve) => {
      client.on("message", (bytes) => {
        const pattern = new RegExp(`LOCATION: blockchain_${network}://[ ]*(.+)\r\n`, "i");
        const [, where] = pattern.exec(bytes.toString()) ?? [];
        if (where) found.add(where);
        if (found.size === 2) resolve();
      });
    });
    const search = (): void => client.send(text("W10"), 1900, "239.255.255.250");
    search();
    const again = setInterval(search, 2000);
    ends.push(() => clearInterval(again));
    await both;
    expect([...found].sort()).toEqual(["127.0.0.1:8048", "127.0.0.1:8049"]);
    for (const each of serving) {
      each.child.kill("SIGINT");
      expect((await each.ended)[0]).toBe(0);
    }
  });
});
