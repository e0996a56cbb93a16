import type { Target } from "./target.ts";

/** Every target by its name, loaded when it is asked for. */
export const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  ssdp: async () => (await import("./ssdp-codec.ts")).ssdpCodec,
  "ssdp-engine": async () => (await import("./ssdp-engine.ts")).ssdpEngine,
  mdns: async () => (await import("./mdns-codec.ts")).mdnsCodec,
  "mdns-engine": async () => (await import("./mdns-engine.ts")).mdnsEngine,
  description: async () => (await import("./description.ts")).description,
  address: async () => (await import("./address.ts")).addressTarget,
};
