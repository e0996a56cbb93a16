/** 2020-01-01 in seconds of the calendar. No program of ours ever began to announce before. */
const EPOCH_SECONDS = 1_577_836_800;
const SECONDS_A_DAY = 86_400;

/**
 * BOOTID of a device that begins to announce now (UDA 1.1 §1.2.2): seconds since 2020, so that it is higher at every
 * start though nothing is stored, and its 31 bits last until 2088. A clock that was never set says a small number, lower
 * than any that comes once it is set. Where the clock was set back meanwhile, BOOTID goes back too; it is another one
 * all the same, which is what receivers look for.
 */
export function bootIdAt(date: Date): number {
  const seconds = Math.floor(date.getTime() / 1000);
  const sinceEpoch = seconds - EPOCH_SECONDS;
  return sinceEpoch >= 0 ? sinceEpoch % 0x8000_0000 : Math.max(0, seconds) % SECONDS_A_DAY;
}
