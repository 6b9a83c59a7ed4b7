import { defineConfig } from "vitest/config";

const browser = "test/e2e/**/*.test.ts";
const never = ["**/node_modules/**", "**/.next/**", "tools/planted-faults/**"];
const usual = {
  pool: "forks",
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // What is waited for takes a moment on a machine that is busy.
  expect: { poll: { timeout: 15_000 } },
} as const;

export default defineConfig({
  test: {
    globalSetup: ["test/postgres-server.ts"],
    projects: [
      {
        extends: true,
        test: {
          ...usual,
          name: "code",
          include: ["{apps,packages,tools,test}/**/*.test.ts"],
          exclude: [...never, browser],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // A browser, a server and a painter fill two cores: one story at a time, when the rest has ended.
      { extends: true, test: { ...usual, name: "browser", include: [browser], maxWorkers: 1, testTimeout: 120_000, sequence: { groupOrder: 1 } } },
    ],
  },
});
