import { spawnSync } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Session } from "../../src/cli/session.ts";
import { UnblockedFile } from "../../src/cli/unblocked-file.ts";
import { Rig } from "./support.ts";

describe.skipIf(process.platform === "win32")("a file that is written without blocking", () => {
  const folder = mkdtempSync(join(tmpdir(), "earshot-unblocked-"));
  const pipe = join(folder, "pipe");
  spawnSync("mkfifo", [pipe]);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("however long a pipe has no reader, one listener waits for the end of the session, and none stays", async () => {
    await using rig = new Rig();
    using session = new Session(rig.io);
    const file = UnblockedFile.open(pipe, session, rig.io.clock, () => {});
    for (let tenth = 0; tenth < 50; tenth++) await rig.pass(100);
    expect(getEventListeners(session.signal, "abort")).toHaveLength(1);
    session.end("interrupted");
    expect(await rig.lan.until(file)).toBeUndefined();
    expect(getEventListeners(session.signal, "abort")).toEqual([]);
  });

  test("a socket is no pipe that waits for a reader: it fails at once, with one line", async () => {
    await using rig = new Rig();
    const socket = join(folder, "socket");
    const server = createServer().listen(socket);
    await once(server, "listening");
    try {
      expect(await rig.run("monitor", "--pcap", socket, "--for", "5")).toBe(3);
      expect(rig.io.err).toMatch(/^earshot: ENXIO[^\n]*\/socket[^\n]*\n$/);
    } finally {
      server.close();
    }
  });
});
