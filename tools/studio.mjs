// The studio's build knows nothing of the deployment, so it is made once for a given source.
import { closeSync, existsSync, openSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environment, hashOf, refuseUnderServer, root, say } from "./bootstrap.mjs";
import { exclusively } from "./file-lock.mjs";
import { run } from "./process.mjs";

const studio = join(root, "apps", "frontend");
const stamp = join(studio, ".next", ".cooly-stamp");
const MADE = /^(node_modules|\.next|next-env\.d\.ts|.*\.tsbuildinfo|.*\.test\.tsx?)$/;

/** Builds if a source or the lockfile has changed since the last time; answers the exit code. */
export async function buildStudio(node) {
  const key = studioKey();
  const isFresh = () => existsSync(stamp) && readFileSync(stamp, "utf8") === key;
  if (isFresh()) return 0;
  const work = () => (isFresh() ? 0 : build(node, key));
  return exclusively(join(root, ".tools", "studio.lock"), work, () => say("Waiting for another build of the studio to end ..."));
}

async function build(node, key) {
  refuseUnderServer("The studio has to be built anew");
  say("Building the studio ...");
  const env = { ...environment(node), NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };
  // What it says is worth reading only where it fails.
  const log = join(root, ".tools", "studio-build.log");
  const output = openSync(log, "w");
  const code = await run(node, [join(root, "node_modules/next/dist/bin/next"), "build"], { cwd: studio, stdio: ["ignore", output, output], env });
  closeSync(output);
  if (code === 0) writeFileSync(stamp, key);
  else say(readFileSync(log, "utf8"));
  return code;
}

export function studioKey() {
  const sources = ["apps/frontend", "packages/contract", "packages/topology/src/plan"].flatMap((folder) => sourcesIn(join(root, folder)));
  return hashOf([join(root, "package-lock.json"), ...sources]);
}

function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !MADE.test(name))
    .flatMap((entry) => (entry.isDirectory() ? sourcesIn(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}
