// Finds devices on a LAN that is not there, for ../ssdp-simulated.js: node --expose-gc find-simulated.js COUNT ANSWERS. It
// prints { found, virtualMs, seconds, cpu, heap, resident, delivered }: when in virtual time the last one was found, what it
// took in real time, the heap that it left, in bytes, while all is kept, and how many datagrams arrived.
import { Earshot } from "earshot";
import { Crowd, Driver, Lan } from "earshot/testing";

const count = Number(process.argv[2]);
const lan = new Lan({ seed: 1 });
const crowd = new Crowd({ devices: count, answers: process.argv[3] });
const driver = new Driver(lan.addHost("crowd", crowd.host), crowd, { deliver: () => {} });
await lan.until(driver.ready);
gc();
const empty = process.memoryUsage().heapUsed;
const start = performance.now();
const cpuBefore = process.cpuUsage();

const devices = new Set();
let last = 0;
const network = lan.addHost("seeker", { addresses: ["10.0.255.1/16", "fe80::ffff/64"] });
const earshot = new Earshot({ network, ssdp: { limits: { services: 4 * count, devices: 2 * count } } });
const began = lan.now;
const where = ({ udn }) => {
  if (!devices.has(udn)) last = lan.now - began;
  devices.add(udn);
  return true;
};
const browser = earshot.browse({ where });
await lan.until(browser.ready);
lan.advance(5000);

const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
gc();
const { heapUsed, rss } = process.memoryUsage();
console.log(
  JSON.stringify({
    found: devices.size,
    virtualMs: last,
    seconds,
    cpu: (user + system) / 1e6,
    heap: heapUsed - empty,
    resident: rss,
    delivered: lan.stats.delivered,
  }),
);
process.exit();
