import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:topology`: what needs an engine of Docker, one deployment after the other. */
export default defineConfig({
  root: fileURLToPath(new URL("../../", import.meta.url)),
  test: {
    include: ["test/topology/**/*.topology.ts"],
    globalSetup: ["test/topology/setup.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    bail: 0,
  },
});
