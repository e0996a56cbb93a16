import { expect, test } from "vitest";
import type { Observation } from "../../src/discovery/protocol.ts";
import { SsdpProtocol } from "../../src/discovery/ssdp-protocol.ts";
import { FakeNetwork, link } from "../network/fake-network.ts";

/** SSDP on a network that delivers whatever it is given at once, even amid what is being told. */
function setUp() {
  const network = new FakeNetwork([]);
  const told: string[] = [];
  let onObserved = (): void => {};
  const protocol = new SsdpProtocol(
    network,
    {},
    {
      observe: ({ kind, service }: Observation) => {
        told.push(`${kind} ${service.id}`);
        onObserved();
      },
      forget: () => told.push("forget"),
      fault: () => {},
    },
  );
  const { listener } = network.channel;
  listener?.links([link], false);
  const hear = (usn: string): void => {
    const text =
      `NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: ${usn}\r\nNTS: ssdp:alive\r\nUSN: ${usn}\r\n` +
      "LOCATION: http://192.0.2.9/\r\nCACHE-CONTROL: max-age=1800\r\nSERVER: a/1 UPnP/1.1 b/1\r\n\r\n";
    const from = { address: "192.0.2.9", port: 1900 };
    listener?.datagram({ bytes: new TextEncoder().encode(text), from, link, socket: "shared", to: "group" });
  };
  const onceObserved = (run: () => void): void => {
    onObserved = () => {
      onObserved = () => {};
      run();
    };
  };
  return { protocol, told, hear, onceObserved };
}

test("what waits to be told when listening ends is told to none who begins to listen meanwhile", () => {
  const { protocol, told, hear, onceObserved } = setUp();
  const end = protocol.browse(undefined, true);
  onceObserved(() => {
    hear("uuid:waits");
    end();
    protocol.browse(undefined, true);
    hear("uuid:new");
  });
  hear("uuid:first");
  expect(told).toEqual(["found uuid:first", "forget", "found uuid:new"]);
  hear("uuid:waits");
  expect(told.at(-1)).toBe("found uuid:waits");
});
