// What the npm scripts run: any Node starts it, Node 24 does the work.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environment, findNode, hashOf, install, root, say } from "./bootstrap.mjs";
import { replaceOrSpawn, runStep } from "./process.mjs";

const [verb = "", ...args] = process.argv.slice(2);
const node = findNode();
install(node);

const studio = join(root, "apps", "frontend");
const hasStudio = existsSync(join(studio, "src/app/layout.tsx"));

switch (verb) {
  case "start":
    await buildStudio();
    await replaceOrSpawn(node, [join(root, "apps/server/src/main.ts"), "up", ...args]);
    break;
  case "test":
    await buildStudio();
    await replaceOrSpawn(node, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...args]);
    break;
  case "check":
  case "gen":
    await replaceOrSpawn(node, [join(root, `tools/${verb}.ts`), ...args]);
    break;
  case "bench":
    await replaceOrSpawn(node, [join(root, "bench/main.ts"), ...args]);
    break;
  case "format":
    await replaceOrSpawn(node, [join(root, "node_modules/oxfmt/bin/oxfmt"), "--write", "."]);
    break;
  default:
    say(`unknown verb ${verb}`);
    process.exit(2);
}

// The build knows nothing of the deployment, so it is made once for a given source.
async function buildStudio() {
  if (!hasStudio) return;
  const sources = ["apps/frontend", "packages/contract"].flatMap((folder) => sourcesIn(join(root, folder)));
  const key = hashOf([join(root, "package-lock.json"), ...sources]);
  const stamp = join(studio, ".next", ".cooly-stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  say("Building the studio ...");
  const code = await runStep(node, [join(root, "node_modules/next/dist/bin/next"), "build"], {
    cwd: studio,
    stdio: ["ignore", 2, 2],
    env: { ...environment(node), NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
  });
  if (code !== 0) process.exit(code);
  writeFileSync(stamp, key);
}

function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !["node_modules", ".next", "next-env.d.ts"].includes(name) && !/\.test\.tsx?$|tsbuildinfo$/.test(name))
    .flatMap((entry) => (entry.isDirectory() ? sourcesIn(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}
