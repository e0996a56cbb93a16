import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runEarshot } from "./lab/earshot.ts";
import type { Host } from "./lab/host.ts";
import { Avahi } from "./lab/peers/avahi.ts";
import { startMinidlna } from "./lab/peers/minidlna.ts";
import { Minissdpd } from "./lab/peers/minissdpd.ts";
import { describeWithPeers } from "./lab/require.ts";
import type { Running } from "./lab/running.ts";
import { Segment } from "./lab/segment.ts";

const program = fileURLToPath(new URL("../../bin/earshot.js", import.meta.url));
const holder = fileURLToPath(new URL("lab/children/hold-port.js", import.meta.url));

interface Finding {
  readonly level: "ok" | "note" | "warning" | "problem";
  readonly subject: string;
  readonly says: string;
  readonly advice: string | null;
}

interface Report {
  readonly code: number | null;
  readonly isWell: boolean;
  readonly findings: readonly Finding[];
}

/** `earshot doctor --json` on a host. */
async function examine(host: Host, ...words: string[]): Promise<Report> {
  const doctor = runEarshot(host, "doctor", "--json", "--timeout", "1.5", ...words);
  const line = await doctor.waitFor(/^\{/);
  await doctor.waitUntil(() => doctor.exit !== undefined, "end");
  const { isWell, findings } = JSON.parse(line);
  return { code: doctor.exit?.code ?? null, isWell, findings };
}

function problems({ findings }: Report): Finding[] {
  return findings.filter(({ level }) => level === "problem");
}

function about({ findings }: Report, subject: string): string {
  return findings
    .flatMap((finding) => (finding.subject === subject ? [`${finding.level} ${finding.says}`] : []))
    .join("\n");
}

/** A rule set of nftables on a host. */
async function forbid(host: Host, hook: "input" | "output", rule: string): Promise<void> {
  await host.exec("nft", ["add", "table", "inet", "lab"]);
  await host.exec("nft", ["add", "chain", "inet", "lab", hook, `{ type filter hook ${hook} priority 0 ; }`]);
  await host.exec("nft", ["add", "rule", "inet", "lab", hook, ...rule.split(" ")]);
}

async function hold(host: Host, port = 1900): Promise<Running> {
  const running = host.run(process.execPath, [holder, `${port}`]);
  await running.waitFor("READY");
  return running;
}

describeWithPeers("earshot doctor on a real kernel", ["minidlnad", "minissdpd", "nft"], () => {
  test("where all is well it says so: links, the server that answers, exit code 0", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv6: true, route: "multicast" });
    await startMinidlna(segment.host(1));
    const report = await examine(segment.host(2));
    expect(problems(report)).toEqual([]);
    expect([report.code, report.isWell]).toEqual([0, true]);
    expect(about(report, "port 1900")).toBe("ok no other program of this machine has it");
    expect(about(report, "eth0/4")).toContain("ok what is sent to the group 239.255.255.250 is heard");
    expect(about(report, "eth0/4")).toContain("ok 1 host answered a search");
    expect(about(report, "eth0/6")).toContain("ok what is sent to the group ff02::c is heard");
    expect(about(report, "eth0/6")).toContain("note nobody else was heard");
    expect(about(report, "lo")).toContain("note is not used: is loopback");
  });

  test("a firewall that drops what comes to port 1900: the group is not heard, and the advice is the firewall", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    await forbid(segment.host(1), "input", "udp dport 1900 drop");
    const report = await examine(segment.host(1));
    expect(report.code).toBe(1);
    expect(problems(report)).toMatchObject([
      { subject: "eth0/4", says: expect.stringContaining("does not come back") },
    ]);
    expect(problems(report)[0]?.advice).toMatch(/UDP port 1900|ufw|firewall-cmd/);
    expect(about(report, "eth0/4")).toContain("ok what is sent to this machine directly is heard");
  });

  test("a firewall that drops what goes out: EPERM is told as such", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    await forbid(segment.host(1), "output", "udp dport 1900 drop");
    const report = await examine(segment.host(1));
    expect(report.code).toBe(1);
    expect(problems(report)).toHaveLength(1);
    expect(about(report, "eth0/4")).toContain("EPERM");
  });

  test("a firewall that drops answers: what is sent to this machine directly is not heard", async () => {
    await using segment = await Segment.create({ hosts: 2, route: "multicast" });
    await startMinidlna(segment.host(2), { notifySeconds: 1 });
    await forbid(segment.host(1), "input", "udp dport 49152-65535 drop");
    const report = await examine(segment.host(1), "--timeout", "3");
    expect(report.code).toBe(1);
    expect(about(report, "eth0/4")).toContain("problem what is sent to 10.77.0.1 directly");
    expect(about(report, "eth0/4")).toContain("ok what is sent to the group 239.255.255.250 is heard");
    expect(about(report, "eth0/4")).toContain(
      "warning 1 host spoke to the group within 3 s, and nobody answered",
    );
  });

  test("a program that keeps port 1900 to itself is named, with its process", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const { pid } = await hold(segment.host(1));
    const report = await examine(segment.host(1));
    expect(report.code).toBe(1);
    expect(about(report, "port 1900")).toContain("has a socket there as well");
    const [taken] = problems(report);
    expect(taken?.says).toMatch(/port 1900 is held by \S+ \(process \d+\)/);
    expect(taken?.says).toContain(`(process ${pid})`);
    expect(problems(report)).toHaveLength(1);
  });

  test("minissdpd, which shares the port, is a note", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    await Minissdpd.start(segment.host(1));
    const report = await examine(segment.host(1));
    expect(report.code).toBe(0);
    expect(about(report, "port 1900")).toMatch(
      /note minissdpd \(process \d+\), keeps a list of UPnP devices/,
    );
  });

  test("a program that keeps port 5353 to itself is named, and SSDP has no problem", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const { pid } = await hold(segment.host(1), 5353);
    const report = await examine(segment.host(1));
    expect(report.code).toBe(1);
    expect(problems(report)).toHaveLength(1);
    expect(problems(report)[0]?.says).toMatch(/port 5353 is held by \S+ \(process \d+\)/);
    expect(problems(report)[0]?.says).toContain(`(process ${pid})`);
    expect(about(report, "eth0/4")).toContain("ok what is sent to the group 239.255.255.250 is heard");
  });

  test("a limit of memberships that is reached is told with the setting", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const host = segment.host(1);
    await host.exec("sysctl", ["-qw", "net.ipv4.igmp_max_memberships=0"]);
    const report = await examine(host);
    expect(report.code).toBe(1);
    expect(problems(report)[0]?.subject).toBe("eth0/4");
    expect(problems(report)[0]?.advice).toContain("igmp_max_memberships");
  });

  test("an interface that is down, one without address, and no other: nothing can be heard, and why", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const host = segment.host(1);
    await host.down();
    const down = await examine(host);
    expect(down.code).toBe(1);
    expect(about(down, "eth0")).toBe("note is not used: it is down");
    expect(about(down, "this machine")).toContain("problem nothing can be heard or said");
    await host.up();
    await host.ip("address", "flush", "dev", "eth0");
    const bare = await examine(host);
    expect(bare.code).toBe(1);
    expect(about(bare, "eth0")).toContain("it is up, and has no address");
  });

  test("a namespace without any interface up", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const host = segment.host(1);
    await host.ip("link", "delete", "eth0");
    await host.down("lo");
    const report = await examine(host);
    expect([report.code, report.isWell]).toEqual([1, false]);
    expect(about(report, "this machine")).toContain("problem nothing can be heard");
  });

  test("on loopback, when it is named, all is well", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const report = await examine(segment.host(1), "-i", "lo");
    expect(problems(report)).toEqual([]);
    expect(about(report, "lo/4")).toContain("ok what is sent to the group 239.255.255.250 is heard");
  });

  test("S45 a bridge of containers is left out with a word about what is there", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const host = segment.host(1);
    // No bridge: that takes its time to come up.
    await host.ip("link", "add", "docker0", "type", "veth", "peer", "name", "v1");
    await host.up("v1");
    await host.addAddress("172.17.0.1/16", "docker0");
    await host.up("docker0");
    const report = await examine(host);
    expect(report.findings).toContainEqual({
      level: "note",
      subject: "docker0",
      says: expect.stringContaining("looks virtual"),
      advice: expect.stringContaining("only containers of this machine"),
    });
  });

  test("the report for people ends with a verdict", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const { stdout } = await segment.host(1).exec(process.execPath, [program, "doctor", "-o", "0.5"]);
    expect(stdout).toMatch(/^ok {7}eth0\/4 /m);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("no problem was found");
  });
});

describeWithPeers("earshot doctor beside avahi-daemon", ["avahi"], () => {
  test("F-19 M32 it shares port 5353: a note, the group is heard, and answers there are avahi's", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    for (const host of segment.hosts) await Avahi.start(host, { hostName: host.namespace });
    const report = await examine(segment.host(1));
    expect([report.code, problems(report)]).toEqual([0, []]);
    expect(about(report, "port 5353")).toMatch(
      /^note avahi-daemon \(process \d+\), announces and finds services/,
    );
    expect(about(report, "eth0/4").split("\n")).toEqual(
      expect.arrayContaining([
        "ok what is sent to the group 224.0.0.251 is heard",
        expect.stringContaining("at port 5353 directly reaches another program"),
        "ok 1 host spoke on the group 224.0.0.251 within 1.5 s",
      ]),
    );
  });

  test("F-19 it keeps the port to itself: a problem, and how to have it share", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    await Avahi.start(segment.host(1), { isAlone: true });
    const report = await examine(segment.host(1));
    expect(report.code).toBe(1);
    expect(problems(report)).toMatchObject([
      { subject: "eth0/4", advice: expect.stringContaining("disallow-other-stacks=no") },
    ]);
  });
});
