import { describe, expect, test } from "vitest";
import { PEER, Rig } from "./rig.ts";
import { wireFormats } from "./wire-formats.ts";

const W12 = String(wireFormats.find(({ name }) => name.startsWith("W12"))?.text);
const thing = {
  root: { type: "urn:x:device:Thing:1", udn: "uuid:thing" },
  location: "http://{address}:80/",
  server: "Raspbian GNU/Linux 10",
};

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A device on port 1337 that hears one search by broadcast, and all that it then sends to the one that asked. */
function heard(text: string, options: object = { answerByNotify: true }) {
  const rig = new Rig({ port: 1337, broadcast: true, ...options });
  rig.offer(thing);
  rig.advance(5000);
  rig.sent.length = 0;
  const asked = rig.now;
  rig.hear([], { bytes: bytesOf(text), address: PEER, port: 49_999 });
  rig.advance(10_000);
  return rig.sent.map(({ to, at, message }) => ({ to, delay: at - asked, message }));
}

describe("F43 a search as simple-service-discovery-protocol sends it", () => {
  test("W12 is answered by one NOTIFY to the fixed port of the host that asked, within MX, whatever it asks for", () => {
    const answers = heard(W12);
    expect(answers).toHaveLength(1);
    const [{ to, delay, message }] = answers as [(typeof answers)[0]];
    expect(to).toEqual({ address: PEER, port: 1337 });
    expect(message.kind).toBe("notify");
    expect(message.headers.get("NTS")).toBe("ssdp:alive");
    expect(message.headers.get("HOST")).toBe(`${PEER}:1337`);
    expect(delay).toBeGreaterThan(0);
    expect(delay).toBeLessThan(4000);
    expect(Number.isInteger(delay)).toBe(false); // Of a second, not of whole ones.
  });

  test("C05 the line of the answer that its controller reads by its number is SERVER", () => {
    const rig = new Rig({ port: 1337, broadcast: true, answerByNotify: true });
    rig.offer(thing);
    rig.advance(5000);
    rig.sent.length = 0;
    rig.hear([], { bytes: bytesOf(W12), address: PEER, port: 49_999 });
    rig.advance(10_000);
    const lines = new TextDecoder().decode(rig.sent[0]?.bytes).split("\r\n");
    expect(lines[6]).toBe("SERVER: Raspbian GNU/Linux 10");
  });

  test("F44 it has the headers of UPnP 1.1 with values that hold", () => {
    const [answer] = heard(W12);
    expect(answer?.message.headers.get("BOOTID.UPNP.ORG")).toMatch(/^\d+$/);
    expect(answer?.message.headers.get("CONFIGID.UPNP.ORG")).toMatch(/^\d+$/);
  });

  test("that asks for something there is gets that", () => {
    const targets = (st: string) =>
      heard(W12.replace("ST: null", `ST: ${st}`)).map(({ message }) => message.headers.get("NT"));
    expect(targets("urn:x:device:Thing:1")).toEqual(["urn:x:device:Thing:1"]);
    expect(targets("ssdp:all")).toHaveLength(3);
  });

  test.each([
    ["a million", "1000000"],
    ["more than a number can be", "9".repeat(400)],
  ])("F43 with an MX of %s is answered within the most that is waited", (_, mx) => {
    const [answer] = heard(W12.replace("MX: 4", `MX: ${mx}`));
    expect(answer?.delay).toBeLessThan(5000);
  });

  test.each(["0", "-1", "1e9", "NaN", ""])(
    "F43 with an MX of %j is answered as with 1, and nothing throws",
    (mx) => {
      const [answer] = heard(W12.replace("MX: 4", `MX: ${mx}`));
      expect(answer?.delay).toBeLessThan(1000);
    },
  );

  test("F43 many searches wait at once, and each is answered in its own time", () => {
    const rig = new Rig({ port: 1337, broadcast: true, answerByNotify: true });
    rig.offer(thing);
    rig.advance(5000);
    rig.sent.length = 0;
    const start = rig.now;
    for (let host = 1; host <= 50; host++)
      rig.hear([], { bytes: bytesOf(W12), address: `192.168.1.${100 + host}`, port: 49_999 });
    rig.advance(10_000);
    expect(new Set(rig.sent.map(({ to }) => (to === "group" ? "" : to.address))).size).toBe(50);
    expect(Math.max(...rig.sent.map(({ at }) => at - start))).toBeLessThan(4000);
  });
});

describe("beside them", () => {
  const standard =
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1337\r\nMAN: "ssdp:discover"\r\nMX: 2\r\nST: upnp:rootdevice\r\n\r\n';

  test("C05 a standard search is answered as ever, to the port it came from", () => {
    const answers = heard(standard);
    expect(answers.map(({ to, message }) => [to, message.kind])).toEqual([
      [{ address: PEER, port: 49_999 }, "response"],
    ]);
  });

  test("a standard search for what there is not is not answered", () => {
    expect(heard(standard.replace("upnp:rootdevice", "null"))).toEqual([]);
  });

  test("without the option such a search gets nothing, and with lenient alone only what it asks for", () => {
    expect(heard(W12, {})).toEqual([]);
    expect(heard(W12, { lenient: true })).toEqual([]);
    const lenient = heard(W12.replace("ST: null", "ST: upnp:rootdevice"), { lenient: true });
    expect(lenient.map(({ message }) => message.kind)).toEqual(["response"]);
  });

  test("a hidden offer says nothing to who does not ask for it", () => {
    const rig = new Rig({ port: 1337, broadcast: true, answerByNotify: true });
    rig.offer({ ...thing, hidden: true });
    rig.hear([], { bytes: bytesOf(W12), address: PEER, port: 49_999 });
    rig.advance(10_000);
    expect(rig.sent).toEqual([]);
  });
});
