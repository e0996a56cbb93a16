import type { BoundLink, Datagram, Engine, Instant, Outgoing, Turn } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { Channel, Clock, Fault, Network } from "./network.ts";

export interface DriverOptions<Event> {
  /** Gets each event of a turn, in order, after the turn's datagrams have been sent. */
  readonly deliver: (event: Event) => void;
  readonly fault?: (fault: Fault) => void;
  /**
   * Gets what a listener threw, after everything else of the turn was delivered. The default is the network's own
   * `report`, or throws it where nobody can catch it, as an event target does: a bug in a listener is the program's.
   */
  readonly report?: (error: unknown) => void;
}

/** Is told of every datagram that passes a driver. What it throws is reported, as what a listener throws. */
export interface Tap<Event> {
  /**
   * One was heard: told before anything that the engine made of it leaves or is delivered.
   * @param events what the engine made of it; none where it wanted nothing of it.
   */
  received(datagram: Datagram, events: readonly Event[]): void;
  /** One was handed to the channel, which may yet be unable to send it. */
  sent(outgoing: Outgoing): void;
}

/**
 * The only place where an engine meets a network: runs the engine's turns, sends what they queued, delivers what
 * they emitted, and keeps one timer armed at `engine.wakeAt`.
 */
export class Driver<Event> {
  /** Costs nothing while it is `undefined`. */
  tap: Tap<Event> | undefined;
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #engine: Engine<Event>;
  readonly #options: DriverOptions<Event>;
  readonly #channel: Channel;
  readonly #undelivered: Event[] = [];
  #delivering = false;
  #disarm: () => void = () => {};
  #armedFor: Instant = Number.POSITIVE_INFINITY;
  /** It is not woken before. */
  #restsUntil: Instant = Number.NEGATIVE_INFINITY;
  #closed: Promise<void> | undefined;

  constructor(network: Network, engine: Engine<Event>, options: DriverOptions<Event>) {
    this.#network = network;
    this.#clock = network.clock;
    this.#engine = engine;
    this.#options = options;
    this.#channel = network.open(engine.binding, {
      datagram: (datagram) => this.#receive(datagram),
      links: (links, resumed) => this.#relink(links, resumed),
      fault: (fault) => this.#tell(fault),
    });
  }

  /** As `Channel.ready`. */
  get ready(): Promise<void> {
    return this.#channel.ready;
  }

  /**
   * Runs one step of the engine now. When it throws, what it sent and emitted until then takes place all the same,
   * for the engine's state has changed already; then the error is thrown. After `close()` steps still run, but nothing
   * leaves and nothing is delivered.
   */
  turn<T>(step: (turn: Turn<Event>) => T): T {
    const turn = new OpenTurn<Event>(this.#clock);
    try {
      return step(turn);
    } finally {
      this.#settle(turn, undefined);
    }
  }

  /** Stops waking the engine, lets sent datagrams leave, closes the channel. Idempotent. */
  close(): Promise<void> {
    this.#disarm();
    this.#closed ??= this.#channel.close();
    return this.#closed;
  }

  /** As `turn`, of a datagram: what is done most often is done without a function of its own. */
  #hear(datagram: Datagram): void {
    const turn = new OpenTurn<Event>(this.#clock);
    try {
      this.#engine.receive(datagram, turn);
    } finally {
      this.#settle(turn, datagram);
    }
  }

  /** Lets the effects of a turn, which `heard` may have begun, take place. Never throws. */
  #settle({ sends, events }: OpenTurn<Event>, heard: Datagram | undefined): void {
    if (this.#closed !== undefined) return;
    if (heard && this.tap) this.#tapReceived(heard, events);
    if (sends)
      for (const outgoing of sends) {
        this.#channel.send(outgoing);
        if (this.tap) this.#tapSent(outgoing);
      }
    this.#arm();
    if (events) this.#deliver(events);
  }

  #arm(): void {
    if (this.#closed !== undefined) return;
    const at = Math.max(this.#engine.wakeAt, this.#restsUntil);
    if (at === this.#armedFor) return;
    this.#disarm();
    this.#armedFor = at;
    this.#disarm = at === Number.POSITIVE_INFINITY ? () => {} : this.#clock.at(at, () => this.#wake());
  }

  #wake(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#disarm = () => {};
    try {
      this.turn((turn) => this.#engine.wake(turn));
    } catch (cause) {
      this.#restsUntil = this.#clock.now() + PAUSE_AFTER_FAULT;
      this.#arm();
      this.#fail("the engine failed at a deadline", undefined, cause);
    }
  }

  #receive(datagram: Datagram): void {
    try {
      if (this.#engine.wants?.(datagram.bytes) === false) {
        if (this.tap) this.#tapReceived(datagram, undefined);
        return;
      }
      this.#hear(datagram);
    } catch (cause) {
      this.#fail("a datagram could not be processed and was dropped", datagram.link.id, cause);
    }
  }

  #tapReceived(datagram: Datagram, events: readonly Event[] | undefined): void {
    try {
      this.tap?.received(datagram, events ?? []);
    } catch (error) {
      this.#report(error);
    }
  }

  #tapSent(outgoing: Outgoing): void {
    try {
      this.tap?.sent(outgoing);
    } catch (error) {
      this.#report(error);
    }
  }

  #relink(links: readonly BoundLink[], resumed: boolean): void {
    try {
      this.turn((turn) => this.#engine.relink(links, resumed, turn));
    } catch (cause) {
      this.#fail("the engine failed at a change of links", undefined, cause);
    }
  }

  /** Engines do not throw at what strangers send. Should one do it all the same, that is told. */
  #fail(message: string, link: string | undefined, cause: unknown): void {
    const error = new NetworkError("ENGINE_FAULT", message, { cause });
    this.#tell({ link, error });
    this.#network.report?.(error);
  }

  /** A listener may start a turn of its own: its events are delivered after those of the turn being delivered. */
  #deliver(events: readonly Event[]): void {
    for (const event of events) this.#undelivered.push(event);
    if (this.#delivering) return;
    this.#delivering = true;
    const errors: unknown[] = [];
    while (this.#undelivered.length > 0) {
      for (const event of this.#undelivered.splice(0)) {
        if (this.#closed !== undefined) break; // A listener closed us.
        try {
          this.#options.deliver(event);
        } catch (error) {
          errors.push(error);
        }
      }
    }
    this.#delivering = false;
    for (const error of errors) this.#report(error);
  }

  #tell(fault: Fault): void {
    if (this.#closed !== undefined) return;
    try {
      this.#options.fault?.(fault);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    try {
      if (this.#options.report) this.#options.report(error);
      else if (this.#network.report) this.#network.report(error);
      else throwUncaught(error);
    } catch (another) {
      throwUncaught(another);
    }
  }
}

/** Most turns only look at a datagram and drop it: nothing is allocated for what they do not do. */
class OpenTurn<Event> implements Turn<Event> {
  readonly now: Instant;
  sends: Outgoing[] | undefined;
  events: Event[] | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.now = clock.now();
    this.#clock = clock;
  }

  date(): Date {
    return this.#clock.wall();
  }

  send(outgoing: Outgoing): void {
    if (this.sends) this.sends.push(outgoing);
    else this.sends = [outgoing];
  }

  emit(event: Event): void {
    if (this.events) this.events.push(event);
    else this.events = [event];
  }
}

/** How long an engine that failed at a deadline is left alone, in ms, so that it cannot spin. */
const PAUSE_AFTER_FAULT = 1000;

function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
