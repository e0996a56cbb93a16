/** What users of the founding projects look for between a program and its operating system: on loopback. */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { getuid } from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Earshot, type Fault } from "../../src/index.ts";
import { closeAfterEach, serve } from "../node/channels.ts";
import { freePort, GROUP, loopbackBinding, say } from "../node/support.ts";

const bin = fileURLToPath(new URL("../../bin/earshot.js", import.meta.url));

closeAfterEach();

/** Runs the command on loopback as somebody without privileges, if we may choose who. */
async function unprivileged(...args: string[]) {
  const nobody = getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn(process.execPath, [bin, ...args], { ...nobody, cwd: "/" });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
  });
  const [code] = await once(child, "close");
  return { code, out, err };
}

describe("F12 the transport", () => {
  test("joins the group, sends to it and to one host, and hears messages longer than 1024 bytes whole", async () => {
    const binding = loopbackBinding({ hops: 4 });
    const [one, two] = [await serve(binding), await serve(binding)];
    const long = "x".repeat(8000);
    say(one.channel, one.link, long);
    say(one.channel, one.link, "to you", "own", { address: "127.0.0.1", port: two.link.ownPort });
    await two.recorder.heard(2);
    const heard = two.recorder.datagrams.map(({ to, bytes }) => `${bytes.length} bytes to the ${to}`);
    expect(heard.sort()).toEqual(["6 bytes to the host", "8000 bytes to the group"]);
  });

  test("lives on after a datagram that cannot be sent", async () => {
    const binding = loopbackBinding();
    const { channel, recorder, link } = await serve(binding);
    say(channel, link, "x".repeat(70_000));
    await recorder.until(() => recorder.faults.length > 0);
    say(channel, link, "still here");
    await recorder.heard(1);
    expect(recorder.texts).toEqual(["still here"]);
  });
});

describe.runIf(process.platform === "linux")("F32 an interface by its name", () => {
  test("needs no privilege: to search, and by its address as well", async () => {
    for (const choice of [
      ["--interface", "lo"],
      ["--address", "127.0.0.1"],
    ]) {
      const target = "urn:example-org:device:Nobody:1";
      const { code, err } = await unprivileged("ssdp", "search", target, "--timeout", "0.2", ...choice);
      expect(err).toBe("");
      expect(code).toBe(1); // Nobody answered, and nothing was refused.
    }
  });

  test("needs no privilege to announce, which others on it hear", async () => {
    const type = `urn:example-org:device:Test${process.pid}:1`;
    const earshot = new Earshot({ interfaces: ["lo"] });
    const browser = earshot.browse(type, { passive: true });
    await browser.ready;
    const found = new Promise<string>((resolve) => {
      browser.on("found", ({ service }) => resolve(service.type));
    });
    const args = ["--interface", "lo", "--port", "80", "--for", "1"];
    const { code, err } = await unprivileged("advertise", type, ...args);
    expect([code, err]).toEqual([0, ""]);
    expect(await found).toBe(type);
    await earshot.close();
  });

  test("that is not there is named, with those there are", async () => {
    const { code, err } = await unprivileged("ssdp", "search", "--interface", "no-such0");
    expect(code).toBe(2);
    expect(err).toMatch(/no-such0/);
  });
});

describe("F39 a log of one's own, without one of the library's", () => {
  test("every datagram, link and fault can be had, in the program's own words", async () => {
    const lines: string[] = [];
    const listeners = ["datagram", "link", "fault"].map((what) => {
      const listener = (message: unknown): void => {
        const { direction, link, error } = message as Record<string, { code?: string } | string>;
        lines.push(`${what} ${direction ?? ""} ${link ?? ""} ${(error as { code?: string })?.code ?? ""}`);
      };
      subscribe(`earshot:${what}`, listener);
      return () => unsubscribe(`earshot:${what}`, listener);
    });
    const port = freePort();
    const thief = createSocket("udp4"); // Keeps the port of the group to itself.
    thief.bind(port, GROUP);
    await once(thief, "listening");
    const faults: Fault[] = [];
    const earshot = new Earshot({
      interfaces: ["lo"],
      families: [4],
      ssdp: { port },
      onFault: (fault) => faults.push(fault),
    });
    const advertised = await earshot.advertise({ type: "t", usn: "u" });
    await advertised.close();
    await earshot.close();
    thief.close();
    for (const stop of listeners) stop();
    expect(lines).toContain("datagram sent lo/4 ");
    const codes = faults.map(({ error }) => error.code);
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) expect(lines).toContain(`fault  lo/4 ${code}`);
    expect(Object.fromEntries(Object.entries(earshot.stats.ssdp ?? {}))).toHaveProperty("heard");
  });

  test("the command tells the same on its error output with --verbose, and nothing without", async () => {
    const port = freePort();
    const stranger = createSocket("udp4");
    stranger.bind(0, "127.0.0.1");
    await once(stranger, "listening");
    stranger.setMulticastInterface("127.0.0.1");
    const say = setInterval(() => stranger.send("M-SEARCH nonsense", port, GROUP), 50);
    const run = (...more: string[]) => {
      const args = ["--interface", "lo", "-4", "--port", String(port), "--for", "1.5", ...more];
      return unprivileged("ssdp", "serve", "uuid:1", ...args);
    };
    const [loud, still] = [await run("--verbose"), await run()];
    clearInterval(say);
    stranger.close();
    expect(still).toMatchObject({ code: 0, err: "" });
    expect(loud.code).toBe(0);
    expect(loud.err).toMatch(/^earshot: datagrams not used: malformed, \d+ so far\n$/);
  });
});
