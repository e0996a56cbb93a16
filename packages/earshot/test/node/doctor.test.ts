import { describe, expect, test } from "vitest";
import type { Link } from "../../src/core/engine.ts";
import { NetworkError } from "../../src/core/errors.ts";
import type { Finding } from "../../src/network/diagnosis.ts";
import { interfaceFindings } from "../../src/node/doctor-interfaces.ts";
import { linkFindings } from "../../src/node/doctor-links.ts";
import { portFindings } from "../../src/node/doctor-port.ts";
import { type DoctorSources, Surroundings } from "../../src/node/doctor-surroundings.ts";
import type { Examination, LinkTrial } from "../../src/node/doctor-trial.ts";
import type { AddressState, InterfaceState } from "../../src/node/interfaces.ts";
import { selectLinks } from "../../src/node/links.ts";
import { platformOf } from "../../src/node/platform.ts";
import { binding, linkAt, loopback } from "./support.ts";

const linux = platformOf("linux");

/** A machine that has these files, and processes with these open sockets. */
function machine(files: Readonly<Record<string, string>>, sockets: Readonly<Record<string, string[]>> = {}) {
  const sources: DoctorSources = {
    readText: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error("ENOENT");
      return text;
    },
    list: (path) => {
      if (path === "/proc") return ["self", "1", ...Object.keys(sockets)];
      const id = /^\/proc\/(\w+)\/fd$/.exec(path)?.[1] ?? "";
      if (!sockets[id]) throw new Error("EACCES");
      return sockets[id].map((_, at) => String(at));
    },
    readLink: (path) => {
      const [, id = "", at = ""] = /^\/proc\/(\w+)\/fd\/(\d+)$/.exec(path) ?? [];
      return `socket:[${sockets[id]?.[Number(at)]}]`;
    },
  };
  return { sources, surroundings: new Surroundings(sources) };
}

function shortly(findings: readonly Finding[]): string[] {
  return findings.map(({ level, subject, says }) => `${level} ${subject}: ${says}`);
}

const address = (text: string, changes: Partial<AddressState> = {}): AddressState => ({
  family: text.includes(":") ? 6 : 4,
  address: text,
  prefixLength: 24,
  tentative: false,
  fleeting: false,
  ...changes,
});

const face = (name: string, changes: Partial<InterfaceState> = {}): InterfaceState => ({
  ...loopback(name),
  loopback: false,
  multicast: true,
  addresses: [address("10.0.0.1")],
  ...changes,
});

