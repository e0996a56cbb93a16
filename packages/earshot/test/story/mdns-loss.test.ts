import { expect, test } from "vitest";
import { askingInTheory, foundByAsking, foundByListening, leastBy, listeningInTheory } from "./mdns-loss.ts";
import { IPP, office, printerAndLaptop } from "./printers.ts";

/** Few, for a look in between; thousands are in the slow suite. */
const TRIALS = 100;

test("T-20 with a loss of 30 % a browser finds as many as its queries can find", async () => {
  const times = await foundByAsking({ loss: 0.3, trials: TRIALS, seed: 7 });
  for (const [ms, queries] of [
    [1500, 2],
    [15_500, 5],
    [63_500, 7],
  ] as const) {
    const share = times.filter((at) => at <= ms).length / TRIALS;
    expect(share, `${ms} ms`).toBeGreaterThanOrEqual(leastBy(askingInTheory(0.3, queries), TRIALS));
  }
});

test("T-21 with a loss of 30 % who only listens hears as many as three announcements can tell", async () => {
  const { length } = await foundByListening({ loss: 0.3, trials: TRIALS, seed: 7 }, 3);
  expect(length / TRIALS).toBeGreaterThanOrEqual(leastBy(listeningInTheory(0.3, 3), TRIALS));
});

test("T-21 a new service is announced three times if nothing else was chosen, a second and two apart", async () => {
  const { lan, printer } = printerAndLaptop({}, { printer: { addresses: ["10.0.0.1/16"] } });
  const capture = lan.capture();
  await lan.until(printer.advertise(office));
  lan.advance(60_000);
  const times = capture.datagrams.filter(({ bytes }) => (bytes[2] ?? 0) >= 0x80).map(({ at }) => at);
  const [first = 0] = times;
  expect(times.map((at) => Math.round(at - first))).toEqual([0, 1000, 3000]);
  expect(IPP).toBe(office.type);
});
