import { describe, expect, test } from "vitest";
import { type Dialect, encodeSearch, groupHost, type SearchFields } from "../../src/ssdp/dialect.ts";
import { message } from "./corpus.ts";

const search: SearchFields = {
  dialect: "1.1",
  host: "239.255.255.250:1900",
  target: "upnp:rootdevice",
  mx: 3,
  userAgent: "Linux/6.1 UPnP/1.1 earshot/0.1.0",
};

const HOST = "HOST: 239.255.255.250:1900";
const refused = expect.objectContaining({ name: "UsageError", code: "INVALID_HEADER" });

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

describe("searches, byte for byte", () => {
  const lines = ["M-SEARCH * HTTP/1.1", HOST, 'MAN: "ssdp:discover"', "MX: 3", "ST: upnp:rootdevice"];
  const agent = "USER-AGENT: Linux/6.1 UPnP/1.1 earshot/0.1.0";

  test.each<Dialect>(["1.0", "1.1", "both"])("UD-039 of UDA %s", (dialect) => {
    expect(text(encodeSearch({ ...search, dialect }))).toBe(message(...lines, agent));
  });

  test("UD-040 UD-041 of UDA 2.0, with all it may have", () => {
    const bytes = encodeSearch({
      ...search,
      dialect: "2.0",
      friendlyName: "Küche",
      uuid: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
      tcpPort: 49_152,
      extraHeaders: [["X.EXAMPLE.COM", "1"]],
    });
    expect(text(bytes)).toBe(
      message(
        ...lines,
        agent,
        "TCPPORT.UPNP.ORG: 49152",
        "CPFN.UPNP.ORG: Küche",
        "CPUUID.UPNP.ORG: f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "X.EXAMPLE.COM: 1",
      ),
    );
  });

  test("UD-040 UDA 2.0 is not spoken without a friendly name", () => {
    expect(() => encodeSearch({ ...search, dialect: "2.0" })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });

  test("of the draft, in its own spelling", () => {
    const bytes = encodeSearch({
      ...search,
      dialect: "ietf",
      userAgent: undefined,
      searchId: "uuid:1",
      target: "ge:fridge",
    });
    expect(text(bytes)).toBe(
      message(
        "M-SEARCH * HTTP/1.1",
        "Host: 239.255.255.250:1900",
        'Man: "ssdp:discover"',
        "MX: 3",
        "ST: ge:fridge",
        "S: uuid:1",
      ),
    );
  });

  test("UD-045 to one host, without MX", () => {
    const bytes = encodeSearch({
      dialect: "1.1",
      host: groupHost("192.168.1.5", 49_153),
      target: "ssdp:all",
    });
    expect(text(bytes)).toBe(
      message("M-SEARCH * HTTP/1.1", "HOST: 192.168.1.5:49153", 'MAN: "ssdp:discover"', "ST: ssdp:all"),
    );
  });

  test("MX is a whole number from 1 to 120, TCPPORT one from 49152 to 65535", () => {
    for (const mx of [0, -1, 1.5, 121, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => encodeSearch({ ...search, mx })).toThrow(refused);
    }
    for (const tcpPort of [1900, 49_151, 65_536])
      expect(() => encodeSearch({ ...search, tcpPort })).toThrow(refused);
  });
});

describe("HOST", () => {
  test.each([
    ["239.255.255.250", 1900, "239.255.255.250:1900"],
    ["ff02::c", 1900, "[FF02::C]:1900"],
    ["ff05::c", 1900, "[FF05::C]:1900"],
    ["FF05:0:0:0:0:0:0:C", 1900, "[FF05::C]:1900"],
    ["fe80::1", 49_152, "[fe80::1]:49152"],
    ["fe80::1%eth0", 1900, "[fe80::1]:1900"],
    ["ff02::c%2", 1900, "[FF02::C]:1900"],
    ["2001:DB8:0:0::A", 1900, "[2001:db8::a]:1900"],
    ["192.168.0.255", 1337, "192.168.0.255:1337"],
  ])("UD-016 UD-128 S29 quirk: of %s and %i it is %s", (address, port, host) => {
    expect(groupHost(address, port)).toBe(host);
  });
});
