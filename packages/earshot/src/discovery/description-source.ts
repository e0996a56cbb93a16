/** Where the description of a service is, and how a service looks with it. */
import type { Link } from "../core/engine.ts";
import { splitUsn } from "../ssdp/index.ts";
import {
  type Description,
  devicesOf,
  type Outcome,
  repairedUrl,
  type Source,
  whyNotFetched,
} from "../upnp/index.ts";
import type { Plan } from "./description-link.ts";
import type { SsdpService } from "./service.ts";
import { withDescription } from "./ssdp-service.ts";

/**
 * The LOCATIONs to read, each by the link on which it was announced (UDA 1.1 §2): those that may be fetched; when there
 * is none, what can be guessed from an address that only the device itself can use.
 */
export function planOf(service: SsdpService, links: readonly Link[]): Plan {
  if (service.locations.length === 0) return { undescribed: "it announces no LOCATION" };
  const targets = service.locations.flatMap(({ url, from, link: id }) => {
    const link = links.find((each) => each.id === id);
    return link ? [{ url, from, link }] : [];
  });
  const whys = targets.map(whyNotFetched);
  const fetched = targets.filter((_, at) => whys[at] === undefined);
  if (fetched.length > 0) return { sources: fetched.map((target) => sourceOf(service, target, false)) };
  const guesses = targets.flatMap((target) => {
    const url = repairedUrl(target.url, target.from);
    return url === undefined ? [] : [{ ...target, url }];
  });
  const [guess] = guesses.filter((target) => whyNotFetched(target) === undefined);
  if (guess) return { sources: [sourceOf(service, guess, true)] };
  return { undescribed: `its LOCATION is not fetched: ${whys[0] ?? "its link is gone"}` };
}

/** A service with what came of reading its description. */
export function describedService(service: SsdpService, outcome: Outcome): SsdpService {
  const { description, undescribed } = outcome;
  if (!description)
    return withDescription(service, { description: undefined, device: undefined, undescribed });
  const own = [...devicesOf(description.device)].find(
    ({ udn }) => udn !== undefined && splitUsn(udn).udn === service.udn,
  );
  const device = own ?? description.device;
  const read = own ? description : withForeignUdn(description, service.udn);
  return withDescription(service, { description: read, device, undescribed: undefined });
}

function sourceOf(service: SsdpService, target: Source["target"], isGuess: boolean): Source {
  return {
    key: `${target.link.id} ${target.url}`,
    target,
    edition: { bootId: service.bootId, configId: service.configId },
    unsolicited: service.headers.has("NTS"),
    isGuess,
  };
}

/** The UDN of an announcement is to be one of its description (UDA 1.1 §1.2.2). */
function withForeignUdn(description: Description, udn: string): Description {
  const violation = { code: "FOREIGN_UDN", detail: udn };
  return { ...description, violations: [...description.violations, violation] };
}
