import { expect, test } from "vitest";
import { Steps } from "../../src/discovery/steps.ts";

/** A step that ends when told. */
function step(log: string[], name: string) {
  let end: (error?: Error) => void = () => {};
  const run = (): Promise<void> => {
    log.push(`begin ${name}`);
    return new Promise((resolve, reject) => {
      end = (error) => {
        log.push(`end ${name}`);
        if (error) reject(error);
        else resolve();
      };
    });
  };
  return { run, end: (error?: Error) => end(error) };
}

test("the first of an idle row begins at once, the others each when the one before it has ended", async () => {
  const steps = new Steps();
  const log: string[] = [];
  const [a, b, c] = [step(log, "a"), step(log, "b"), step(log, "c")];
  const [first, second] = [steps.run(a.run), steps.run(b.run)];
  expect(log).toEqual(["begin a"]);
  a.end();
  await first;
  await Promise.resolve();
  b.end();
  await second;
  await Promise.resolve();
  const third = steps.run(c.run);
  c.end();
  await third;
  expect(log).toEqual(["begin a", "end a", "begin b", "end b", "begin c", "end c"]);
});

test("one that fails fails alone", async () => {
  const steps = new Steps();
  const log: string[] = [];
  const [a, b] = [step(log, "a"), step(log, "b")];
  const results = Promise.allSettled([steps.run(a.run), steps.run(b.run)]);
  a.end(new Error("a bug"));
  while (log.length < 3) await Promise.resolve();
  b.end();
  expect((await results).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});
