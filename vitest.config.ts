import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

const browser = "test/e2e/**/*.test.ts";
const never = ["**/node_modules/**", "**/.next/**", "tools/planted-faults/**"];
const usual = {
  pool: "forks",
  maxWorkers: 2,
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // What is waited for takes a moment on a machine that is busy.
  expect: { poll: { timeout: 15_000 } },
} as const;

export default defineConfig({
  test: {
    globalSetup: ["test/postgres-server.ts", "test/servers/folder.ts"],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          ...usual,
          name: "code",
          include: ["{apps,bench,packages,tools,test}/**/*.test.ts"],
          exclude: [...never, browser],
        },
      },
      { extends: true, test: { ...usual, name: "browser", include: [browser], testTimeout: 120_000 } },
    ],
  },
});
