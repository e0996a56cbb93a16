// Accepts connections for a device that only announces: node accept.js PORT. It says READY.
import { createServer } from "node:net";

createServer((connection) => connection.on("error", () => {}).end()).listen(
  Number(process.argv[2]),
  "::",
  () => console.log("READY"),
);