describe("what doctor says of interfaces", () => {
  /** What it says of one interface as it is really selected. */
  const said = (state: InterfaceState, selection = {}): Finding | undefined => {
    const { links, skipped } = selectLinks({ interfaces: [state], silent: [] }, selection, linux);
    return interfaceFindings(links, skipped, undefined)[0];
  };

  test("one that is used, with its address", () => {
    expect(said(face("eth0"))).toEqual({
      level: "ok",
      subject: "eth0/4",
      says: "is chosen, with the address 10.0.0.1/24",
    });
  });

  test.each([
    ["loopback", loopback(), "note", "--interface lo"],
    ["S45 of containers", face("docker0"), "note", "only containers"],
    ["S45 of virtual machines", face("vboxnet0"), "note", "host-only"],
    ["S45 of a tunnel", face("wg0"), "note", "tunnel"],
    ["S45 of direct radio", face("awdl0"), "note", "direct radio"],
    ["point-to-point", face("x0", { pointToPoint: true }), "note", "tunnel or modem"],
    ["without MULTICAST", face("eth0", { multicast: false }), "warning", "ip link set eth0 multicast on"],
    [
      "with a public address only",
      face("eth0", { addresses: [address("8.8.8.8")] }),
      "warning",
      "--allow-public",
    ],
    [
      "whose address is being checked",
      face("eth0", { addresses: [address("fe80::1", { tentative: true })] }),
      "warning",
      "another host has the same address",
    ],
  ])("one that is not used: %s, with advice", (_, state, level, advice) => {
    const finding = said(state);
    expect(finding).toMatchObject({ level, subject: state.name });
    expect(finding?.says).toMatch(/^is not used: /);
    expect(finding?.advice).toContain(advice);
  });

  test("a port of a bridge, and one that was not asked for", () => {
    expect(said(face("eth0", { bridged: true }))?.level).toBe("note");
    expect(said(face("eth0"), { interfaces: ["eth1"] })?.level).toBe("note");
  });

  test("of a family that it has no address of", () => {
    expect(said(face("eth0"), { families: [6] })).toMatchObject({ level: "warning" });
    expect(said(face("eth0"), { families: [6], interfaces: ["10.0.0.1"] })).toMatchObject({
      level: "warning",
    });
  });

  test("more than are used at once", () => {
    const many = Array.from({ length: 17 }, (_, at) =>
      face(`eth${at}`, { addresses: [address(`10.${at}.0.1`)] }),
    );
    const { skipped } = selectLinks({ interfaces: many, silent: [] }, {}, linux);
    expect(interfaceFindings([], skipped, undefined)).toMatchObject([
      { level: "warning", subject: "eth16", advice: "name those that matter with --interface" },
    ]);
  });

  test("whether a silent one is down, not connected, or without address", () => {
    const { surroundings } = machine({
      "/proc/self/net/igmp":
        "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n" +
        "2\teth0      :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n3\teth1      :     1      V3\n4\teth2 :  1      V3\n",
      "/sys/class/net/eth0/ifindex": "2\n",
      "/sys/class/net/eth0/carrier": "0\n",
      "/sys/class/net/eth1/ifindex": "3\n",
      "/sys/class/net/eth1/carrier": "1\n",
      "/sys/class/net/eth2/ifindex": "9\n", // Of another namespace.
      "/sys/class/net/eth2/carrier": "0\n",
    });
    const silent = ["eth0", "eth1", "eth2", "eth3"].map((interfaceName) => ({
      interfaceName,
      reason: "is down or has no address",
    }));
    expect(
      interfaceFindings([], silent, surroundings).map(({ subject, says }) => `${subject} ${says}`),
    ).toEqual([
      "eth0 is not used: nothing is connected to it",
      "eth1 is not used: it is up, and has no address or no connection",
      "eth2 is not used: it is up, and has no address or no connection",
      "eth3 is not used: it is down",
    ]);
  });

  test("S45 a virtual one without connection needs no address: it needs no attention", () => {
    const silent = [{ interfaceName: "docker0", reason: "is down or has no address" }];
    expect(interfaceFindings([], silent, machine({}).surroundings)).toEqual([
      {
        level: "note",
        subject: "docker0",
        says: "is not used: it is virtual, and down or without address or connection",
        advice:
          "only containers of this machine are there; name it (--interface docker0) to use it all the same",
      },
    ]);
  });

  test("where IPv6 is switched off", () => {
    const { surroundings } = machine({ "/proc/sys/net/ipv6/conf/eth0/disable_ipv6": "1\n" });
    const findings = interfaceFindings([linkAt("eth0", "10.0.0.1")], [], surroundings);
    expect(findings[1]).toMatchObject({ level: "note", subject: "eth0" });
    expect(findings[1]?.says).toContain("net.ipv6.conf.eth0.disable_ipv6");
    expect(interfaceFindings([linkAt("eth1", "10.0.0.1")], [], surroundings)).toHaveLength(1);
  });
});

