/** A describer over a server that answers when the test says so, in virtual time. */
import { Random } from "../../src/core/random.ts";
import { Describer, loadDescriptionReader, type Source } from "../../src/upnp/describer.ts";
import type { Outcome } from "../../src/upnp/document.ts";
import { link, type Pending, pass, rig, settled } from "./fetching.ts";

await loadDescriptionReader();

export const HOST = "10.0.0.1";

export function xml(name: string): string {
  return `<root xmlns="urn:schemas-upnp-org:device-1-0"><device><friendlyName>${name}</friendlyName></device></root>`;
}

export function sourceOf(path = "d.xml", changes: Partial<Source> = {}, host = HOST): Source {
  const url = `http://${host}/${path}`;
  const edition = { bootId: 1, configId: undefined };
  return {
    key: url,
    target: { url, from: host, link },
    edition,
    unsolicited: false,
    isGuess: false,
    ...changes,
  };
}

export function setUp() {
  const { clock, http, fetcher } = rig();
  const describer = new Describer({ fetcher, clock, random: new Random(7) });
  /** Follows, and writes down what comes, as `found NAME` and `not: WHY`. */
  const follow = (source: Source) => {
    const lines: string[] = [];
    const write = ({ description, undescribed }: Outcome) =>
      void lines.push(description ? `${description.device.friendlyName}` : `not: ${undescribed}`);
    const following = describer.follow(source, write);
    return { lines, following };
  };
  const answer = async (text: string, pending: Pending | undefined = http.open[0]) => {
    await pending?.answer(200, text);
    await readAll();
  };
  const readAll = async () => {
    await loadDescriptionReader();
    await settled();
    clock.advance(clock.time); // Reading is in a turn of its own.
    await settled();
  };
  return { clock, http, fetcher, describer, follow, answer, readAll, pass: (ms: number) => pass(clock, ms) };
}
