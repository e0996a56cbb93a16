import type { NetworkError } from "../core/errors.ts";
import type { Diagnosis, Finding } from "../network/diagnosis.ts";
import type { Network } from "../network/network.ts";
import { interfaceFindings } from "./doctor-interfaces.ts";
import { linkFindings } from "./doctor-links.ts";
import { portFindings } from "./doctor-port.ts";
import { type DoctorSources, Surroundings, systemSources } from "./doctor-surroundings.ts";
import { type Examination, type TrialReport, tryNetwork } from "./doctor-trial.ts";
import type { NodeNetwork } from "./network.ts";

/**
 * Examines how protocols fare on a network, all at once. Never rejects for what it finds.
 * @param network what is known only of the machine's own network is left out of any other.
 */
export async function examine(
  network: Network & Partial<Pick<NodeNetwork, "skipped">>,
  examinations: readonly Examination[],
  sources: DoctorSources = systemSources,
): Promise<Diagnosis> {
  const { skipped } = network;
  const surroundings = skipped ? new Surroundings(sources) : undefined;
  const { links } = network;
  const ports = examinations.map(({ binding }) => binding.port);
  const before = surroundings ? ports.flatMap((port) => portFindings(port, surroundings, sources)) : [];
  const reports = await Promise.all(examinations.map((each) => reportOn(network, each)));
  const findings = distinct([
    ...(surroundings?.findings() ?? []),
    ...interfaceFindings(links, skipped ?? [], surroundings),
    ...before,
    ...reports.flatMap(({ report, of }) => linkFindings(report, of, surroundings)),
    ...reports.flatMap(({ report }) => failureFindings(report)),
    ...reports.flatMap(({ report }) => cutFindings(report)),
  ]);
  return { isWell: findings.every(({ level }) => level !== "problem"), findings };
}

async function reportOn(
  network: Network,
  of: Examination,
): Promise<{ readonly report: TrialReport; readonly of: Examination }> {
  return { report: await tryNetwork(network, of), of };
}

/** What several protocols meet is told once. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

/** That nothing at all could be opened: its reasons on links and interfaces are told among the others. */
function failureFindings({ failure }: TrialReport): Finding[] {
  if (!failure) return [];
  const says = `nothing can be heard or said: ${failure.message}`;
  return [{ level: "problem", subject: "this machine", says, ...adviceOn(failure) }];
}

function cutFindings({ cut }: TrialReport): Finding[] {
  if (cut === "not") return [];
  const says = "listening was ended early: whoever was not heard by then may be there";
  return [{ level: "note", subject: "this machine", says }];
}

function adviceOn({ code }: NetworkError): { readonly advice?: string } {
  if (code !== "NO_USABLE_INTERFACE") return {};
  return { advice: "connect the machine to a local network, or name an interface that is left out above" };
}
