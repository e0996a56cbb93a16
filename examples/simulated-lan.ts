/** A network that is not there: test your own program without sockets, without waiting, and with the same result each time. */
import { strict as assert } from "node:assert";
import { Earshot } from "earshot";
import { Lan } from "earshot/testing";

const type = "urn:schemas-example-org:device:Lamp:1";
const lan = new Lan({ seed: 42, loss: 0.1, latencyMs: [1, 5] });
await using lamp = new Earshot({ network: lan.addHost("lamp") });
await using phone = new Earshot({ network: lan.addHost("phone") });

const light = await lan.until(lamp.advertise({ type, name: "Lamp", port: 80, path: "/lamp.xml" }));
const [found] = await lan.until(phone.find(type));
assert.equal(found?.type, type);

await lan.until(light.close());
assert.deepEqual(await lan.until(phone.find(type)), []);
console.log("found, and gone after its goodbye");
