/** The command as its users have it: processes of their own and real sockets, on loopback. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../../bin/earshot.js", import.meta.url));
const loopback =
  Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some(({ internal }) => internal),
  )?.[0] ?? "lo";

const env = { PATH: process.env["PATH"] };
const hasPython = spawnSync("python3", ["-c", "import pty"]).status === 0;

const running = new Set<Run>();

afterEach(() => {
  for (const run of running) run.child.kill("SIGKILL");
  running.clear();
});

class Run {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<readonly [code: number | null, signal: string | null]>;
  out = "";
  err = "";

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [bin, ...args], { env });
    this.child.stdout.setEncoding("utf8").on("data", (text) => {
      this.out += text;
    });
    this.child.stderr.setEncoding("utf8").on("data", (text) => {
      this.err += text;
    });
    this.child.stdin.on("error", () => {});
    this.ended = once(this.child, "close") as Promise<[number | null, string | null]>;
    running.add(this);
  }

  /** Resolves when the output has this, with the output; fails when the process ends without. */
  async prints(pattern: RegExp): Promise<string> {
    let isOver = false;
    void this.ended.then(() => {
      isOver = true;
    });
    while (!pattern.test(this.out)) {
      if (isOver) throw new Error(`ended without ${pattern}: ${this.out}${this.err}`);
      await Promise.race([once(this.child.stdout, "data"), this.ended]);
    }
    return this.out;
  }

  changes(): { kind: string; reason?: string; service: { usn: string; type: string } }[] {
    const lines = this.out.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }
}

/**
 * Runs a program on a terminal of its own, with the error output on ours, closes the terminal a moment after the program
 * began to write or after a second of silence, and prints how the program ended: the exit code, or minus the signal.
 */
