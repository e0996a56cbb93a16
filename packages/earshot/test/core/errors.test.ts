import { describe, expect, test } from "vitest";
import {
  MalformedError,
  NetworkError,
  RemoteError,
  TimeoutError,
  UsageError,
} from "../../src/core/errors.ts";

describe("errors", () => {
  test.each([
    ["UsageError", UsageError],
    ["NetworkError", NetworkError],
    ["RemoteError", RemoteError],
    ["MalformedError", MalformedError],
  ])("a %s has its name, a code to branch on, a message for people and a cause", (name, Class) => {
    const cause = new Error("EADDRINUSE");
    const error = new Class("SOME_CODE", "what went wrong", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(Class);
    expect([error.name, error.code, error.message, error.cause]).toEqual([
      name,
      "SOME_CODE",
      "what went wrong",
      cause,
    ]);
    expect(String(error)).toBe(`${name}: what went wrong`);
    expect(error.stack).toContain("errors.test");
  });

  test("an error without a cause has none", () => {
    expect("cause" in new UsageError("X", "x")).toBe(false);
  });

  test("a time-out has always the same code", () => {
    const error = new TimeoutError("nothing came", { cause: 7 });
    expect([error.name, error.code, error.message, error.cause]).toEqual([
      "TimeoutError",
      "TIMEOUT",
      "nothing came",
      7,
    ]);
  });

  test("G-81 whose fault it is can be told apart", () => {
    expect(new UsageError("X", "x")).not.toBeInstanceOf(NetworkError);
    expect(new TimeoutError("x")).not.toBeInstanceOf(RemoteError);
  });
});
