import type { Io } from "./io.ts";
import type { Session } from "./session.ts";

const PAUSE_MS = 1000;

/**
 * Calls back when the user asks to announce once more, by SIGUSR1 or the line `notify` on the standard input: at once,
 * and then at most once a second, for all requests that came meanwhile.
 * @param act gets what to add to a line about it: how many requests are one, where there are several.
 */
export function onRequest(session: Session, io: Io, act: (more: string) => void): void {
  let waiting = 0;
  let isPausing = false;
  let endPause = (): void => {};
  const serve = (): void => {
    const more = waiting > 1 ? ` (for ${waiting} requests)` : "";
    isPausing = waiting > 0;
    if (waiting === 0 || session.signal.aborted) return;
    waiting = 0;
    endPause = io.clock.at(io.clock.now() + PAUSE_MS, serve);
    act(more);
  };
  const ask = (): void => {
    waiting++;
    if (!isPausing) serve();
  };
  session.also(() => endPause());
  session.also(io.onSignal("SIGUSR1", ask));
  session.also(
    io.onLine((line) => {
      if (line.trim() === "notify") ask();
    }),
  );
}
