import type { BoundLink, Datagram } from "../core/engine.ts";
import type { Network } from "../network/index.ts";
import { AnswerSearch } from "./search.ts";
import { TcpEars } from "./tcp-ears.ts";

/** What a search that is answered over TCP needs of its protocol. */
export interface TcpSearchGround {
  readonly network: Network;
  /** When the links are there. */
  readonly ready: Promise<void>;
  links(): Iterable<BoundLink>;
  /** Begins to search, with the TCP port of each link. Returns its number; `undefined` when it is too late for that. */
  begin(search: AnswerSearch, tcpPorts: ReadonlyMap<string, number>): number | undefined;
  end(id: number): void;
  hear(datagram: Datagram): void;
}

/**
 * A search that is answered over TCP. It begins once its ports are open, for it has to name them.
 * @throws UsageError `INVALID_OPTION` when the network cannot take anything over TCP.
 */
export function tcpSearch(ground: TcpSearchGround, onClosed: () => void): AnswerSearch {
  const ears = new TcpEars(ground.network, (bytes, from, { id }) => {
    const link = [...ground.links()].find((each) => each.id === id);
    if (link) ground.hear({ bytes, from, link, socket: "own", to: "host" });
  });
  let id: number | undefined;
  let isOver = false;
  const begin = async (): Promise<void> => {
    const ports = await ears.open(ground.links());
    if (isOver) return;
    id = ground.begin(search, ports);
    if (id === undefined) await search.close();
  };
  const search = new AnswerSearch(ground.ready.then(begin), () => {
    isOver = true;
    if (id !== undefined) ground.end(id);
    void ears.close();
    onClosed();
  });
  return search;
}
