import { describe, expect, test } from "vitest";
import { Lan } from "../../src/testing/index.ts";
import { GATEWAY_TYPE, Peer, ROOT, Subject, search } from "./stage.ts";

/** A gateway, and a peer that asks it wrongly and then, so that silence means something, rightly. */
function answersTo(wrong: readonly string[]): { toTheWrong: number; toTheRight: number } {
  const lan = new Lan({ seed: 42 });
  const device = new Subject(lan);
  device.announce();
  const peer = new Peer(lan);
  const toTheWrong = peer.ask(wrong).length;
  return { toTheWrong, toTheRight: peer.ask(search({ ST: ROOT })).length };
}

describe("UD-052 T-05 a multicast search that is wrong in one thing gets silence, and no error", () => {
  test.each([
    ["UC-15 HTTP/1.0 in the start line", search({ ST: ROOT }, "M-SEARCH * HTTP/1.0")],
    ["UC-15 HTTP/0.9 in the start line", search({ ST: ROOT }, "M-SEARCH * HTTP/0.9")],
    ["UC-16 no version in the start line", search({ ST: ROOT }, "M-SEARCH *")],
    ["UC-17 no asterisk in the start line", search({ ST: ROOT }, "M-SEARCH HTTP/1.1")],
    ["UC-18 a path for the asterisk", search({ ST: ROOT }, "M-SEARCH /gateway.xml HTTP/1.1")],
    ["UC-18 a URL for the asterisk", search({ ST: ROOT }, "M-SEARCH http://10.0.0.1/ HTTP/1.1")],
    ["UC-18 two asterisks", search({ ST: ROOT }, "M-SEARCH ** HTTP/1.1")],
    ["UC-19 no MAN", search({ ST: ROOT, MAN: undefined })],
    ["UC-19 MAN empty", search({ ST: ROOT, MAN: "" })],
    ["UC-19 MAN with nothing between its quotes", search({ ST: ROOT, MAN: '""' })],
    ["UC-19 MAN without quotes", search({ ST: ROOT, MAN: "ssdp:discover" })],
    ["UC-19 another MAN", search({ ST: ROOT, MAN: '"ssdp:alive"' })],
    ["UC-20 UD-051 no MX", search({ ST: ROOT, MX: undefined })],
    ["UC-21 MX empty", search({ ST: ROOT, MX: "" })],
    ["UC-22 MX -1", search({ ST: ROOT, MX: "-1" })],
    ["UC-22 MX -5", search({ ST: ROOT, MX: "-5" })],
    ["UC-23 MX in words", search({ ST: ROOT, MX: "three" })],
    ["UC-23 MX 1.5", search({ ST: ROOT, MX: "1.5" })],
    ["UC-23 MX 1e3", search({ ST: ROOT, MX: "1e3" })],
    ["UC-23 MX 0x2", search({ ST: ROOT, MX: "0x2" })],
    ["UC-23 MX with a unit", search({ ST: ROOT, MX: "1s" })],
    ["UC-24 no ST", search({ ST: undefined })],
    ["UC-25 ST empty", search({ ST: "" })],
    ["UC-26 ST of no known form", search({ ST: "rootdevice" })],
    ["UC-26 ST cut off", search({ ST: "urn:schemas-upnp-org:device:" })],
    ["UC-26 ST without version", search({ ST: GATEWAY_TYPE.replace(/:2$/, "") })],
    ["UC-26 ST whose version is no number", search({ ST: GATEWAY_TYPE.replace(/2$/, "two") })],
    ["UC-26 ST whose version is 0", search({ ST: GATEWAY_TYPE.replace(/2$/, "0") })],
    ["UC-26 ST with something after it", search({ ST: `${GATEWAY_TYPE}:x` })],
    ["UC-27 the UDN of nobody", search({ ST: "uuid:00000000-0000-0000-0000-000000000000" })],
    ["UC-27 the beginning of a UDN", search({ ST: ROOT.slice(0, -1) })],
  ])("%s", (_, wrong) => {
    expect(answersTo(wrong)).toEqual({ toTheWrong: 0, toTheRight: 1 });
  });
});

describe("UD-009 what is no SSDP at all gets silence, and the next search its answer", () => {
  test.each([
    ["a GET", ["GET /gateway.xml HTTP/1.1", "HOST: 10.0.0.1"]],
    ["a 200 that carries an ST", search({}, "HTTP/1.1 200 OK")],
    ["a NOTIFY that carries an ST", search({}, "NOTIFY * HTTP/1.1")],
    ["an unknown method", search({}, "SEARCH * HTTP/1.1")],
    ["a line of text", ["hello"]],
    ["an empty line", [""]],
    ["bytes", ["\u0000\u0001\u0002\u007f\u0080"]],
  ])("%s", (_, foreign) => {
    expect(answersTo(foreign)).toEqual({ toTheWrong: 0, toTheRight: 1 });
  });
});
