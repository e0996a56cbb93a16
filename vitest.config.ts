import { defineConfig } from "vitest/config";

const root = "packages/earshot/test";

/**
 * Four suites. `pure` needs nothing; `loopback` uses real sockets on lo, and programs of the tool chain; `slow` takes
 * minutes; `interop` needs Linux, root (or user namespaces) and real peers.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          isolate: false,
          include: [`${root}/**/*.test.ts`, "scripts/*.test.js", "tools/**/*.test.js"],
          exclude: [`${root}/{wire,node,cli}/**`, `${root}/**/*.{loopback,slow}.test.ts`],
        },
      },
      {
        test: {
          name: "loopback",
          include: [`${root}/{node,cli}/**/*.test.ts`, `${root}/**/*.loopback.test.ts`],
          exclude: [`${root}/**/*.slow.test.ts`],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "slow",
          include: [`${root}/**/*.slow.test.ts`],
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "interop",
          include: [`${root}/wire/*.interop.test.ts`],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