const CLOSED_TERMINAL = `
import os, pty, select, sys, time
ours = os.dup(2)
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(ours, 2)
    os.execv(sys.argv[1], sys.argv[1:])
if select.select([terminal], [], [], 1)[0]:
    os.read(terminal, 65536)
time.sleep(0.3)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

let numbers = 0;

/** A USN that only one test knows: other tests and programs may speak on loopback as well. */
function newUsn(): string {
  return `uuid:${process.pid}-${Date.now()}-${numbers++}::urn:x:device:Test:1`;
}

describe("on loopback", () => {
  test("browse --json sees what ssdp serve announces, and its goodbye", async () => {
    const usn = newUsn();
    const browse = new Run("browse", "--interface", loopback, "--json");
    const serve = new Run(
      "ssdp",
      "serve",
      usn,
      "--interface",
      loopback,
      "--location",
      "http://{address}:80/",
    );
    await serve.prints(/^announcing .* on .*127\.0\.0\.1/);
    await browse.prints(new RegExp(`"kind":"found".*${usn}`));
    serve.child.kill("SIGINT");
    expect(await serve.ended).toEqual([0, null]);
    expect(serve.out).toContain("goodbye\n");
    expect(serve.err).toBe("");
    await browse.prints(new RegExp(`"kind":"lost".*${usn}`));
    browse.child.kill("SIGINT");
    expect(await browse.ended).toEqual([0, null]);
    const mine = browse.changes().filter(({ service }) => service.usn === usn);
    expect(mine.map(({ kind }) => kind)).toEqual(["found", "lost"]);
    expect(mine.at(-1)).toMatchObject({ reason: "goodbye" });
  });

  test("find sees what ssdp serve answers, by address and by interface", async () => {
    const usn = newUsn();
    const serve = new Run("ssdp", "serve", usn, "-a", "127.0.0.1", "--max-age", "60");
    await serve.prints(/announcing/);
    const find = new Run("find", "urn:x:device:Test:1", "-i", loopback, "--format", "{usn}", "-o", "3");
    expect(await find.ended).toEqual([0, null]);
    expect(find.out.split("\n")).toContain(usn);
    const search = new Run(
      "ssdp",
      "search",
      "urn:x:device:Test:1",
      "--iface",
      loopback,
      "-4",
      "-m",
      "1",
      "-j",
    );
    expect(await search.ended).toEqual([0, null]);
    expect(search.out).toContain(usn);
    expect(JSON.parse(search.out.split("\n")[0]!).answer.from).toBe("127.0.0.1");
    serve.child.kill("SIGTERM");
    expect(await serve.ended).toEqual([0, null]);
  });

  test("F28 serve announces once more at the line notify and at SIGUSR1, and ends when its input does not", async () => {
    const serve = new Run("ssdp", "serve", newUsn(), "--interface", loopback);
    await serve.prints(/announcing/);
    serve.child.stdin.write("notify\n");
    await serve.prints(/announced once more\n/);
    serve.child.kill("SIGUSR1");
    await serve.prints(/announced once more\nannounced once more\n/);
    serve.child.kill("SIGINT");
    expect(await serve.ended).toEqual([0, null]);
  });

  test("demo is seen by browse, and leaves nothing behind", async () => {
    const demo = new Run("demo");
    await demo.prints(/^A household on /m);
    const browse = new Run("browse", "-i", loopback);
    await browse.prints(/MediaServer:1/);
    await browse.prints(/Kitchen-Lamp/);
    demo.child.kill("SIGINT");
    expect(await demo.ended).toEqual([0, null]);
    await browse.prints(/^-\tKitchen-Lamp.*goodbye$/m);
    browse.child.kill("SIGINT");
    expect(await browse.ended).toEqual([0, null]);
  });

  test("a published service is listed, resolved and found, and leaves nothing behind", async () => {
    const name = `Office ${newUsn().slice(-12)}`;
    const publish = new Run("dns-sd", "publish", name, "_earshot-test._tcp", "631", "rp=x", "-i", loopback);
    await publish.prints(/^announcing Office /m);
    const list = new Run("dns-sd", "browse", "_earshot-test._tcp", "-i", loopback);
    await list.prints(new RegExp(`^\\+\t${name}\t_earshot-test\\._tcp\tlocal$`, "m"));
    const resolve = new Run("dns-sd", "resolve", name, "_earshot-test._tcp", "-i", loopback);
    expect(await resolve.ended).toEqual([0, null]);
    expect(resolve.out).toMatch(/^ {2}port {6}631\n {2}address {3}(?:127\.0\.0\.1|::1)\n/m);
    expect(resolve.out).toContain('  txt       "rp=x"\n');
    publish.child.kill("SIGINT");
    expect(await publish.ended).toEqual([0, null]);
    expect(publish.out).toMatch(/goodbye\n$/);
    await list.prints(new RegExp(`^-\t${name}\t`, "m"));
    list.child.kill("SIGINT");
    expect(await list.ended).toEqual([0, null]);
  });

  test("a reader that closes the pipe ends it with 0, and without a word", async () => {
    const demo = new Run("demo");
    await demo.prints(/household/);
    const browse = new Run("browse", "-i", loopback, "--json");
    await once(browse.child.stdout, "data");
    browse.child.stdout.destroy();
    // It learns of it when it writes again.
    demo.child.kill("SIGINT");
    expect(await browse.ended).toEqual([0, null]);
    expect(browse.err).toBe("");
  });

  test
    .runIf(existsSync("/dev/full"))
    .each(["--help", `demo --for 1`, `find ssdp:all --csv -o 0.1 -i ${loopback}`])(
    "output that is lost ends %s with 3, and one line",
    (words) => {
      const full = openSync("/dev/full", "w");
      const stdio = ["ignore" as const, full, "pipe" as const];
      const { status, stderr } = spawnSync(process.execPath, [bin, ...words.split(" ")], { env, stdio });
      closeSync(full);
      expect(stderr.toString()).toMatch(/^earshot: ENOSPC[^\n]*\n$/);
      expect(status).toBe(3);
    },
  );

  test
    .runIf(hasPython)
    .each([
      `browse -i ${loopback}`,
      `browse --json -i ${loopback}`,
      `ssdp serve x -t y -i ${loopback}`,
      "demo",
    ])("a terminal that is closed ends %s in order, and as SIGHUP ends a program", (words) => {
    const args = ["-c", CLOSED_TERMINAL, process.execPath, bin, ...words.split(" ")];
    const { stdout, stderr } = spawnSync("python3", args, { env });
    expect(stdout.toString()).toBe("-1\n");
    expect(stderr.toString()).toBe("");
  });

  test.skipIf(process.platform === "win32")(
    "a capture into a pipe that nobody reads is ended by Ctrl-C",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "earshot-pipe-"));
      try {
        const pipe = join(folder, "pipe");
        spawnSync("mkfifo", [pipe]);
        const monitor = new Run("monitor", "-i", loopback, "--pcap", pipe);
        await once(monitor.child.stderr, "data");
        monitor.child.kill("SIGINT");
        const [code, signal] = await monitor.ended;
        expect(signal).toBeNull();
        expect([0, 1]).toContain(code); // Other tests speak on loopback as well.
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test("doctor is ended in order by Ctrl-C", async () => {
    // It says nothing until it ends. Should it not have begun to listen for Ctrl-C, it has another try.
    for (const ms of [700, 1500, 3000, 6000]) {
      const doctor = new Run("doctor", "-i", loopback, "--json", "--timeout", "60");
      const interrupting = setTimeout(() => doctor.child.kill("SIGINT"), ms);
      const [code, signal] = await doctor.ended;
      clearTimeout(interrupting);
      if (signal === "SIGINT") continue;
      expect(JSON.parse(doctor.out)).toMatchObject({ kind: "diagnosis", isWell: code === 0 });
      return;
    }
    expect.fail("Ctrl-C was never felt");
  });

  test("exit codes 1, 2 and 124", async () => {
    const nothing = new Run("find", `urn:x:device:None-${Date.now()}:1`, "-i", loopback, "-o", "0.5");
    const usage = new Run("browse", "--for", "soon");
    const unknown = new Run("browse", "--interface", "no-such-interface");
    const usn = newUsn();
    const serve = new Run("ssdp", "serve", usn, "-i", loopback);
    await serve.prints(/announcing/);
    const few = new Run("find", usn.split("::")[0]!, usn.split("::")[1]!, "-i", loopback, "--count", "99");
    expect(await nothing.ended).toEqual([1, null]);
    expect(await usage.ended).toEqual([2, null]);
    expect(await unknown.ended).toEqual([2, null]);
    expect(unknown.err).toMatch(/^earshot: [^\n]*no-such-interface[^\n]*\n$/);
    expect(await few.ended).toEqual([124, null]);
  });

  test("a second Ctrl-C ends it at once, as a signal does that nobody listens to", async () => {
    // Its goodbye takes a tenth of a second. Should this process be held up for longer, it has another try.
    for (let attempt = 0; attempt < 5; attempt++) {
      const serve = new Run("ssdp", "serve", newUsn(), "-i", loopback);
      await serve.prints(/announcing/);
      const interrupting = setInterval(() => serve.child.kill("SIGINT"), 10);
      const [code, signal] = await serve.ended;
      clearInterval(interrupting);
      if (signal === "SIGINT") return;
      expect([code, signal]).toEqual([0, null]);
    }
    expect.fail("the second Ctrl-C was never felt");
  });
});
