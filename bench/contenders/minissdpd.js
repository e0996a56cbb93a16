import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Running } from "../lab/running.js";

const SUBMIT = 4;

/**
 * Starts minissdpd in the background, where it does not write a line about every datagram. It keeps what it hears and
 * answers nothing of its own: with `entry` it answers for that.
 */
export async function startMinissdpd(interfaceName, seconds, entry) {
  const folder = mkdtempSync(join(tmpdir(), "earshot-bench-"));
  try {
    const socket = join(folder, "socket");
    const pidFile = join(folder, "pid");
    const running = new Running(["minissdpd", "-s", socket, "-p", pidFile, "-i", interfaceName], { seconds });
    await running.ended;
    running.becomes(await untilNumber(pidFile));
    if (entry) await register(socket, entry);
    return running;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function untilNumber(path) {
  for (let tries = 0; tries < 200; tries++) {
    try {
      const number = Number(readFileSync(path, "utf8"));
      if (number > 1) return number;
    } catch {
      // It is not written yet.
    }
    await wait(10);
  }
  throw new Error("minissdpd did not start");
}

async function register(path, { target, usn, location }) {
  const words = [target, usn, "Linux/6.1 UPnP/1.1 minissdpd/1.6", location].map(withLength);
  await new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.end(Buffer.concat([Buffer.from([SUBMIT]), ...words])));
    socket.setTimeout(5000, () => socket.destroy(new Error("minissdpd does not answer")));
    socket.on("error", reject).on("close", resolve).resume();
  });
  await wait(100); // It does not say when it has taken it in.
}

/** Strings are preceded by their length, seven bits a byte, the most significant first. */
function withLength(text) {
  const bytes = Buffer.from(text, "latin1");
  const length = [bytes.length & 0x7f];
  for (let rest = bytes.length >> 7; rest > 0; rest >>= 7) length.unshift((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from(length), bytes]);
}
