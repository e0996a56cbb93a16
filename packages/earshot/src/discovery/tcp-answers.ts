import { UsageError } from "../core/errors.ts";
import type { Network } from "../network/index.ts";
import type { SsdpEvent, SsdpOptions } from "../ssdp/index.ts";

/** Connections under way at a time; what comes on top is not answered. */
const MOST_UNDER_WAY = 16;

/**
 * Answers over TCP (UDA 2.0 §1.3.3) on their way out. Each is tried once: whoever does not take it in time can search
 * again.
 */
export class TcpAnswers {
  readonly #network: Network;
  #underWay = 0;

  /** @throws UsageError `INVALID_OPTION` when such answers are wanted of a network that cannot deliver them. */
  constructor(network: Network, { answerByTcp }: SsdpOptions) {
    if (answerByTcp && !network.deliver)
      throw new UsageError("INVALID_OPTION", "answerByTcp needs a network that can deliver over TCP");
    this.#network = network;
  }

  /** Never throws: that a stranger cannot be reached is no fault of ours. */
  send({ bytes, to, link }: Extract<SsdpEvent, { kind: "tcp-answer" }>): void {
    if (this.#underWay >= MOST_UNDER_WAY) return;
    this.#underWay++;
    const over = (): void => {
      this.#underWay--;
    };
    this.#network.deliver?.(bytes, to, link).then(over, over);
  }
}
