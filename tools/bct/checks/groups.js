import { changes } from "./changes.js";
import { conflicts } from "./conflicts.js";
import { network } from "./network.js";
import { probing } from "./probing.js";
import { replies } from "./replies.js";

/** All checks. Each works on a laboratory of its own and tells it what it found. */
export const GROUPS = { probing, conflicts, replies, changes, network };

/** Which rows each check tells about, besides those that look at every packet. */
export const CHECKS = [
  { group: "replies", check: "shared", rows: ["B-26", "B-27"] },
  { group: "replies", check: "several", rows: ["B-30"] },
  { group: "network", check: "alone", rows: ["B-52"] },
  { group: "conflicts", check: "hotPlug", rows: ["B-36"] },
  { group: "replies", check: "unique", rows: ["B-24", "B-25", "B-43"] },
  { group: "probing", check: "hostDenials", rows: ["B-12", "B-13", "B-14"] },
  { group: "probing", check: "serviceDenials", rows: ["B-19"] },
  { group: "conflicts", check: "mixedCase", rows: ["B-43"] },
  { group: "conflicts", check: "host", rows: ["B-20", "B-21", "B-23"] },
  { group: "conflicts", check: "service", rows: ["B-22", "B-23"] },
  { group: "replies", check: "suppression", rows: ["B-28", "B-29", "B-31", "B-32", "B-43"] },
  { group: "probing", check: "undisturbed", rows: ["B-10", "B-14", "B-16", "B-17", "B-18", "B-19"] },
  { group: "probing", check: "tieBreaks", rows: ["B-11", "B-14", "B-19"] },
  { group: "probing", check: "wins", rows: ["B-15", "B-16", "B-17", "B-19"] },
  { group: "replies", check: "aggregation", rows: ["B-33"] },
  { group: "changes", check: "rename", rows: ["B-34", "B-35"] },
  { group: "network", check: "unicast", rows: ["B-50", "B-51"] },
];
