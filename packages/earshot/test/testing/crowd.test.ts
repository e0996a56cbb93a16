import { describe, expect, test } from "vitest";
import { Driver } from "../../src/network/index.ts";
import { encodeMessage, parseMessage } from "../../src/ssdp/index.ts";
import { Crowd, type CrowdOptions, Lan } from "../../src/testing/index.ts";
import { Notebook, textOf } from "./kit.ts";

function scene(options: CrowdOptions) {
  const lan = new Lan({ seed: 1 });
  const crowd = new Crowd(options);
  const driver = new Driver(lan.addHost("crowd", crowd.host), crowd, { deliver: () => {} });
  const seeker = new Notebook(lan.addHost("seeker"));
  lan.advance(0);
  const search = (target: string, mx = 2): void => {
    const headers = [
      ["HOST", "239.255.255.250:1900"],
      ["MAN", '"ssdp:discover"'],
      ["MX", String(mx)],
      ["ST", target],
    ];
    seeker.say(textOf(encodeMessage("search", headers as [string, string][])), { socket: "own" });
  };
  const answers = () =>
    seeker.heard.flatMap(({ bytes, from }) => {
      const message = parseMessage(bytes);
      return message.kind === "response" ? [{ from: from.address, headers: message.headers }] : [];
    });
  return { lan, crowd, driver, seeker, search, answers };
}

const TYPE = "urn:schemas-upnp-org:device:Basic:1";

describe("a crowd", () => {
  test("answers a search for everything with three messages of each device, from its own address", () => {
    const { lan, crowd, search, answers } = scene({ devices: 700 });
    search("ssdp:all");
    lan.advance(2100);
    expect(answers()).toHaveLength(2100);
    expect(new Set(answers().map(({ from }) => from))).toEqual(
      new Set(crowd.devices.map((one) => one.addresses[4])),
    );
    expect(new Set(answers().map(({ headers }) => headers.get("USN"))).size).toBe(2100);
    for (const { from, headers } of answers()) expect(headers.get("LOCATION")).toContain(`//${from}:`);
  });

  test.each([
    ["upnp:rootdevice", 50],
    [TYPE, 50],
    ["urn:schemas-upnp-org:device:Printer:1", 0],
  ])("answers %s with %i messages", (target, count) => {
    const { lan, search, answers } = scene({ devices: 50 });
    search(target);
    lan.advance(2100);
    expect(answers()).toHaveLength(count);
  });

  test("one device answers when it is asked for by name", () => {
    const { lan, crowd, search, answers } = scene({ devices: 50 });
    search(crowd.devices[7]?.udn ?? "");
    lan.advance(2100);
    expect(answers().map(({ from }) => from)).toEqual([crowd.devices[7]?.addresses[4]]);
  });

  test("spread, the answers fill MX; as a burst they come at once", () => {
    const spread = scene({ devices: 1000 });
    spread.search("upnp:rootdevice", 5);
    spread.lan.advance(2500);
    const half = spread.answers().length;
    spread.lan.advance(2600);
    expect(spread.answers()).toHaveLength(1000);
    expect(Math.abs(half - 500)).toBeLessThan(60);
    const burst = scene({ devices: 1000, answers: "burst" });
    burst.search("upnp:rootdevice", 5);
    burst.lan.advance(3);
    expect(burst.answers()).toHaveLength(1000);
  });

  test("a search sent to one address is answered at once, from all, and nonsense not at all", () => {
    const { lan, seeker, answers } = scene({ devices: 10 });
    const to = { address: "10.0.128.1", port: 1900 };
    seeker.say(
      textOf(
        encodeMessage("search", [
          ["MAN", '"ssdp:discover"'],
          ["ST", "upnp:rootdevice"],
        ]),
      ),
      { to },
    );
    seeker.say("M-NONSENSE", { to });
    lan.advance(3);
    expect(answers()).toHaveLength(10);
  });

  test("announces and says goodbye on both families when told to", () => {
    const { lan, crowd, driver, seeker } = scene({ devices: 20, maxAgeSeconds: 60 });
    driver.turn((turn) => crowd.announce(turn, 1000));
    lan.advance(1100);
    const alive = seeker.heard.map(({ bytes }) => parseMessage(bytes));
    expect(alive).toHaveLength(20 * 3 * 2);
    for (const message of alive)
      if (message.kind === "notify") {
        expect(message.violations).toEqual([]);
        expect(message.headers.get("NTS")).toBe("ssdp:alive");
        expect(message.headers.get("CACHE-CONTROL")).toBe("max-age=60");
      } else expect.unreachable();
    driver.turn((turn) => crowd.sayGoodbye(turn));
    lan.advance(10);
    const goodbyes = seeker.heard.slice(120).map(({ bytes }) => textOf(bytes));
    expect(goodbyes).toHaveLength(120);
    for (const text of goodbyes) expect(text).toContain("NTS: ssdp:byebye");
  });

  test.each([0, 1.5, 30_001])("%d devices are refused", (devices) => {
    expect(() => new Crowd({ devices })).toThrowError(expect.objectContaining({ code: "INVALID_CROWD" }));
  });
});
