import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:topology`: what needs an engine of Docker. */
export default defineConfig({
  root: fileURLToPath(new URL("../../", import.meta.url)),
  test: {
    include: ["test/topology/**/*.topology.ts"],
    globalSetup: ["test/topology/setup.ts"],
    pool: "forks",
    // Most of the time is spent on waiting for somebody to be healthy.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
