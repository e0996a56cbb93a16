import { describe, expect, test } from "vitest";
import type { HttpHandler, HttpRequest, HttpServerRequest } from "../../src/network/index.ts";
import { type Host, Lan } from "../../src/testing/index.ts";
import { bytesOf, textOf } from "./kit.ts";

const hello: HttpHandler = () => ({
  status: 200,
  headers: [["Content-Type", "text/plain"]],
  body: bytesOf("hello"),
});

async function scene(handler: HttpHandler = hello) {
  const lan = new Lan({ seed: 1, latencyMs: [1, 1] });
  const [server, client] = [lan.addHost("server"), lan.addHost("client")];
  const listening = await server.listen(handler, linkOf(server, 4));
  const link = linkOf(client, 4);
  const url = `http://10.0.0.1:${listening.port}/description.xml?x=1`;
  const get = (changes: Partial<HttpRequest> = {}) =>
    client.http.request({ method: "GET", url, link, ...changes });
  return { lan, server, client, listening, url, get };
}

function linkOf(host: Host, family: 4 | 6) {
  return host.links.find((link) => link.family === family) ?? expect.unreachable();
}

describe("HTTP on the LAN", () => {
  test("a request comes in as it was made, and the answer as it was given, four passages later", async () => {
    const seen: HttpServerRequest[] = [];
    const { lan, get, url } = await scene((request) => {
      seen.push(request);
      return {
        status: 201,
        headers: [
          ["X-Seen", "a"],
          ["x-seen", "b"],
        ],
        body: bytesOf("made"),
      };
    });
    const headers = [
      ["USER-AGENT", "test"],
      ["Accept", "a"],
      ["accept", "b"],
    ] as const;
    const response = await lan.until(get({ method: "POST", body: bytesOf("body"), headers }));
    expect(lan.now).toBe(4);
    expect(seen).toMatchObject([{ method: "POST", path: "/description.xml?x=1", remoteAddress: "10.0.0.2" }]);
    expect(Object.fromEntries(seen[0]?.headers ?? [])).toMatchObject({
      host: new URL(url).host,
      "user-agent": "test",
      accept: "a, b",
      "content-length": "4",
    });
    expect(textOf(seen[0]?.body ?? new Uint8Array())).toBe("body");
    expect(response.status).toBe(201);
    expect(Object.fromEntries(response.headers)).toEqual({ "x-seen": "a, b", "content-length": "4" });
    expect(textOf(response.body)).toBe("made");
  });

  test("F-17 it goes to link-local IPv6 addresses too", async () => {
    const { lan, server, client } = await scene();
    const listening = await server.listen(hello, linkOf(server, 6));
    const url = `http://[fe80::1]:${listening.port}/`;
    const response = client.http.request({ method: "GET", url, link: linkOf(client, 6) });
    expect(textOf((await lan.until(response)).body)).toBe("hello");
  });

  test("a HEAD has no body", async () => {
    const { lan, get } = await scene();
    expect((await lan.until(get({ method: "HEAD" }))).body).toHaveLength(0);
  });

  test("nobody at the port, or none any more: refused at once", async () => {
    const { lan, get, listening } = await scene();
    await expect(lan.until(get({ url: "http://10.0.0.1:7/" }))).rejects.toMatchObject({
      code: "CONNECT_FAILED",
    });
    await listening.close();
    await listening.close();
    await expect(lan.until(get())).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    expect(lan.now).toBeLessThan(10);
  });

  test("nobody at the address, a partition, an unplugged or sleeping server: no connection after 3 s", async () => {
    for (const trouble of ["nobody", "partition", "unplugged", "asleep"]) {
      const { lan, get, server, client, url } = await scene();
      if (trouble === "partition") lan.weather.partition(server, client);
      if (trouble === "unplugged") lan.weather.unplug(server);
      if (trouble === "asleep") lan.weather.sleep(server, 60_000);
      const request = get({ url: trouble === "nobody" ? "http://10.0.77.7/" : url });
      await expect(lan.until(request)).rejects.toMatchObject({ code: "CONNECT_FAILED" });
      expect(lan.now).toBe(3003);
    }
  });

  test("an unplugged client and an address off-link fail at once", async () => {
    const { lan, get, client } = await scene();
    const url = "http://192.168.7.7/";
    await expect(lan.until(get({ url }))).rejects.toMatchObject({ code: "FORBIDDEN_HOST" });
    const { interfaceName, address } = linkOf(client, 4);
    await expect(lan.until(get({ url, link: { interfaceName, address } }))).rejects.toMatchObject({
      code: "CONNECT_FAILED",
    });
    lan.weather.unplug(client);
    await expect(lan.until(get())).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    expect(lan.now).toBe(0);
  });

  test.each([
    ["https://10.0.0.1/", "INVALID_URL"],
    ["http://printer.local/", "INVALID_URL"],
    ["nonsense", "INVALID_URL"],
    ["http://127.0.0.1/", "FORBIDDEN_HOST"],
    ["http://239.255.255.250/", "FORBIDDEN_HOST"],
  ])("%s is refused with %s", async (url, code) => {
    const { lan, get } = await scene();
    await expect(lan.until(get({ url }))).rejects.toMatchObject({ code });
  });

  test("an answer that does not come, or cannot come back, is a time-out", async () => {
    const silent = await scene(() => new Promise(() => {}));
    await expect(silent.lan.until(silent.get())).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(silent.lan.now).toBe(5003);
    const cut = await scene();
    const request = cut.get();
    cut.lan.advance(3);
    cut.lan.weather.partition(cut.server, cut.client);
    await expect(cut.lan.until(request)).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  test("a body larger than was asked for is refused, and a large request answered 413", async () => {
    const { lan, get } = await scene();
    await expect(lan.until(get({ maxBodyBytes: 4 }))).rejects.toMatchObject({ code: "BODY_TOO_LONG" });
    expect((await lan.until(get({ maxBodyBytes: 5 }))).status).toBe(200);
    expect((await lan.until(get({ method: "POST", body: new Uint8Array(300_000) }))).status).toBe(413);
  });

  test("a request can be called off, before and while it is made", async () => {
    const { lan, get } = await scene();
    await expect(lan.until(get({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: "ABORTED" });
    const controller = new AbortController();
    const request = get({ signal: controller.signal });
    lan.advance(2);
    controller.abort();
    await expect(lan.until(request)).rejects.toMatchObject({ code: "ABORTED" });
    expect(lan.now).toBe(2);
    lan.advance(60_000);
  });

  test("a handler that throws answers 500, and the test is told", async () => {
    const { lan, get } = await scene(() => {
      throw new Error("no such page");
    });
    const request = get();
    await expect(lan.until(request)).rejects.toThrow(/uncaught on server at 3 ms: Error: no such page/);
    expect((await lan.until(request)).status).toBe(500);
  });

  test("a server that crashes while it works loses the connection", async () => {
    let answer = (): void => {};
    const { lan, get, server } = await scene(
      () =>
        new Promise((resolve) => {
          answer = () => resolve({ status: 200 });
        }),
    );
    const request = get();
    lan.advance(10);
    lan.weather.crash(server);
    answer();
    await expect(lan.until(request)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });

  test("a stalled server answers late, a held one when it is released", async () => {
    const { lan, get, server } = await scene();
    lan.weather.stall(server, 1000);
    await lan.until(get());
    expect(lan.now).toBe(1001);
    lan.weather.hold(server);
    const held = get();
    lan.advance(1000);
    lan.weather.release(server);
    expect((await lan.until(held)).status).toBe(200);
    expect(lan.now).toBe(2002);
  });

  test("listening needs an address that the host has", async () => {
    const { client, server } = await scene();
    await expect(client.listen(hello, linkOf(server, 4))).rejects.toMatchObject({ code: "LINK_GONE" });
  });
});
