/** What the operating systems do differently, in one table, so that nothing else asks which one it is. */
export interface Platform {
  readonly name: string;
  /** A socket may be bound to a group address, and then hears that group and nothing else. Not on Windows. */
  readonly bindsToGroups: boolean;
  /** What a socket that is bound to a group sends has the address of an interface for its source, not the group. */
  readonly speaksFromGroups: boolean;
  /**
   * A socket hears a group on every interface where any socket of the machine joined it (Linux IP_MULTICAST_ALL),
   * unless it joined the group there itself with a list of sources to hear: a list without a real sender mutes it.
   */
  readonly hearsForeignJoins: boolean;
  /** Interfaces, their flags and the state of addresses and sockets can be read below /proc and /sys. */
  readonly hasProc: boolean;
  /** The zone of an IPv6 address on an interface: its name, on Windows its number. */
  zone(interfaceName: string, index: number | undefined): string;
  /** What the errors that users meet here usually mean, and what to do. */
  readonly hints: Readonly<Record<string, string>>;
}

/** The row for a value of `process.platform`; an unknown system is taken for a BSD. */
export function platformOf(name: string): Platform {
  return rows[name] ?? { ...bsd, name };
}

const named = (interfaceName: string): string => interfaceName;
const numbered = (interfaceName: string, index: number | undefined): string =>
  index ? String(index) : interfaceName;

const privileged =
  "ports below 1024 need a privilege: give the program CAP_NET_BIND_SERVICE or choose another port";

const bsd: Platform = {
  name: "bsd",
  bindsToGroups: true,
  speaksFromGroups: false,
  hearsForeignJoins: false,
  hasProc: false,
  zone: named,
  hints: { EACCES: privileged },
};

const linux: Platform = {
  name: "linux",
  bindsToGroups: true,
  speaksFromGroups: true,
  hearsForeignJoins: true,
  hasProc: true,
  zone: named,
  hints: {
    EACCES: `${privileged}, or lower net.ipv4.ip_unprivileged_port_start`,
    EPERM: "a firewall rule of this machine rejects it: look at the output rules of nftables or iptables",
    ENOBUFS: "the kernel's limit is reached: raise net.ipv4.igmp_max_memberships",
  },
};

const rows: Readonly<Record<string, Platform>> = {
  linux,
  android: { ...linux, name: "android" },
  darwin: {
    ...bsd,
    name: "darwin",
    hints: {
      EACCES: privileged,
      EHOSTUNREACH:
        "macOS may be withholding the local network: allow it in System Settings, Privacy & Security, Local Network",
    },
  },
  win32: {
    name: "win32",
    bindsToGroups: false,
    speaksFromGroups: false,
    hearsForeignJoins: false,
    hasProc: false,
    zone: numbered,
    hints: {
      EACCES:
        "another program holds the port for itself, or Windows reserved it: see netsh int ipv4 show excludedportrange",
      EPERM: "Windows Defender Firewall blocks this program: allow it on private networks",
    },
  },
};
