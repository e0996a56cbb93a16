import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkPublishedType,
  isServiceType,
  parseServiceType,
  ServiceType,
  serviceTypeIn,
  splitInstanceName,
} from "../../src/dns-sd/service-type.ts";
import { Name } from "../../src/mdns/name.ts";

function read(text: string): string {
  const { type, subtypes, domain } = parseServiceType(text);
  return [type, domain, ...subtypes].join(" ");
}

describe("what a type is written like", () => {
  test("A63-005 it is an application over tcp, or over udp, which is all the rest", () => {
    expect(read("_ipp._tcp")).toBe("_ipp._tcp local");
    expect(read("_ntp._udp")).toBe("_ntp._udp local");
    expect(isServiceType("_x._sctp")).toBe(false);
    const { type } = parseServiceType("_ipp._tcp");
    expect([type.application, type.transport]).toEqual(["ipp", "tcp"]);
  });

  test("M42 a domain, a trailing dot, .local twice and capitals make no difference", () => {
    for (const text of ["_ipp._tcp.local", "_ipp._tcp.local.", "_ipp._tcp.", "_IPP._TCP.LOCAL.local."])
      expect(read(text)).toBe("_ipp._tcp local");
  });

  test("M18 what RFC 6335 forbids can be browsed for: underscores, length, digits, and a dot before it", () => {
    expect(read("_my_app._tcp")).toBe("_my_app._tcp local");
    expect(read("_a-name-of-more-than-fifteen._udp")).toBe("_a-name-of-more-than-fifteen._udp local");
    expect(read("._http._tcp")).toBe("_http._tcp local");
    expect(read("_123._tcp")).toBe("_123._tcp local");
  });

  test("A63-031 subtypes stand before it or behind it", () => {
    expect(read("_universal._sub._ipp._tcp")).toBe("_ipp._tcp local _universal");
    expect(read("_ipp._tcp,_universal,_print")).toBe("_ipp._tcp local _universal _print");
    expect(read("_a._sub._ipp._tcp.local,_b,_A")).toBe("_ipp._tcp local _a _b");
    const { type } = parseServiceType("_ipp._tcp");
    expect(type.subtypeName("_universal").toString()).toBe("_universal._sub._ipp._tcp.local");
  });

  test("A63-032 a subtype is any text of 1 to 63 bytes, dots and commas included", () => {
    const { subtypes } = parseServiceType("_ipp._tcp,a\\.b\\,c,Ünï");
    expect(subtypes).toEqual(["a.b,c", "Ünï"]);
    expect(new ServiceType("ipp", "tcp").subtypeName("a.b,c").labels[0]).toBe("a.b,c");
    expect(isServiceType(`_ipp._tcp,${"x".repeat(63)}`)).toBe(true);
    expect(isServiceType(`_ipp._tcp,${"x".repeat(64)}`)).toBe(false);
    expect(isServiceType("_ipp._tcp,")).toBe(false);
    expect(isServiceType("_ipp._tcp,a.b")).toBe(false);
  });

  test("what is no type is none: other protocols' words, half types, other domains", () => {
    const others = [
      "",
      ".",
      "_",
      "ssdp:all",
      "urn:schemas-upnp-org:device:MediaServer:1",
      "service:printer",
      "_ipp",
      "ipp._tcp",
      "_._tcp",
      "_ipp._tcp.example.com",
      "Office._ipp._tcp.local",
      `_${"x".repeat(63)}._tcp`,
      "_ipp._tcp\\",
    ];
    for (const text of others) expect([text, isServiceType(text)]).toEqual([text, false]);
    expect(() => parseServiceType("ipp")).toThrow(expect.objectContaining({ code: "INVALID_SERVICE_TYPE" }));
  });

  test("no text at all makes it throw anything but a usage error", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[_a-z.,\\0-9]{0,40}$/)),
        (text) => {
          try {
            expect(parseServiceType(text).type).toBeInstanceOf(ServiceType);
          } catch (error) {
            expect((error as { code: string }).code).toBe("INVALID_SERVICE_TYPE");
          }
        },
      ),
    );
  });

  test("what it is written as is read again", () => {
    for (const application of ["ipp", "a.b", "x\\y", "ünï"]) {
      const type = new ServiceType(application, "udp");
      expect(parseServiceType(type.toString()).type).toEqual(type);
    }
  });
});

describe("what may be published", () => {
  function verdict(text: string): string {
    try {
      checkPublishedType(parseServiceType(text).type);
      return "taken";
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  test("A63-030 a service name has 1 to 15 letters, digits and single inner hyphens, a letter among them", () => {
    const right = ["_ipp._tcp", "_a._udp", "_1a._tcp", "_a-b-c._tcp", "_abcdefghijklmno._tcp", "_HTTP._TCP"];
    for (const text of right) expect([text, verdict(text)]).toEqual([text, "taken"]);
    const wrong = [
      "_abcdefghijklmnop._tcp",
      "_123._tcp",
      "_-a._tcp",
      "_a-._tcp",
      "_a--b._tcp",
      "_a_b._tcp",
      "_a b._tcp",
      "_ä._tcp",
      "_a\\.b._tcp",
    ];
    for (const text of wrong) expect([text, verdict(text)]).toEqual([text, "INVALID_OFFER"]);
  });
});

describe("types in the names of others", () => {
  test("A63-035 what the enumeration names is a type of two labels and its domain", () => {
    const found = serviceTypeIn(Name.parse("_Printer._TCP.local"));
    expect([found?.type.toString(), found?.domain.toString()]).toEqual(["_printer._tcp", "local"]);
    for (const text of ["local", "_tcp.local", "printer._tcp.local", "_a._sub._b._tcp.local", "_b._tcp", "."])
      expect([text, serviceTypeIn(Name.parse(text))]).toEqual([text, undefined]);
  });

  test("A63-009 the name of an instance is shown without escapes", () => {
    const parts = splitInstanceName(Name.of("Dr. Lee\\s 1.5", "_ipp", "_tcp", "local"));
    expect(parts?.instance).toBe("Dr. Lee\\s 1.5");
    expect([parts?.type.toString(), parts?.domain.toString()]).toEqual(["_ipp._tcp", "local"]);
  });

  test("M30 the type is looked for from the right, so that broken names are still of their type", () => {
    expect(splitInstanceName(Name.parse("10.0.0.7._http._tcp.local"))?.instance).toBe("10.0.0.7");
    const nested = splitInstanceName(Name.of("_a", "_tcp", "_http", "_tcp", "local"));
    expect([nested?.instance, nested?.type.toString()]).toEqual(["_a._tcp", "_http._tcp"]);
    expect(splitInstanceName(Name.parse("_http._tcp.local"))).toBeUndefined();
    expect(splitInstanceName(Name.parse("office.local"))).toBeUndefined();
  });
});
