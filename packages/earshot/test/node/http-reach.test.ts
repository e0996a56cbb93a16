import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { HttpRequest } from "../../src/network/http.ts";
import { createHttpClient } from "../../src/node/http-client.ts";

const patience = { connectMs: 300, headersMs: 300, idleMs: 300, totalMs: 900 };
const client = createHttpClient((name) => name, patience);
const link = { interfaceName: "lo", address: "127.0.0.1" };

function fail(url: string, more: Partial<HttpRequest> = {}): Promise<Error & { code?: string }> {
  return client.request({ method: "GET", url, link, ...more }).then(
    ({ status }) => expect.unreachable(`answered ${status}`),
    (error) => error,
  );
}

describe("G-10 where requests never go", () => {
  test.each([
    "https://127.0.0.1/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "http://localhost/",
    "http://printer.local/",
    "http://user@127.0.0.1/",
    "http://user:secret@127.0.0.1/",
    "//127.0.0.1/x",
    "",
  ])("%s is refused", async (url) => {
    expect((await fail(url)).code).toBe("INVALID_URL");
  });

  test.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://[::1]/",
    "http://[::ffff:7f00:1]/",
    "http://169.254.169.254/latest/",
    "http://239.255.255.250/",
    "http://[ff02::c]/",
    "http://0.0.0.0/",
    "http://255.255.255.255/",
  ])("J-01 %s is not fetched over a link of the network", async (url) => {
    const eth = { interfaceName: "eth0", address: "192.168.1.5" };
    expect((await fail(url, { link: eth })).code).toBe("FORBIDDEN_HOST");
  });

  test.each([
    ["192.168.1.5/24", "http://192.168.2.9/"],
    ["192.168.1.5/24", "http://192.168.1.255/"],
    ["192.168.1.5/24", "http://8.8.8.8/"],
    ["192.168.1.5/24", "http://[fe80::1]/"],
    ["::1/128", "http://127.0.0.9/"],
    ["127.0.0.1/30", "http://127.0.0.9/"],
  ])("over a link of %s %s is not fetched from", async (own, url) => {
    const [address = "", length] = own.split("/");
    const addresses = [{ address, prefixLength: Number(length) }];
    const error = await fail(url, { link: { interfaceName: "eth9", address, addresses } });
    expect(error.code).toBe("FORBIDDEN_HOST");
    expect(error.message).toContain("not on the link of eth9");
  });

  test("a host on the link is fetched from, by any of the link's prefixes", async () => {
    const server = createServer((_request, response) => void response.end("here"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const addresses = [
      { address: "127.9.0.1", prefixLength: 24 },
      { address: "127.0.0.3", prefixLength: 29 },
    ];
    const over = { ...link, addresses };
    const response = await client.request({ method: "GET", url: `http://127.0.0.1:${port}/`, link: over });
    expect(response.status).toBe(200);
    await new Promise((resolve) => server.close(resolve));
  });
});

test("J-07 a link-local host is asked for over its zone, and the Host header has none", async () => {
  const asked: string[] = [];
  const zoned = createHttpClient((name) => {
    asked.push(name);
    return `${name}-zone`;
  }, patience);
  const link6 = { interfaceName: "eth9", address: "fe80::5" };
  const error = await zoned
    .request({ method: "GET", url: "http://[fe80::1%25wlan0]:8200/d.xml", link: link6 })
    .then(
      () => expect.unreachable("nobody is there"),
      (failure: Error) => failure,
    );
  expect(asked).toEqual(["eth9"]);
  expect(error.message).toContain("fe80::1%eth9-zone:8200");
});
