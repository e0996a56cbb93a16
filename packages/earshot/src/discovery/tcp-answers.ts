import { UsageError } from "../core/errors.ts";
import type { Network } from "../network/index.ts";
import type { SsdpEvent, SsdpOptions } from "../ssdp/index.ts";

/**
 * Answers over TCP (UDA 2.0 §1.3.3) on their way out. Each is tried once: whoever does not take it in time can search
 * again.
 */
export class TcpAnswers {
  readonly #network: Network;
  readonly #over: () => void;

  /**
   * @param over called when one was delivered, or failed.
   * @throws UsageError `INVALID_OPTION` when such answers are wanted of a network that cannot deliver them.
   */
  constructor(network: Network, { answerByTcp }: SsdpOptions, over: () => void) {
    if (answerByTcp && !network.deliver)
      throw new UsageError("INVALID_OPTION", "answerByTcp needs a network that can deliver over TCP");
    this.#network = network;
    this.#over = over;
  }

  /** Never throws: that a stranger cannot be reached is no fault of ours. */
  send({ bytes, to, link }: Extract<SsdpEvent, { kind: "tcp-answer" }>): void {
    this.#network.deliver?.(bytes, to, link).then(this.#over, this.#over);
  }
}
