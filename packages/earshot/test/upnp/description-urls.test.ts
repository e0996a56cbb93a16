import { describe, expect, test } from "vitest";
import { DescriptionUrls } from "../../src/upnp/description-urls.ts";
import { readDescription } from "../../src/upnp/read-description.ts";

const LOCATION = "http://192.0.2.5:8080/dir/desc.xml";
const HERE = "http://192.0.2.5:8080";

function fetched(text: string, location = LOCATION, urlBase?: string): string | undefined {
  const { url, fault } = new DescriptionUrls(location, urlBase).toFetch(text);
  return url ?? fault;
}

describe("URLs that a program uses", () => {
  test.each([
    ["control", "/dir/control"],
    ["/control", "/control"],
    ["./a/../b", "/dir/b"],
    ["../up", "/up"],
    ["?cmd=3", "/dir/desc.xml?cmd=3"],
    ["/UD/?3", "/UD/?3"],
    ["/a b.xml", "/a%20b.xml"],
    ["/ümlaut<>", "/%C3%BCmlaut%3C%3E"],
    ["\\dir\\file.xml", "/dir/file.xml"],
    ["//control/x", "/control/x"],
    ["//control", "/control"],
    ["_urn:upnp-org:serviceId:X/control", "/dir/_urn:upnp-org:serviceId:X/control"],
    ["urn:upnp-org:serviceId:X/control", "/dir/urn:upnp-org:serviceId:X/control"],
    ["uuid:1/scpd.xml", "/dir/uuid:1/scpd.xml"],
    [" /con\n trol\t", "/con%20trol"],
  ])("D8 UD-066 %j resolves to %j of the device", (text, path) => {
    expect(fetched(text)).toBe(`${HERE}${path}`);
  });

  test.each([
    ["http://192.0.2.5/x", "http://192.0.2.5/x"],
    ["HTTP://192.0.2.5:99/x", "http://192.0.2.5:99/x"],
    ["https://192.0.2.5/x", "https://192.0.2.5/x"],
    ["//192.0.2.5:81/x", "http://192.0.2.5:81/x"],
    ["http://3221225989/x", "http://192.0.2.5/x"],
    ["http:\\\\192.0.2.5\\x", "http://192.0.2.5/x"],
  ])("S-13 %j leads to the device too, on another port or scheme", (text, url) => {
    expect(fetched(text)).toBe(url);
  });

  test.each([
    "http://192.0.2.6/x",
    "http://169.254.169.254/latest/meta-data",
    "http://127.0.0.1:6379/",
    "http://2130706433/",
    "http://router/reboot",
    "http://192.0.2.5.example/",
    "//192.0.2.6/x",
    "//attacker.example/x",
    "http://[::ffff:192.0.2.6]/",
    "/\\192.0.2.6/x",
  ])("S-12 S-13 %j leads to another host and is not used", (text) => {
    expect(fetched(text)).toBe("FOREIGN_URL");
  });

  test.each([
    "file:///etc/passwd",
    "ftp://192.0.2.5/x",
    "ldap://192.0.2.5/x",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "\\\\attacker\\share",
    "http://user:pass@192.0.2.5/",
    "http://192.0.2.5:0/",
    "http://192.0.2.5:99999/",
    "http://",
    "gopher://192.0.2.5:6379/_x",
  ])("S-12 %j is no URL to use", (text) => {
    expect(fetched(text)).toBe("UNUSABLE_URL");
  });

  test("S-13 over IPv6 the host is compared as an address, without its zone", () => {
    const location = "http://[fe80::1%25eth0]:80/d.xml";
    expect(fetched("x", location)).toBe("http://[fe80::1]/x");
    expect(fetched("http://[fe80:0::1%eth0]:81/x", location)).toBe("http://[fe80::1]:81/x");
    expect(fetched("http://[fe80::2]/x", location)).toBe("FOREIGN_URL");
    expect(fetched("http://[::ffff:192.0.2.5]/x")).toBe("http://[::ffff:c000:205]/x");
  });

  test("a description that was read by name may name that host again, and no other", () => {
    expect(fetched("http://NAS.example:99/x", "http://nas.example/d.xml")).toBe("http://nas.example:99/x");
    expect(fetched("http://other.example/x", "http://nas.example/d.xml")).toBe("FOREIGN_URL");
    expect(fetched("http://192.0.2.5/x", "http://nas.example/d.xml")).toBe("FOREIGN_URL");
  });
});

