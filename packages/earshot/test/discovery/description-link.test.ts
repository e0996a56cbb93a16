import { describe, expect, test } from "vitest";
import { DescriptionLink } from "../../src/discovery/description-link.ts";
import type { Describer, Description, Edition, Outcome, Source } from "../../src/upnp/index.ts";
import { link } from "../upnp/fetching.ts";

interface Followed {
  readonly key: string;
  outcome: Outcome | undefined;
  isStopped: boolean;
  readonly heard: Edition[];
  tell(outcome: Outcome): void;
}

/** A link over a describer that knows what the test says. */
function setUp(known: Readonly<Record<string, Outcome>> = {}) {
  const followed: Followed[] = [];
  const follow: Describer["follow"] = ({ key }, tell) => {
    const each: Followed = {
      key,
      outcome: known[key],
      isStopped: false,
      heard: [],
      tell: (outcome) => {
        each.outcome = outcome;
        tell(outcome);
      },
    };
    followed.push(each);
    return {
      get outcome() {
        return each.outcome;
      },
      hear: (edition) => void each.heard.push(edition),
      stop: () => {
        each.isStopped = true;
      },
    };
  };
  const tells: (string | undefined)[] = [];
  const tested = new DescriptionLink({ follow } as Describer, () => void tells.push(nameOf(tested.outcome)));
  const open = () => followed.filter(({ isStopped }) => !isStopped).map(({ key }) => key);
  return { tested, followed, tells, open };
}

function nameOf(outcome: Outcome | undefined): string | undefined {
  return outcome?.description?.url ?? outcome?.undescribed;
}

const read = (url: string): Outcome => ({ description: { url } as Description });
const failed = (undescribed: string): Outcome => ({ undescribed });

function sourcesOf(keys: string, edition: Edition = { bootId: 1, configId: 1 }): Source[] {
  return [...keys].map((key) => ({
    key,
    target: { url: `http://10.0.0.1/${key}`, from: "10.0.0.1", link },
    edition,
    unsolicited: false,
    isGuess: false,
  }));
}

describe("the link of a service to its description", () => {
  test("follows the first place, and no other while that may be read", () => {
    const { tested, followed, tells, open } = setUp();
    tested.aim({ sources: sourcesOf("ab") });
    expect([open(), tested.outcome]).toEqual([["a"], undefined]);
    followed[0]?.tell(read("A"));
    expect([open(), tells]).toEqual([["a"], ["A"]]);
  });

  test("tries the next place when one failed, tells when all have, and lets the others go when one was read", () => {
    const { tested, followed, tells, open } = setUp();
    tested.aim({ sources: sourcesOf("abc") });
    followed[0]?.tell(failed("no A"));
    expect([open(), tells]).toEqual([["a", "b"], []]);
    followed[1]?.tell(failed("no B"));
    followed[2]?.tell(failed("no C"));
    expect([open(), tells]).toEqual([["a", "b", "c"], ["no A"]]);
    followed[1]?.tell(read("B"));
    expect([open(), tells]).toEqual([["b"], ["no A", "B"]]);
    followed[0]?.tell(read("late A"));
    expect(nameOf(tested.outcome)).toBe("B");
  });

  test("tries at most four places", () => {
    const { tested, followed } = setUp();
    tested.aim({ sources: sourcesOf("abcdef") });
    for (let i = 0; i < 6; i++) followed[i]?.tell(failed("no"));
    expect(followed.map(({ key }) => key)).toEqual(["a", "b", "c", "d"]);
  });

  test("stays with the same places, in whatever order they come, and hands on what is another edition", () => {
    const { tested, followed } = setUp();
    tested.aim({ sources: sourcesOf("ab") });
    tested.aim({ sources: sourcesOf("ba") });
    tested.aim({ sources: sourcesOf("ab", { bootId: 2, configId: 1 }) });
    tested.aim({ sources: sourcesOf("ab", { bootId: 2, configId: 1 }) });
    expect(followed).toHaveLength(1);
    expect(followed[0]?.heard).toEqual([{ bootId: 2, configId: 1 }]);
  });

  test("goes to other places, lets the former go, and keeps what is known until there is something new", () => {
    const { tested, followed, tells, open } = setUp();
    tested.aim({ sources: sourcesOf("a") });
    followed[0]?.tell(read("A"));
    tested.aim({ sources: sourcesOf("b") });
    expect([open(), nameOf(tested.outcome)]).toEqual([["b"], "A"]);
    followed[1]?.tell(failed("no B"));
    expect([nameOf(tested.outcome), tells]).toEqual(["no B", ["A", "no B"]]);
  });

  test("goes to a place that was read already without telling: who aimed it looks", () => {
    const { tested, tells } = setUp({ b: read("B") });
    tested.aim({ sources: sourcesOf("b") });
    expect([nameOf(tested.outcome), tells]).toEqual(["B", []]);
  });

  test("with no place is known not to be had, and follows nothing", () => {
    const { tested, followed, open } = setUp();
    tested.aim({ sources: sourcesOf("a") });
    followed[0]?.tell(read("A"));
    tested.aim({ undescribed: "gone" });
    expect([open(), nameOf(tested.outcome)]).toEqual([[], "gone"]);
  });

  test("that gave up waiting takes a description all the same; one that stopped takes nothing", () => {
    const { tested, followed, tells, open } = setUp();
    tested.aim({ sources: sourcesOf("a") });
    tested.giveUp("too late");
    expect(nameOf(tested.outcome)).toBe("too late");
    followed[0]?.tell(read("A"));
    tested.giveUp("too late");
    expect(nameOf(tested.outcome)).toBe("A");
    tested.stop();
    followed[0]?.tell(read("A2"));
    expect([open(), tells]).toEqual([[], ["A"]]);
  });
});
