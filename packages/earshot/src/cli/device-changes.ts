import type { Change, Service } from "../index.ts";
import type { Io, Stop } from "./io.ts";
import { deviceOf, type Row, rowOf } from "./rows.ts";

/** A change of a device as a whole. */
export interface RowChange {
  readonly kind: Change["kind"];
  readonly row: Row;
  /** Why it was lost. */
  readonly reason?: string;
}

interface Device {
  readonly entries: Map<string, Service>;
  /** What was told of it last. */
  told: Row | undefined;
  isUpdated: boolean;
  settling: Stop | undefined;
}

/** How long SSDP's advertisements of one device are gathered, so that a device comes and changes in one line. */
const SETTLE_MS = 500;

/** Turns the changes of advertisements into changes of devices. */
export class DeviceChanges {
  readonly #clock: Io["clock"];
  readonly #tell: (change: RowChange) => void;
  readonly #devices = new Map<string, Device>();

  constructor(clock: Io["clock"], tell: (change: RowChange) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  change(change: Change): void {
    const { service } = change;
    const key = deviceOf(service);
    if (change.kind === "lost") {
      this.#lost(key, service.id, change.reason);
      return;
    }
    const device = this.#devices.get(key) ?? newDevice();
    this.#devices.set(key, device);
    device.entries.set(service.id, service);
    device.isUpdated ||= change.kind === "updated";
    if (service.protocol !== "ssdp") this.#settle(device);
    else device.settling ??= this.#clock.at(this.#clock.now() + SETTLE_MS, () => this.#settle(device));
  }

  /** Tells at once what is still being gathered. */
  flush(): void {
    for (const device of this.#devices.values()) if (device.settling) this.#settle(device);
  }

  #lost(key: string, id: string, reason: string): void {
    const device = this.#devices.get(key);
    if (!device?.entries.delete(id) || device.entries.size > 0) return;
    device.settling?.();
    this.#devices.delete(key);
    if (device.told) this.#tell({ kind: "lost", row: device.told, reason });
  }

  #settle(device: Device): void {
    device.settling?.();
    device.settling = undefined;
    const row = rowOf([...device.entries.values()]);
    const { told, isUpdated } = device;
    device.told = row;
    device.isUpdated = false;
    if (!told) this.#tell({ kind: "found", row });
    else if (isUpdated || told.lead.type !== row.lead.type) this.#tell({ kind: "updated", row });
  }
}

function newDevice(): Device {
  return { entries: new Map(), told: undefined, isUpdated: false, settling: undefined };
}
