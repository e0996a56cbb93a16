/** Devices with a description on the simulated LAN, for the stories about describing browsers. */
import type { Link } from "../../src/core/engine.ts";
import { Earshot } from "../../src/earshot.ts";
import type {
  HttpClient,
  HttpRequest,
  HttpServerRequest,
  HttpServerResponse,
  Network,
} from "../../src/network/index.ts";
import { type Host, Lan } from "../../src/testing/index.ts";
import { loadDescriptionReader } from "../../src/upnp/index.ts";
import { diary } from "./household.ts";

await loadDescriptionReader(); // It is loaded in real time, which virtual time does not wait for.

export const BASIC = "urn:schemas-upnp-org:device:Basic:1";

/** The text of a description. `inner` is XML within `device`. */
export function xmlOf(name: string, udn: string, inner = ""): string {
  return `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">
<specVersion><major>1</major><minor>1</minor></specVersion><device><deviceType>${BASIC}</deviceType>
<friendlyName>${name}</friendlyName><manufacturer>Maker</manufacturer><modelName>Model</modelName><UDN>${udn}</UDN>${inner}
</device></root>`;
}

export function page(text: string, headers: HttpServerResponse["headers"] = []): HttpServerResponse {
  return {
    status: 200,
    headers: [["Content-Type", "text/xml"], ...headers],
    body: new TextEncoder().encode(text),
  };
}

/** A host that serves what `answer` says and writes down what it was asked. */
export class Site {
  readonly asked: HttpServerRequest[] = [];
  answer: (request: HttpServerRequest) => HttpServerResponse | Promise<HttpServerResponse>;
  readonly host: Host;
  readonly #lan: Lan;
  port = 0;

  constructor(lan: Lan, host: Host, answer: Site["answer"]) {
    this.#lan = lan;
    this.host = host;
    this.answer = answer;
  }

  /** Begins to serve. */
  async open(family: 4 | 6 = 4): Promise<this> {
    const link = linkOf(this.host, family);
    const handler = (request: HttpServerRequest) => {
      this.asked.push(request);
      return this.answer(request);
    };
    const server = await this.#lan.until(this.host.listen(handler, link));
    this.port = server.port;
    return this;
  }

  get address(): string {
    return linkOf(this.host, 4).address;
  }

  /** An advertisement as a device sends it, byte by byte; without NTS it is an `ssdp:alive`. */
  notify(headers: Readonly<Record<string, string>>, from = this.address): void {
    const all = {
      HOST: "239.255.255.250:1900",
      NT: "upnp:rootdevice",
      NTS: "ssdp:alive",
      USN: "uuid:1::upnp:rootdevice",
      "CACHE-CONTROL": "max-age=1800",
      LOCATION: `http://${this.address}:${this.port}/d.xml`,
      ...headers,
    };
    const text = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#lan.inject({
      from: { address: from, port: 1900 },
      to: { address: "239.255.255.250", port: 1900 },
      bytes: new TextEncoder().encode(`NOTIFY * HTTP/1.1\r\n${text.join("")}\r\n`),
    });
  }
}

/** A LAN with a laptop whose requests are written down, and a site that serves `answer`. */
export async function scene(answer: Site["answer"] = () => page(xmlOf("Lamp", "uuid:1"))) {
  const lan = new Lan({ seed: 11, latencyMs: [1, 1] });
  const site = await new Site(lan, lan.addHost("site", { addresses: ["10.0.0.1/16"] }), answer).open();
  const host = lan.addHost("laptop", { addresses: ["10.0.0.2/16", "fe80::2/64"] });
  const spy = new SpyClient(host.http);
  const laptop = new Earshot({ network: withHttp(host, spy), protocols: ["ssdp"] });
  return { lan, site, host, spy, laptop, pass: (ms: number) => pass(lan, host, ms) };
}

/** A scene with a describing browser, open for a while. */
export async function watching(answer?: Parameters<typeof scene>[0]) {
  const set = await scene(answer);
  const browser = set.laptop.browse("ssdp:all", { describe: true });
  const lines = diary(browser);
  await set.pass(5000);
  const service = () => [...browser.services.values()][0];
  return { ...set, browser, lines, service };
}

/** Lets virtual time pass, promises included. */
export function pass(lan: Lan, host: Host, ms: number): Promise<void> {
  const { clock } = host;
  return lan.until(new Promise<void>((resolve) => void clock.at(clock.now() + ms, resolve)));
}

/** Writes down every request. */
export class SpyClient implements HttpClient {
  readonly requests: HttpRequest[] = [];
  readonly #client: HttpClient;

  constructor(client: HttpClient) {
    this.#client = client;
  }

  get urls(): string[] {
    return this.requests.map(({ url }) => url);
  }

  request(request: HttpRequest) {
    this.requests.push(request);
    return this.#client.request(request);
  }
}

/** The network of a host, but with another HTTP client. */
export function withHttp(host: Host, http: HttpClient): Network {
  return new Proxy(host, {
    get: (_, name) => {
      if (name === "http") return http;
      const value: unknown = Reflect.get(host, name, host);
      return typeof value === "function" ? value.bind(host) : value;
    },
  });
}

export function linkOf(host: Host, family: 4 | 6): Link {
  const link = host.links.find((each) => each.family === family);
  if (!link) throw new Error(`${host.name} has no link of IPv${family}`);
  return link;
}
