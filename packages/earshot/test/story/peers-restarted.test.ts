import { expect, test } from "vitest";
import { Earshot } from "../../src/index.ts";
import { household } from "./household.ts";

const chain = { name: "blockchain", network: "main" };

test("F36 31 peers of one host that restarted twice in haste are all known in the end", async () => {
  const { lan, serverHost, laptop } = household({}, { server: { addresses: ["10.0.9.1/16"] } });
  const browser = laptop.browsePeers(chain);
  await lan.until(browser.ready);
  const start = async (): Promise<Earshot> => {
    const earshot = new Earshot({ network: serverHost });
    const ports = Array.from({ length: 31 }, (_, index) => 4000 + index);
    await lan.until(Promise.all(ports.map((port) => earshot.servePeer({ ...chain, port }))));
    lan.advance(3000);
    return earshot;
  };
  for (let round = 0; round < 2; round++) {
    await lan.until((await start()).close());
    lan.advance(1500);
  }
  await start();
  lan.advance(120_000);
  await lan.until(Promise.resolve());
  const ports = [...browser.peers].map(({ port }) => port).toSorted();
  expect(ports).toEqual(Array.from({ length: 31 }, (_, index) => 4000 + index));
  await lan.until(browser.close());
});
