import { isLoopback, isOnLink } from "../core/address.ts";
import type { NetworkError } from "../core/errors.ts";
import type { Finding } from "../network/diagnosis.ts";
import type { Surroundings } from "./doctor-surroundings.ts";
import { answeredAt, type Examination, type LinkTrial, type TrialReport } from "./doctor-trial.ts";

/** How each link fared: what the system refused, and what was heard. */
export function linkFindings(
  report: TrialReport,
  examination: Examination,
  surroundings: Surroundings | undefined,
): Finding[] {
  const faults = new Map<string, NetworkError[]>();
  for (const { link = "this machine", error } of report.faults)
    faults.set(link, [...(faults.get(link) ?? []), error]);
  const refused = [...faults].flatMap(([link, errors]) =>
    errors.map((error) => faultFinding(link, error, surroundings, examination.binding.port)),
  );
  const heard = report.trials.flatMap((trial) =>
    trialFindings(trial, faults.get(trial.link.id) ?? [], report.cut, examination, surroundings),
  );
  return [...refused, ...heard, ...strictFilters(report.trials, surroundings)];
}

/** After these nothing of the group can be heard on a link, so that it was not is no news. */
const DEAFENING: ReadonlySet<string> = new Set([
  "PORT_TAKEN",
  "PERMISSION_DENIED",
  "OUT_OF_FILES",
  "JOIN_FAILED",
  "BIND_FAILED",
]);
/** After these nothing is sent. */
const MUTING: ReadonlySet<string> = new Set(["BLOCKED", "SEND_FAILED", "LOCAL_NETWORK_DENIED", "LINK_GONE"]);

const ADVICE: Readonly<Record<string, string>> = {
  PORT_TAKEN: "stop that program, or have it share the port (SO_REUSEADDR)",
  PORT_TAKEN_BY_AVAHI:
    "set disallow-other-stacks=no in /etc/avahi/avahi-daemon.conf, and restart avahi-daemon",
  PERMISSION_DENIED: "run it as a user who may, or give it the privilege",
  OUT_OF_FILES: "raise the limit of open files (ulimit -n)",
  JOIN_FAILED:
    "raise net.ipv4.igmp_max_memberships if it is reached, and see that the interface can multicast",
  LINK_GONE: "see whether the interface or its address comes and goes",
};

function faultFinding(
  link: string,
  error: NetworkError,
  surroundings: Surroundings | undefined,
  port: number,
): Finding {
  const { code, message } = error;
  const says = message.startsWith(`${link}: `) ? message.slice(link.length + 2) : message;
  if (code === "NO_MULTICAST_ROUTE") {
    const isLoopback = /^lo\d*\//.test(link);
    const advice = "ip -6 route add ff00::/8 dev INTERFACE table local";
    return { level: isLoopback ? "note" : "warning", subject: link, says, ...(!isLoopback && { advice }) };
  }
  const cause = code === "PORT_TAKEN" && message.includes("avahi-daemon") ? "PORT_TAKEN_BY_AVAHI" : code;
  const advice = code === "BLOCKED" ? surroundings?.firewallAdvice(port) : ADVICE[cause];
  const isHard = DEAFENING.has(code) || MUTING.has(code);
  return {
    level: isHard ? "problem" : "warning",
    subject: link,
    says,
    ...(advice !== undefined && { advice }),
  };
}

function trialFindings(
  trial: LinkTrial,
  errors: readonly NetworkError[],
  cut: TrialReport["cut"],
  examination: Examination,
  surroundings: Surroundings | undefined,
): Finding[] {
  const isDeaf = errors.some(({ code }) => DEAFENING.has(code));
  const isMute = errors.some(({ code }) => MUTING.has(code));
  if (isMute) return [];
  const hasTime = cut !== "for-all"; // Without, it means nothing that something was not heard.
  const { groupHeard, hostHeard, answerers } = trial;
  return [
    ...(!isDeaf && (groupHeard || hasTime) ? [groupFinding(trial, examination, surroundings)] : []),
    ...(hostHeard || hasTime ? hostFindings(trial, isDeaf, examination, surroundings) : []),
    ...(answerers.size > 0 || cut === "not" ? neighbourFindings(trial, isDeaf, examination) : []),
  ];
}

function groupFinding(
  { link, groupHeard }: LinkTrial,
  { binding }: Examination,
  surroundings: Surroundings | undefined,
): Finding {
  const group = binding.groups[link.family][0];
  const subject = link.id;
  if (groupHeard) return { level: "ok", subject, says: `what is sent to the group ${group} is heard` };
  const says = `what this machine itself sends to the group ${group} does not come back to it, so nothing of others will come either`;
  const advice = surroundings?.firewallAdvice(binding.port) ?? "look at the firewall of this machine";
  return { level: "problem", subject, says, advice };
}

