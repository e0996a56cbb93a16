/** The first service that fits, within ten seconds. Usage: node dist/find-one.js TYPE [ADDRESS] */
import { findOne, TimeoutError } from "earshot";

const [type = "_ipp._tcp", address] = process.argv.slice(2);

try {
  const { name, addresses, port } = await findOne(type, {
    timeoutMs: 10_000,
    where: (service) => address === undefined || service.addresses.includes(address),
  });
  console.log(name, addresses.join(" "), port);
} catch (error) {
  if (!(error instanceof TimeoutError)) throw error;
  console.error(`no ${type} answered`);
  process.exitCode = 1;
}
