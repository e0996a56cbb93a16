/** What keeps things from being heard, and what to do about it. */
import { diagnose } from "earshot";

const { isWell, findings } = await diagnose();
for (const { level, subject, says, advice } of findings) {
  console.log(level, subject, says);
  if (advice !== undefined) console.log("  ->", advice);
}
console.log(isWell ? "no problem was found" : "something keeps devices from being heard");