function hostFindings(
  trial: LinkTrial,
  isDeaf: boolean,
  examination: Examination,
  surroundings: Surroundings | undefined,
): Finding[] {
  const { link } = trial;
  if (answeredAt(link, examination.binding) !== undefined)
    return [hostFinding(trial, examination, surroundings)];
  if (isDeaf) return [];
  const { port } = examination.binding;
  const says = `what is sent to ${link.address} at port ${port} directly reaches another program: answers are asked for at the group`;
  return [{ level: "note", subject: link.id, says }];
}

function hostFinding(
  { link, hostHeard }: LinkTrial,
  { binding }: Examination,
  surroundings: Surroundings | undefined,
): Finding {
  const subject = link.id;
  const at = binding.speaksFromPort ? ` at port ${binding.port}` : "";
  if (hostHeard) return { level: "ok", subject, says: `what is sent to this machine directly${at} is heard` };
  const says = `what is sent to ${link.address} directly${at}, as answers to searches are, is not heard`;
  const advice = surroundings?.firewallAdvice(binding.port) ?? "look at the firewall of this machine";
  return { level: "problem", subject, says, advice };
}

/** S44: a switch or an access point that keeps multicast back looks like a network where nobody is. */
const SILENCE =
  "if devices are there: a switch that snoops IGMP without a querier, or an access point that keeps its clients apart, " +
  "withholds multicast; switch that off, or let the router send IGMP queries";

function neighbourFindings(trial: LinkTrial, isDeaf: boolean, examination: Examination): Finding[] {
  const { link, speakers, answerers } = trial;
  const subject = link.id;
  const seconds = examination.waitMs / 1000;
  const answered = answerers.size > 0;
  const spoke = speakers.size > 0;
  if (isLoopback(link.address)) return [];
  if (examination.binding.speaksFromPort) return groupNeighbourFindings(trial, isDeaf, examination);
  if (answered) return [{ level: "ok", subject, says: `${hosts(answerers)} answered a search` }];
  if (spoke && examination.question)
    return [
      {
        level: "warning",
        subject,
        says: `${hosts(speakers)} spoke to the group within ${seconds} s, and nobody answered a search`,
        advice:
          "if some of them are devices, a firewall keeps their answers back: they come from port 1900, or any other, to " +
          "ports 49152 to 65535 of this machine",
      },
    ];
  if (spoke)
    return [{ level: "ok", subject, says: `${hosts(speakers)} spoke to the group within ${seconds} s` }];
  if (isDeaf) return [];
  return [{ level: "note", subject, says: `nobody else was heard within ${seconds} s`, advice: SILENCE }];
}

/** Where everybody answers at the group. */
function groupNeighbourFindings(
  { link, speakers, answerers }: LinkTrial,
  isDeaf: boolean,
  { binding, waitMs }: Examination,
): Finding[] {
  const subject = link.id;
  const where = `on the group ${binding.groups[link.family][0]} within ${waitMs / 1000} s`;
  const heard = new Set([...speakers, ...answerers]);
  if (heard.size > 0) return [{ level: "ok", subject, says: `${hosts(heard)} spoke ${where}` }];
  return isDeaf ? [] : [{ level: "note", subject, says: `nobody else was heard ${where}`, advice: SILENCE }];
}

function hosts(addresses: ReadonlySet<string>): string {
  return addresses.size === 1 ? "1 host" : `${addresses.size} hosts`;
}

/** RFC 3704: with a strict filter, what comes by another interface than answers would go by is thrown away. */
function strictFilters(trials: readonly LinkTrial[], surroundings: Surroundings | undefined): Finding[] {
  const links = trials.map(({ link }) => link).filter(({ family }) => family === 4);
  return links.flatMap(({ id, interfaceName, address }): Finding[] => {
    if (!/^[\w.-]+$/.test(interfaceName)) return [];
    const isStrict = ["all", interfaceName].reduce(
      (most, name) => Math.max(most, Number(surroundings?.setting(`net/ipv4/conf/${name}/rp_filter`) ?? 0)),
      0,
    );
    const twin = links.find((other) => other.id !== id && isOnLink(address, other.addresses));
    if (isStrict !== 1 || !twin) return [];
    return [
      {
        level: "warning",
        subject: id,
        says: `is in one subnet with ${twin.id}, and the kernel drops what comes by one and would be answered by the other`,
        advice: `sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.${interfaceName}.rp_filter=2`,
      },
    ];
  });
}