describe("what doctor says of the port", () => {
  const udp = (...inodes: number[]): string =>
    `head\n${inodes.map((inode) => `1: 00000000:076C 00000000:0000 07 0:0 0:0 0 0 0 ${inode} 2 0 0`).join("\n")}\n`;

  test("that it is free", () => {
    const { sources, surroundings } = machine({ "/proc/self/net/udp": udp() });
    expect(shortly(portFindings(1900, surroundings, sources))).toEqual([
      "ok port 1900: no other program of this machine has it",
    ]);
  });

  test("who shares it, and what that is; ourselves left out", () => {
    const { sources, surroundings } = machine(
      {
        "/proc/self/net/udp": udp(11, 12, 13),
        "/proc/self/net/udp6": udp(14),
        "/proc/812/comm": "minissdpd\n",
        "/proc/900/comm": "home-made\n",
      },
      { 812: ["11", "14"], 900: ["12"], self: ["13"], [String(process.pid)]: ["13"] },
    );
    expect(shortly(portFindings(1900, surroundings, sources))).toEqual([
      "note port 1900: minissdpd (process 812), keeps a list of UPnP devices for other programs, has 2 sockets there as well",
      "note port 1900: home-made (process 900) has a socket there as well",
    ]);
  });

  test("that programs of others have it, where their names are not ours to see", () => {
    const { sources, surroundings } = machine({ "/proc/self/net/udp": udp(11, 12) });
    const [finding] = portFindings(1900, surroundings, sources);
    expect(finding?.says).toBe(
      "2 sockets there belong to programs of other users, whose names only root sees",
    );
    expect(finding?.advice).toContain("as root");
  });

  test("F-19 port 5353: who answers there for others", () => {
    const { sources, surroundings } = machine(
      {
        "/proc/self/net/udp": udp(11).replace("076C", "14E9"),
        "/proc/812/comm": "avahi-daemon\n",
      },
      { 812: ["11"] },
    );
    expect(shortly(portFindings(5353, surroundings, sources))).toEqual([
      "note port 5353: avahi-daemon (process 812), announces and finds services for other programs, has a socket there as well",
    ]);
  });

  test("nothing, where the system does not tell", () => {
    const { sources, surroundings } = machine({});
    expect(portFindings(1900, surroundings, sources)).toEqual([]);
  });
});

