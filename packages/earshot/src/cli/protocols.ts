/** Which protocol is meant, as it is named on the command line and as types show it. */
import { Option } from "commander";
import { UsageError } from "../index.ts";
import type { ProtocolOptions } from "./options.ts";

/** Protocols by which services are found. */
export const PROTOCOLS = ["ssdp", "dns-sd"] as const;
export type ProtocolName = (typeof PROTOCOLS)[number];

export interface ProtocolChoice {
  readonly protocol?: ProtocolName;
}

/** `--protocol`: one of the protocols alone. */
export function protocolOption(): Option {
  return new Option("--protocol <protocol>", "only what this protocol finds (default: all)").choices(
    PROTOCOLS,
  );
}

/** What the choice means for the library. */
export function earshotProtocols({ protocol }: ProtocolChoice): ProtocolOptions {
  return protocol === undefined ? {} : { protocols: [protocol] };
}

/** Whether a type is written as DNS-SD has them: `_http._tcp`. Whether it is one is for the library to say. */
export function isDnsSdType(type: string): boolean {
  return type.startsWith("_");
}

/** @throws UsageError `INVALID_OPTION` for a type of another protocol than the chosen one. */
export function assertOfProtocol(types: readonly string[], { protocol }: ProtocolChoice): void {
  if (protocol === undefined) return;
  for (const type of types)
    if (isDnsSdType(type) !== (protocol === "dns-sd"))
      throw new UsageError(
        "INVALID_OPTION",
        `${JSON.stringify(type)} is no type of ${protocol}, which --protocol asks for`,
      );
}
