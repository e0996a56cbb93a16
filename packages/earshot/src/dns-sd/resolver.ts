import type { Turn } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import type { Name } from "../mdns/index.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import type { Hosts } from "./hosts.ts";
import { Instance } from "./instance.ts";
import type { Following } from "./pointers.ts";
import type { ServiceInstance } from "./service-instance.ts";
import { splitInstanceName } from "./service-type.ts";

/**
 * Follows one instance by its name, whether or not a PTR record names it. Who wants to connect waits in no line.
 * `hear` gets each state of it, and `undefined` when it went.
 * @throws UsageError `INVALID_NAME` when it is not the name of an instance.
 */
export function resolve(
  ground: Ground,
  hosts: Hosts,
  name: Name,
  hear: (instance: ServiceInstance | undefined, turn: Turn<DnsSdEvent>) => void,
  turn: Turn<DnsSdEvent>,
): Following {
  if (!splitInstanceName(name))
    throw new UsageError("INVALID_NAME", `${JSON.stringify(name.toString())} is not the name of an instance`);
  let isOver = false;
  const instance = new Instance(ground, hosts, name, {
    owner: "",
    isPointedAt: false,
    hear: (news, then) => {
      if (!isOver && news.kind !== "refreshed") hear(news.kind === "lost" ? undefined : news.instance, then);
    },
  });
  instance.setMayAsk(true, turn);
  return {
    end: () => {
      isOver = true;
      instance.end(undefined);
    },
  };
}