describe("what doctor says of links", () => {
  const examination: Examination = {
    binding: binding(),
    probe: () => new Uint8Array(),
    question: () => new Uint8Array(),
    waitMs: 3000,
  };
  const trial = (changes: Partial<LinkTrial> = {}, link: Link = linkAt("eth0", "10.0.0.1")): LinkTrial => ({
    link: { ...link, sharedPort: 1900, ownPort: 50_000 },
    groupHeard: true,
    hostHeard: true,
    speakers: new Set(),
    answerers: new Set(["10.0.0.2"]),
    ...changes,
  });
  const said = (trials: LinkTrial[], codes: string[] = [], files: Record<string, string> = {}): Finding[] => {
    const faults = codes.map((code) => ({
      link: "eth0/4",
      error: new NetworkError(code, `eth0/4: ${code}`),
    }));
    return linkFindings(
      { trials, faults, failure: undefined, cut: "not" },
      examination,
      machine(files).surroundings,
    );
  };

  test("that all is well", () => {
    expect(shortly(said([trial()]))).toEqual([
      "ok eth0/4: what is sent to the group 239.255.255.250 is heard",
      "ok eth0/4: what is sent to this machine directly is heard",
      "ok eth0/4: 1 host answered a search",
    ]);
  });

  test("its own multicast does not come back: a firewall, named as far as it shows", () => {
    const deaf = [trial({ groupHeard: false })];
    const advice = (files: Record<string, string>): string | undefined => said(deaf, [], files)[0]?.advice;
    expect(said(deaf)[0]).toMatchObject({ level: "problem", subject: "eth0/4" });
    expect(advice({})).toContain("firewall rules of this machine: UDP port 1900");
    expect(advice({ "/proc/modules": "nf_tables 1 0 - Live 0\n" })).toContain("nft list ruleset");
    expect(advice({ "/proc/self/net/ip_tables_names": "filter\n" })).toContain("iptables-save");
    expect(advice({ "/etc/ufw/ufw.conf": "# x\nENABLED=yes\n" })).toContain("ufw allow");
    expect(advice({ "/etc/ufw/ufw.conf": "ENABLED=no\n" })).not.toContain("ufw");
    expect(advice({ "/proc/1/comm": "firewalld\n" })).toContain("--add-service=ssdp");
    const { surroundings } = machine({ "/proc/1/comm": "firewalld\n" });
    expect(surroundings.firewallAdvice(5353)).toContain("--add-service=mdns");
  });

  test("answers are kept back: what is sent to us does not come, or nobody who speaks answers", () => {
    const [, direct] = said([trial({ hostHeard: false })]);
    expect(direct).toMatchObject({ level: "problem" });
    const [, , unanswered] = said([
      trial({ answerers: new Set(), speakers: new Set(["10.0.0.3", "10.0.0.4"]) }),
    ]);
    expect(unanswered?.level).toBe("warning");
    expect(unanswered?.says).toBe("2 hosts spoke to the group within 3 s, and nobody answered a search");
  });

  test("S44 F-13 M25 nobody at all was heard: nobody may be there, or a switch keeps multicast back", () => {
    const [, , silence] = said([trial({ answerers: new Set() })]);
    expect(silence?.level).toBe("note");
    expect(silence?.advice).toContain("snoops IGMP without a querier");
  });

  test.each([
    ["PORT_TAKEN", "have it share the port"],
    ["JOIN_FAILED", "net.ipv4.igmp_max_memberships"],
    ["PERMISSION_DENIED", "privilege"],
    ["OUT_OF_FILES", "ulimit"],
  ])("%s is a problem with advice, and that nothing is heard then is none of its own", (code, advice) => {
    const findings = said([trial({ groupHeard: false, answerers: new Set() })], [code]);
    expect(findings.filter(({ level }) => level === "problem")).toHaveLength(1);
    expect(findings[0]).toMatchObject({ subject: "eth0/4", says: code });
    expect(findings[0]?.advice).toContain(advice);
  });

  test("F-19 a port that avahi-daemon keeps to itself: how to have it share", () => {
    const message =
      "eth0/4: cannot hear: port 5353 is held by avahi-daemon (process 812), which does not share it";
    const faults = [{ link: "eth0/4", error: new NetworkError("PORT_TAKEN", message) }];
    const report = { trials: [], faults, failure: undefined, cut: "not" as const };
    const [finding] = linkFindings(report, examination, undefined);
    expect(finding).toMatchObject({ level: "problem", subject: "eth0/4" });
    expect(finding?.advice).toContain("disallow-other-stacks=no");
  });

  test("BLOCKED is a problem, with advice on the firewall, and the only one", () => {
    const findings = said([trial({ groupHeard: false, hostHeard: false })], ["BLOCKED"]);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.advice).toContain("firewall");
  });

  test("no route for IPv6 groups: on loopback nothing to do, elsewhere a warning", () => {
    const fault = (link: string) => ({
      link,
      error: new NetworkError("NO_MULTICAST_ROUTE", `${link}: no route`),
    });
    const report = {
      trials: [],
      faults: [fault("lo/6"), fault("eth0/6")],
      failure: undefined,
      cut: "not" as const,
    };
    expect(linkFindings(report, examination, undefined).map(({ level }) => level)).toEqual([
      "note",
      "warning",
    ]);
  });

  test("two interfaces in one subnet under a strict reverse-path filter", () => {
    const two = [trial(), trial({}, linkAt("eth1", "10.0.0.2"))];
    const strict = { "/proc/sys/net/ipv4/conf/all/rp_filter": "1\n" };
    const warned = said(two, [], strict).filter(({ level }) => level === "warning");
    expect(warned.map(({ subject }) => subject)).toEqual(["eth0/4", "eth1/4"]);
    expect(warned[0]?.advice).toContain("rp_filter=2");
    expect(said(two, [], { ...strict, "/proc/sys/net/ipv4/conf/eth0/rp_filter": "2\n" })).not.toContainEqual(
      expect.objectContaining({ level: "warning", subject: "eth0/4" }),
    );
    expect(said([trial()], [], strict).some(({ level }) => level === "warning")).toBe(false);
  });
});

describe("what doctor says of the machine", () => {
  test.each([
    ["F-35 P3 a container", { "/.dockerenv": "" }, "container"],
    ["a container of podman", { "/run/.containerenv": "" }, "container"],
    ["Windows' Linux", { "/proc/version": "Linux version 5.15-microsoft-standard-WSL2" }, "Windows"],
    ["small buffers", { "/proc/sys/net/core/rmem_max": "212992\n" }, "212992"],
  ])("%s", (_, files: Record<string, string>, words) => {
    const [finding] = machine(files).surroundings.findings();
    expect(finding).toMatchObject({ level: "note", subject: "this machine" });
    expect(finding?.says).toContain(words);
    expect(finding?.advice).toBeDefined();
  });

  test("nothing, where there is nothing to say", () => {
    expect(machine({ "/proc/sys/net/core/rmem_max": "4194304\n" }).surroundings.findings()).toEqual([]);
  });
});
