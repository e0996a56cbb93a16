/** Who asks for a type and offers an instance of it himself. */
import { expect, test } from "vitest";
import { decodeMessage, TYPE } from "../../src/mdns/index.ts";
import { diary, guest, ids } from "./household.ts";
import { IPP, OFFICE, office, printerAndLaptop } from "./printers.ts";

const SPOKEN = { protocols: ["dns-sd"] } as const;
const HOUR_MS = 3_600_000;

test("A62-109 lists its own instance as known, for it does not answer itself: also hours after it said so", async () => {
  const { lan, printer } = printerAndLaptop({}, {}, SPOKEN);
  await lan.until(printer.advertise(office));
  lan.advance(3 * HOUR_MS);
  const capture = lan.capture();
  printer.browse(IPP);
  lan.advance(1000);
  const queries = capture.datagrams.flatMap(({ bytes }) => {
    const message = decodeMessage(bytes);
    return message.kind === "query" && message.questions.some(({ type }) => type === TYPE.PTR)
      ? [message]
      : [];
  });
  expect(queries).toHaveLength(2);
  for (const { answers } of queries)
    expect(answers.map(({ name, data }) => [`${name}`, data.kind === "PTR" && `${data.target}`])).toEqual([
      [`${IPP}.local`, "Office._ipp._tcp.local"],
    ]);
});

test("others do not take its questions for theirs, and do not think that its instance is gone", async () => {
  const { lan, printer, laptop } = printerAndLaptop({}, {}, SPOKEN);
  const { earshot: third } = guest(lan, "third", SPOKEN);
  const browser = laptop.browse(IPP);
  const lines = diary(browser);
  await lan.until(printer.advertise({ ...office, ttlSeconds: 20 }));
  for (let i = 0; i < 10; i++) {
    lan.advance(11_000);
    for (const other of [printer, printer, third]) {
      const asking = other.browse(IPP);
      lan.advance(900);
      await lan.until(asking.close());
    }
  }
  expect(ids(browser)).toEqual([OFFICE]);
  expect(lines).toEqual([`found ${OFFICE}`]);
});
