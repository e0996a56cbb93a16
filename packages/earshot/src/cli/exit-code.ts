/** What a command's exit code says. */
export const EXIT = {
  found: 0,
  nothingFound: 1,
  usage: 2,
  failed: 3,
  tooFew: 124,
} as const;

/**
 * Why a command ended: time ran out or no change came for so long; the number asked for was reached; the
 * user ended it; nobody reads its output any more.
 */
export type Ending = "time" | "quiet" | "enough" | "interrupted" | "output-closed";

/**
 * The exit code of a command that looks for things.
 * @param wanted how many were asked for, if a number was.
 */
export function exitCode(found: number, wanted: number | undefined, ending: Ending | undefined): number {
  if (ending === "output-closed") return EXIT.found;
  if (found === 0) return EXIT.nothingFound;
  const ranOut = ending === "time" || ending === "quiet" || ending === undefined;
  return wanted !== undefined && found < wanted && ranOut ? EXIT.tooFew : EXIT.found;
}
