import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const sweep = runInNewContext("gc") as () => void;

/** Bytes in use on the heap and in buffers, once everything that can be is swept away. */
export function heapUsed(): number {
  sweep();
  sweep();
  const { heapUsed: used, arrayBuffers } = process.memoryUsage();
  return used + arrayBuffers;
}
