import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { describeWithPeers } from "./lab/require.ts";
import { execute } from "./lab/running.ts";

const tester = fileURLToPath(new URL("../../../../tools/bct/main.js", import.meta.url));

interface Card {
  readonly row: string;
  readonly verdict: "pass" | "warn" | "fail";
  readonly families: Readonly<Record<string, string>>;
  readonly said: string;
}

/**
 * Every row of the scripted conformance tester against this checkout, IPv4 and IPv6. It asks less often, and is left alone
 * for shorter, than `npm run bct`: how the delays of shared answers spread is proven there, and in virtual time.
 */
describeWithPeers("the conformance tester against earshot", ["tshark"], () => {
  let cards: readonly Card[] = [];

  beforeAll(async () => {
    const words = [tester, "earshot", "--quick", "--json", "--at-once", "8"];
    // It ends with 1 when there is a warning: the tests below say which.
    const { stdout, stderr } = await execute(process.execPath, words, { ms: 400_000 });
    expect(stdout, stderr).toMatch(/^\[/);
    cards = JSON.parse(stdout)[0].cards;
  }, 420_000);

  test.each([
    ["B-10", "the host name is probed for first"],
    ["B-11", "a lost tie-break costs a second, and not the name"],
    ["B-12", "each of seventeen denials is heeded, and no denied name comes back"],
    ["B-13", "after fifteen denials within ten seconds each further probe waits for five"],
    ["B-14", "probes keep their distance"],
    ["B-15", "a tie-break that is won changes nothing"],
    ["B-16", "three probes, and then the announcement, each 250 ms after the last"],
    ["B-17", "the address is announced twice, a second apart"],
    ["B-18", "the service name is probed for and announced without delay"],
    ["B-19", "a service name passes what a host name passes"],
    ["B-20", "an address that another host announces is probed about and defended"],
    ["B-21", "when that is denied, another name is probed for and announced"],
    ["B-22", "so with a service"],
    ["B-23", "so all in all"],
    ["B-24", "a unique record is answered within 10 ms"],
    ["B-25", "with true data, the additional records and the cache-flush bit, by its type and by ANY"],
    ["B-26", "a shared one within 20 to 125 ms"],
    ["B-27", "with delays that spread over all of that"],
    ["B-28", "a known answer is not given, an old one is"],
    ["B-29", "nor one that follows in a second message"],
    ["B-30", "so with several questions"],
    ["B-31", "so with thirty-two questions and four known answers"],
    ["B-32", "so with thirty-two questions whose known answers follow"],
    ["B-33", "two queries in a row get one message"],
    ["B-34", "a name that is changed by hand: goodbye, three probes for exactly the new one"],
    ["B-35", "and its announcement"],
    ["B-36", "after ten seconds without a link: probes, tie-breaks, denials and conflicts as at first"],
    ["B-37", "no record stands twice in a packet"],
    ["B-38", "no answer lacks the additional records"],
    ["B-39", "host names are made of legal characters"],
    ["B-40", "no unique record lacks the cache-flush bit"],
    ["B-41", "no proposed record has it"],
    ["B-42", "no shared record has it"],
    ["B-43", "letter case makes no difference to conflicts, questions and known answers"],
    ["B-50", "the service's target and port accept connections"],
    ["B-51", "no cache-flush bit in answers to plain resolvers"],
    ["B-52", "nothing is said by a device that is left alone"],
    ["B-53", "every packet leaves with a TTL of 255, as captured"],
    ["B-54", "no record stands twice in phase III either"],
    ["B-55", "nor lack additional records there"],
  ])("%s %s", (row) => {
    const card = cards.find((each) => each.row === row);
    expect(card, card?.said).toMatchObject({ verdict: "pass", families: { 4: "pass", 6: "pass" } });
  });
});
