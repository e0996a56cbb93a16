import type { Browser, DnsSdService } from "../../src/index.ts";

/** One service as it is, and who offers it. */
export interface There {
  readonly by: string;
  /** Two have the name. */
  readonly isDouble: boolean;
  readonly port: number;
  readonly text: string;
  readonly host: string | undefined;
  readonly address: string;
}

/** What a browser has that is not so, by the name of the service. */
export interface Disagreement {
  readonly name: string;
  readonly text: string;
}

/** What a browser holds, compared with what is there by the lower-case name of the service. */
export function disagreements(
  browser: Browser<DnsSdService>,
  there: ReadonlyMap<string, There>,
): readonly Disagreement[] {
  const held = new Map(
    [...browser.services.values()].map((service) => [service.name.toLowerCase(), service]),
  );
  const ghosts = [...held.keys()].filter((name) => !there.has(name));
  const others = [...there].flatMap(([name, is]) => {
    const service = held.get(name);
    const text = service ? wrong(service, is) : `misses ${name} of ${is.by}`;
    return text === undefined ? [] : [{ name, text }];
  });
  return [...ghosts.map((name) => ({ name, text: `still holds ${name}` })), ...others];
}

function wrong({ name, port, host, txt, addresses }: DnsSdService, is: There): string | undefined {
  const at = txt.get("at");
  const said = at instanceof Uint8Array ? new TextDecoder().decode(at) : at;
  const v4 = addresses.filter((address) => !address.includes(":"));
  const here = `${host}:${port} text ${said} at ${v4.join()}`;
  const right = `${is.host}:${is.port} text ${is.text} at ${is.address}`;
  return here === right ? undefined : `holds ${name} as ${here}, and it is ${right}`;
}
