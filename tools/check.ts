/** `npm run check`: everything that can be said without running the product. One line a step; what failed is shown whole. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const steps: Record<string, readonly string[]> = {
  format: ["oxfmt", "--check", "."],
  lint: ["oxlint", "--type-aware"],
  layers: [
    "depcruise",
    "--config",
    "tools/layers.cjs",
    "apps/server/src",
    "apps/cli/src",
    "packages",
    ...(existsSync(`${root}apps/frontend/src`) ? ["apps/frontend/src"] : []),
  ],
  types: ["node", "node_modules/typescript-native/bin/tsc", "-p", "."],
  "types of the studio": ["node", "node_modules/typescript-native/bin/tsc", "-p", "apps/frontend"],
  lockfile: ["node", "tools/lock-complete.mjs", "--check"],
  generated: ["node", "tools/gen.ts", "--check"],
};

interface Outcome {
  readonly name: string;
  readonly code: number;
  readonly seconds: number;
  readonly said: string;
}

function run(name: string, [program, ...args]: readonly string[]): Promise<Outcome> {
  const startedMs = performance.now();
  const child = spawn(program!, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => {
    const end = (code: number, more = ""): void => resolve({ name, code, said: said + more, seconds: (performance.now() - startedMs) / 1000 });
    child.once("error", (error) => end(1, error.message));
    child.once("close", (code) => end(code ?? 1));
  });
}

const outcomes = await Promise.all(Object.entries(steps).map(([name, words]) => run(name, words)));
for (const { name, code, seconds } of outcomes) console.log(`${code === 0 ? "ok  " : "FAIL"} ${name.padEnd(20)} ${seconds.toFixed(1)} s`);
for (const { name, said } of outcomes.filter(({ code }) => code !== 0)) console.log(`\n--- ${name}\n${said}`);
process.exitCode = outcomes.some(({ code }) => code !== 0) ? 1 : 0;
