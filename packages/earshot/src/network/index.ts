export { Driver, type DriverOptions, type Tap } from "./driver.ts";
export type {
  HttpClient,
  HttpHandler,
  HttpHeaders,
  HttpRequest,
  HttpResponse,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse,
} from "./http.ts";
export type { Channel, ChannelListener, Clock, Fault, Network, TcpListener } from "./network.ts";