describe("URLBase", () => {
  test.each([
    ["http://192.0.2.5:99/base/", "http://192.0.2.5:99/base/x"],
    ["http://192.0.2.5:99/base", "http://192.0.2.5:99/x"],
    ["http://192.0.2.5:99", "http://192.0.2.5:99/x"],
    ["/other/", "http://192.0.2.5:8080/other/x"],
  ])("D7 UD-064 %j is what URLs are relative to", (base, url) => {
    expect(fetched("x", LOCATION, base)).toBe(url);
    expect(new DescriptionUrls(LOCATION, base).ignoresUrlBase).toBe(false);
  });

  test.each([
    "http://192.0.2.6:8080/",
    "http://127.0.0.1/",
    "http://evil.example/",
    "file:///etc/",
    "http://",
    "javascript:1",
  ])("D7 S-14 %j leads elsewhere: URLs are relative to the LOCATION", (base) => {
    const urls = new DescriptionUrls(LOCATION, base);
    expect([urls.base, urls.ignoresUrlBase]).toEqual([LOCATION, true]);
    expect(urls.toFetch("x").url).toBe(`${HERE}/dir/x`);
  });

  test("D7 without one, URLs are relative to the LOCATION", () => {
    expect(new DescriptionUrls(LOCATION, undefined)).toMatchObject({ base: LOCATION, ignoresUrlBase: false });
  });

  test("S-14 a description whose URLBase is not used says so, and keeps its services", () => {
    const body =
      "<root><URLBase>http://192.0.2.6/</URLBase><device><serviceList><service><controlURL>c</controlURL><SCPDURL>http://192.0.2.6/s</SCPDURL></service></serviceList></device></root>";
    const description = readDescription(new TextEncoder().encode(body), {
      url: LOCATION,
      headers: new Map(),
    });
    expect(description.base).toBe(LOCATION);
    expect(description.device.services[0]).toMatchObject({ controlUrl: `${HERE}/dir/c`, scpdUrl: undefined });
    expect(description.violations).toContainEqual({ code: "URLBASE_IGNORED", detail: "http://192.0.2.6/" });
    expect(description.violations).toContainEqual({
      code: "FOREIGN_URL",
      detail: "SCPDURL http://192.0.2.6/s",
    });
  });
});

describe("URLs that a person follows", () => {
  function presentation(text: string) {
    const body = `<root><device><presentationURL>${text}</presentationURL></device></root>`;
    const { device, violations } = readDescription(new TextEncoder().encode(body), {
      url: LOCATION,
      headers: new Map(),
    });
    const said = violations.filter(({ detail }) => detail?.startsWith("presentationURL"));
    return [device.presentationUrl, ...said.map(({ code }) => code)];
  }

  test("S-43 V-90 what is no web page is not a link at all", () => {
    for (const text of [
      "\\\\attacker\\x",
      "javascript:alert(1)",
      "JAVA&#10;SCRIPT:alert(1)",
      "data:text/html,x",
      "file://attacker/x",
      "vbscript:x",
      "ms-settings://x",
      "http://bank.example@192.0.2.5/",
    ])
      expect([text, ...presentation(text)]).toEqual([text, undefined, "UNUSABLE_URL"]);
  });

  test("S-43 a page of the device is a link, relative or not", () => {
    expect(presentation("/")).toEqual([`${HERE}/`]);
    expect(presentation("index.html")).toEqual([`${HERE}/dir/index.html`]);
    expect(presentation("https://192.0.2.5/ui")).toEqual(["https://192.0.2.5/ui"]);
  });

  test("S-43 a page elsewhere is a link, with a note", () => {
    expect(presentation("http://login.example/")).toEqual(["http://login.example/", "FOREIGN_URL"]);
  });

  test("a maker's own pages are elsewhere without a note", () => {
    const body =
      "<root><device><manufacturerURL>http://maker.example</manufacturerURL><modelURL>javascript:1</modelURL></device></root>";
    const { device, violations } = readDescription(new TextEncoder().encode(body), {
      url: LOCATION,
      headers: new Map(),
    });
    expect([device.manufacturerUrl, device.modelUrl]).toEqual(["http://maker.example/", undefined]);
    expect(violations.filter(({ code }) => code.endsWith("_URL"))).toEqual([
      { code: "UNUSABLE_URL", detail: "modelURL javascript:1" },
    ]);
  });
});
