import { describe, expect, test } from "vitest";
import { wireFormats } from "../ssdp/wire-formats.ts";
import { Rig, textOf } from "./support.ts";

const W12 = text("W12");
const W13 = text("W13");

function text(id: string): string {
  return String(wireFormats.find(({ name }) => name.startsWith(id))?.text);
}

function header(message: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*)\r?$`, "im").exec(message)?.[1];
}

/** Runs a command for a while and ends it by Ctrl-C; gives what it printed, and what it sent on IPv4. */
async function talk(ms: number, args: readonly string[], meanwhile: (rig: Rig) => unknown = () => {}) {
  await using rig = new Rig();
  using capture = rig.lan.capture();
  const [end] = await rig.start(1000, "ssdp", ...args);
  await meanwhile(rig);
  await rig.pass(ms);
  rig.io.signal("SIGINT");
  expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
  expect(rig.io.left).toBe(0);
  expect(rig.io.err).toBe("");
  const sent = capture.datagrams.filter(({ from }) => from.address === "10.0.0.1");
  return { out: rig.io.out, sent: sent.map(({ bytes, to, at }) => ({ text: textOf(bytes), to, at })) };
}

/** A stranger sends this to the user's machine. */
function say(rig: Rig, message: string, to: string, from = "10.0.0.66", port = 50_000): void {
  const bytes = new TextEncoder().encode(message);
  rig.lan.inject({ from: { address: from, port }, to: { address: to, port: 1337 }, bytes });
}

describe("C05 earshot ssdp controller", () => {
  test("F42 searches by broadcast on port 1337, at once and every 10 s", async () => {
    const { sent, out } = await talk(29_500, ["controller", "--repeat", "1"]);
    expect(new Set(sent.map(({ to }) => `${to.address}:${to.port}`))).toEqual(new Set(["10.0.255.255:1337"]));
    expect([3, 4]).toContain(sent.length);
    expect(sent[1]!.at - sent[0]!.at).toBeGreaterThan(8900);
    expect(sent[1]!.at - sent[0]!.at).toBeLessThan(11_100);
    expect(out).toContain("searching every 10 s for ssdp:all by broadcast on port 1337\n");
  });

  test("F42 --broadcast-address and --port are where it searches, with MX; --multicast is the group", async () => {
    const where = async (...args: string[]) => {
      const { sent } = await talk(1000, ["controller", ...args]);
      expect(header(sent[0]!.text, "MX")).toBe("4");
      return new Set(sent.map(({ to, text }) => `${to.address}:${to.port} ${header(text, "HOST")}`));
    };
    const everybody = "255.255.255.255:4000 255.255.255.255:4000";
    expect(await where("--broadcast-address=255.255.255.255", "--port", "4000")).toEqual(
      new Set([everybody]),
    );
    expect(await where("--broadcast-address", "10.0.255.255")).toEqual(
      new Set(["10.0.255.255:1337 10.0.255.255:1337"]),
    );
    expect(await where("--multicast", "-p", "1900")).toEqual(
      new Set(["239.255.255.250:1900 239.255.255.250:1900"]),
    );
  });

  test("W13 prints a NOTIFY that is sent to its port alone, as it came and parsed", async () => {
    const { out } = await talk(1000, ["controller"], (rig) => say(rig, W13, "10.0.0.1"));
    expect(out).toMatch(/received from 10\.0\.0\.66:50000 on eth0\/4: NOTIFY ssdp:alive notify\n/);
    expect(out).toContain("\nSERVER: Raspbian GNU/Linux 10\nUSN: 1\n");
    expect(out).toMatch(/\n {2}SERVER +Raspbian GNU\/Linux 10\n/);
    expect(out).toContain("\n  ! unterminated-line");
  });

  test("prints what standard devices answer", async () => {
    await using rig = new Rig();
    const device = { type: "urn:x:device:Lamp:1", name: "Lamp", port: 80 };
    const [end] = await rig.start(0, "ssdp", "controller", "--multicast", "-p", "1900", "-q", "--for", "8");
    await rig.lan.until(rig.peer.advertise(device));
    expect(await rig.lan.until(end!)).toBe(0);
    expect(rig.io.out).toMatch(/received from 10\.0\.0\.2:1900 on eth0\/4: answer urn:x:device:Lamp:1\n/);
    expect(rig.io.out).toMatch(/received from 10\.0\.0\.2:\d+ on eth0\/4: NOTIFY ssdp:alive urn:x:/);
  });

  test("F42 its own broadcast, which it hears too, is told once, as sent", async () => {
    const { out } = await talk(1000, ["controller", "--repeat", "1"]);
    expect(out).not.toContain(" received from ");
    expect(out).toContain("0 received, 1 sent\nbye\n");
  });

  test("F44 USER-AGENT, CPFN.UPNP.ORG and CPUUID.UPNP.ORG are what it says of itself", async () => {
    const uuid = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    const args = ["--user-agent", "Me/1", "--name", "server", "--uuid", uuid];
    const { sent } = await talk(500, ["controller", ...args]);
    const said = ["USER-AGENT", "CPFN.UPNP.ORG", "CPUUID.UPNP.ORG"];
    expect(said.map((name) => header(sent[0]!.text, name))).toEqual(["Me/1", "server", uuid]);
  });

  test.each(["nonsense", "10.0.255.256"])(
    "a broadcast address that is none is refused: %s",
    async (address) => {
      await using rig = new Rig();
      expect(await rig.run("ssdp", "controller", `--broadcast-address=${address}`)).toBe(2);
      expect(rig.io.err).toMatch(/is no address to search/);
    },
  );
});

describe("C05 earshot ssdp device", () => {
  test("W12 F43 answers a broadcast search within its MX by NOTIFY to port 1337 of who asked, and says so", async () => {
    const { out, sent } = await talk(5000, ["device"], (rig) => say(rig, W12, "10.0.255.255"));
    const answers = sent.filter(({ to }) => to.address === "10.0.0.66");
    expect(answers).toHaveLength(1);
    expect(answers[0]!.to.port).toBe(1337);
    const lines = answers[0]!.text.split("\r\n");
    expect(lines[0]).toBe("NOTIFY * HTTP/1.1");
    expect(lines[6]).toMatch(/^SERVER: /); // Where its controller looks for it.
    expect(out).toMatch(/received from 10\.0\.0\.66:50000 on eth0\/4: M-SEARCH null\n/);
    const [, delay] = /answer sent to 10\.0\.0\.66:1337 with delay (\d\.\d\d) s, MX was 4\n/.exec(out) ?? [];
    expect(Number(delay)).toBeLessThanOrEqual(4);
    expect(Number(delay)).toBeGreaterThan(0);
  });

  test("F43 it hears and answers others while answers wait, each within its own MX", async () => {
    const { sent } = await talk(6000, ["device"], async (rig) => {
      for (let host = 1; host <= 20; host++) say(rig, W12, "10.0.255.255", `10.0.1.${host}`);
      await rig.pass(10);
      say(rig, W12.replace("MX: 4", "MX: 1"), "10.0.255.255", "10.0.2.1");
    });
    const answers = sent.filter(({ to }) => /^10\.0\.[12]\./.test(to.address));
    expect(new Set(answers.map(({ to }) => to.address)).size).toBe(21);
    const quick = answers.findIndex(({ to }) => to.address === "10.0.2.1");
    expect(quick).toBeLessThan(20); // It did not wait for the twenty before it.
  });

  test("F43 an MX that is huge, negative or no number keeps nobody waiting, and nothing breaks", async () => {
    const { sent } = await talk(6000, ["device"], (rig) => {
      for (const [at, mx] of ["99999999999", "-5", "soon", "1e300"].entries())
        say(rig, W12.replace("MX: 4", `MX: ${mx}`), "10.0.255.255", `10.0.1.${at + 1}`);
      say(rig, "M-SEARCH", "10.0.255.255");
      say(rig, "\u0000\u00ff", "10.0.255.255");
    });
    const answered = sent.filter(({ to }) => to.address.startsWith("10.0.1."));
    expect(new Set(answered.map(({ to }) => to.address)).size).toBe(4);
  });

  test("a standard search is answered by a response to where it came from", async () => {
    const { sent } = await talk(5000, ["device"], async (rig) => {
      const earshot = new (await import("../../src/index.ts")).Earshot({
        network: rig.peerHost,
        ssdp: { port: 1337 },
      });
      expect(await rig.lan.until(earshot.find("urn:earshot:device:Device:1"))).toHaveLength(1);
      await rig.lan.until(earshot.close());
    });
    expect(sent.filter(({ text }) => text.startsWith("HTTP/1.1 200 OK")).length).toBeGreaterThan(0);
  });

  test("F44 its messages have BOOTID, CONFIGID and a description that is there", async () => {
    const { sent } = await talk(1000, ["device", "--config-id", "7"]);
    const alive = sent.find(({ text }) => text.includes("ssdp:alive"))!;
    expect(alive.to).toEqual({ address: "239.255.255.250", port: 1337 });
    expect(header(alive.text, "BOOTID.UPNP.ORG")).toMatch(/^\d+$/);
    expect(header(alive.text, "CONFIGID.UPNP.ORG")).toBe("7");
    expect(header(alive.text, "LOCATION")).toMatch(/^http:\/\/10\.0\.0\.1:\d+\//);
  });
});
