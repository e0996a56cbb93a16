/**
 * How bad it is: all is well; nothing to do, but to know; it may keep you from finding what is there; it certainly keeps
 * you from hearing or being heard somewhere.
 */
export type FindingLevel = "ok" | "note" | "warning" | "problem";

/** One thing found out. */
export interface Finding {
  readonly level: FindingLevel;
  /** What it is about: `eth0`, a link such as `eth0/4`, `port 1900`, `port 5353`, `this machine`. */
  readonly subject: string;
  /** A sentence without its full stop. Names of interfaces and programs in it are the system's. */
  readonly says: string;
  /** What to do about it, where something can be done. */
  readonly advice?: string;
}

/** What an examination of the network found. */
export interface Diagnosis {
  /** Whether nothing is a problem. */
  readonly isWell: boolean;
  readonly findings: readonly Finding[];
}
