/**
 * Does what a new user does first: `npm start`. A device that is announced meanwhile must be shown, and Ctrl-C must end it.
 * To be run where nobody else is heard: scripts/on-a-quiet-link.sh node scripts/check-start.js
 */
import { fileURLToPath } from "node:url";
import { Child } from "./child.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const bin = "packages/earshot/bin/earshot.js";
const usn = "uuid:0d5a9c1e-3f64-4a0b-8f5e-6a7b1c2d3e4f::urn:schemas-example-org:device:Start:1";

const started = new Child("npm", ["start"], { cwd: root });
const server = new Child(
  process.execPath,
  [bin, "ssdp", "serve", usn, "--location", "http://{address}:80/"],
  { cwd: root },
);
await started.prints(/Start:1/, 60_000);

started.interrupt();
const code = await started.ends(3000);
server.interrupt();
await server.ends(3000);
console.log(`npm start shows what is announced, and Ctrl-C ends it (exit code ${code})`);
