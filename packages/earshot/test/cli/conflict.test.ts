import { expect, test } from "vitest";
import { Rig } from "./support.ts";

test("S-33 --json says of a service that two addresses announce it with different LOCATIONs, and of others nothing", async () => {
  const type = "urn:schemas-upnp-org:device:Television:1";
  await using rig = new Rig();
  const [end] = await rig.start(500, "browse", "--json");
  const shout = (udn: string, address: string): void => {
    const LOCATION = `http://${address}/${udn}.xml`;
    rig.shout({ NT: type, USN: `uuid:${udn}::${type}`, SERVER: "X/1 UPnP/1.1 X/1", LOCATION }, address);
  };
  shout("one", "10.0.0.66");
  await rig.pass(100);
  shout("two", "10.0.0.66");
  await rig.pass(500);
  shout("one", "10.0.0.67");
  await rig.pass(500);
  rig.io.signal("SIGINT");
  await rig.lan.until(end!);
  const told = rig.io.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ kind, service }) => [kind, service.udn, service.conflict]);
  expect(told).toEqual([
    ["found", "uuid:one", undefined],
    ["found", "uuid:two", undefined],
    ["updated", "uuid:one", true],
  ]);
});
