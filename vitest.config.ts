import { defineConfig } from "vitest/config";

const root = "packages/earshot/test";

/** Four suites: `pure` needs nothing, `loopback` real sockets on lo, `slow` minutes, `interop` root and real peers. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          isolate: false,
          include: [`${root}/**/*.test.ts`],
          exclude: [`${root}/wire/**`, `${root}/node/**`, `${root}/cli/**`, `${root}/**/*.slow.test.ts`],
        },
      },
      {
        test: {
          name: "loopback",
          include: [`${root}/{node,cli}/**/*.test.ts`, `${root}/wire/*.loopback.test.ts`],
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
