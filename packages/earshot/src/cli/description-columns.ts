import type { Service } from "../index.ts";
import { fieldOf } from "./fields.ts";
import type { Column } from "./table.ts";

/** The columns of a table that descriptions fill. */
export const DESCRIPTION_COLUMNS: readonly Column[] = [
  { title: "manufacturer", least: 8, most: 30 },
  { title: "model", least: 8, most: 30 },
];

/** What stands in them. Untrusted text. */
export function descriptionTexts(service: Service): string[] {
  return [fieldOf(service, "manufacturer"), fieldOf(service, "model")];
}
