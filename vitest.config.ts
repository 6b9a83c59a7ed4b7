import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{apps,packages,tools,test}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/.next/**", "tools/planted-faults/**"],
    globalSetup: ["test/postgres-server.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for takes a moment on a machine that is busy.
    expect: { poll: { timeout: 15_000 } },
  },
});
