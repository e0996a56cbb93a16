import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { HttpHandler, HttpServer } from "../../src/network/http.ts";
import { serveHttp } from "../../src/node/http-server.ts";
import { platformOf } from "../../src/node/platform.ts";
import { linkAt } from "../node/support.ts";

const servers: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const echo: HttpHandler = ({ body }) => ({
  status: 200,
  body: new TextEncoder().encode(`got ${body.length}`),
});

/** Asks a server of ours on loopback, and gives all that it says until the connection ends. */
async function ask(text: string): Promise<{ head: string; body: string }> {
  const server = await serveHttp(echo, linkAt("lo", "127.0.0.1"), "lo", platformOf("linux"));
  servers.push(server);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(heard));
  });
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  return { head, body };
}

describe("our HTTP server", () => {
  test("UD-058 understands a body in chunks, and passes over what is added to them", async () => {
    const chunks = "4;name=value\r\nabcd\r\n3\r\nefg\r\n0\r\nX-Trailer: 1\r\n\r\n";
    const head =
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    expect(await ask(head + chunks)).toMatchObject({
      head: expect.stringMatching(/^HTTP\/1\.1 200 /),
      body: "got 7",
    });
  });

  test.each(["1.0", "1.1"])(
    "UD-059 answers HTTP/%s with a length, and never with chunks beside it",
    async (version) => {
      const { head, body } = await ask(
        `GET / HTTP/${version}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
      );
      expect(head).toMatch(/^HTTP\/1\.1 200 /);
      expect(head).toContain(`Content-Length: ${body.length}`);
      expect(head).not.toMatch(/transfer-encoding/i);
      expect(body).toBe("got 0");
    },
  );

  test("D-24 invites no public page onto the private network, however it asks", async () => {
    for (const method of ["OPTIONS", "GET", "POST"]) {
      const { head } = await ask(
        `${method} / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\nConnection: close\r\n` +
          "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Private-Network: true\r\n" +
          "Access-Control-Request-Local-Network: true\r\nContent-Length: 0\r\n\r\n",
      );
      expect(head, method).toMatch(/^HTTP\/1\.1 40[35] /);
      expect(head, method).not.toMatch(/access-control-|permissions-policy/i);
    }
  });
});
