/** The first device that fits, within ten seconds. Usage: node dist/find-one.js TYPE [ADDRESS] */
import { findOne, TimeoutError } from "earshot";

const [type = "upnp:rootdevice", address] = process.argv.slice(2);

try {
  const device = await findOne(type, {
    timeoutMs: 10_000,
    where: (service) => address === undefined || service.addresses.includes(address),
  });
  console.log(device.usn, device.location);
} catch (error) {
  if (!(error instanceof TimeoutError)) throw error;
  console.error(`no ${type} answered`);
  process.exitCode = 1;
}
