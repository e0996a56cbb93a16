import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMessage } from "../../src/ssdp/message.ts";
import { answersIn } from "../../src/ssdp/tcp-messages.ts";
import { alive, byebye, response, UDN } from "./rig.ts";

const encoder = new TextEncoder();
const text = (lines: readonly string[]) => `${lines.join("\r\n")}\r\n\r\n`;

/** The USNs of the answers that come of a text. */
function usnsOf(whole: string): (string | undefined)[] {
  return answersIn(encoder.encode(whole)).map((bytes) => {
    const message = parseMessage(bytes);
    return message.kind === "response" ? message.headers.get("USN") : expect.unreachable();
  });
}

describe("UD-041 what comes over one connection", () => {
  test("is as many answers as it has heads, however their lines end, and the last may be unfinished", () => {
    const one = text(response({ USN: "uuid:1" }));
    const two = text(response({ USN: "uuid:2" })).replaceAll("\r\n", "\n");
    const three = response({ USN: "uuid:3" }).join("\r\n");
    expect(usnsOf(one + two + three)).toEqual(["uuid:1", "uuid:2", "uuid:3"]);
  });

  test("has one answer for each USN of a list", () => {
    const list = ["uuid:1::upnp:rootdevice", "uuid:1", "UUID:2::urn:x-org:device:A,B:1"];
    expect(usnsOf(text(response({ USN: list.join(", ") })))).toEqual(list);
    expect(usnsOf(text(response({ USN: list.join(",") })))).toEqual(list);
    const [bytes] = answersIn(encoder.encode(text(response({ USN: list.join(",") }))));
    const message = parseMessage(bytes ?? new Uint8Array());
    expect(message.kind === "response" && message.headers.get("LOCATION")).toContain("rootDesc.xml");
  });

  test("S-34 S-38 has no announcement, goodbye or search in it", () => {
    expect(usnsOf([alive(), byebye(), response({ USN: UDN }), ["X * HTTP/1.1"]].map(text).join(""))).toEqual([
      UDN,
    ]);
  });

  test("is 256 answers at most", () => {
    expect(usnsOf(text(response()).repeat(1000))).toHaveLength(256);
    const list = Array.from({ length: 180 }, (_, i) => `uuid:${i}`).join(",");
    expect(usnsOf(text(response({ USN: list })).repeat(5))).toHaveLength(256);
  });

  test("names its headers in any letter case, and may say one twice", () => {
    const lines = ["HTTP/1.1 200 OK", "st: a", "Usn: uuid:1,uuid:2", "X: 1", "x: 2", "Server: s"];
    expect(usnsOf(text(lines))).toEqual(["uuid:1", "uuid:2"]);
    const [bytes] = answersIn(encoder.encode(text(lines)));
    expect(new TextDecoder().decode(bytes)).toContain("X: 1\r\nServer: s\r\n");
  });

  test("may have bodies, which are passed over, whatever they say", () => {
    const bodies = ["hello", text(response({ USN: "uuid:no" })), "\r\n\r\n"];
    const whole = bodies.map(
      (body, i) => text(response({ USN: `uuid:${i}`, "Content-Length": String(body.length) })) + body,
    );
    expect(usnsOf(whole.join(""))).toEqual(["uuid:0", "uuid:1", "uuid:2"]);
    expect(
      usnsOf(`HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc${text(response({ USN: UDN }))}`),
    ).toEqual([UDN]);
  });

  test.each(["-1", "x", "1e3", "9".repeat(30)])("S-36 a length of %s is none", (length) => {
    const one = text(response({ USN: "uuid:1", "CONTENT-LENGTH": length }));
    expect(usnsOf(one + text(response({ USN: "uuid:2" })))).toEqual(["uuid:1", "uuid:2"]);
  });

  test("a body longer than what came is the end of it", () => {
    const one = text(response({ USN: "uuid:1", "CONTENT-LENGTH": "99999999" }));
    expect(usnsOf(one + text(response({ USN: "uuid:2" })))).toEqual(["uuid:1"]);
  });

  test("never makes it throw", () => {
    const piece = fc.constantFrom(
      "HTTP/1.1 200 OK",
      "\r\n",
      "\n",
      "\r",
      "USN: uuid:1, uuid:2",
      "Content-Length: 7",
      "X: \0",
      "\x01",
      ": ",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const bytes of answersIn(encoder.encode(pieces.join("")))) {
          expect(parseMessage(bytes).kind).toBe("response");
        }
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void answersIn(bytes)));
  });
});
