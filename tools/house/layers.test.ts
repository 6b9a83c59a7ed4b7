/** A rule that has never failed is not known to work: every layer rule meets a fault planted for it, and finds nothing else. */
import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** For each rule: a file that breaks it, and what it imports. */
const faults: Record<string, { readonly file: string; readonly imports: string }> = {
  "no-circle": { file: "packages/engine/src/ring/one.ts", imports: "./two.ts" },
  "contract-is-ground": { file: "packages/contract/src/fault.ts", imports: "../../topology/src/index.ts" },
  "topology-is-ground": { file: "packages/topology/src/fault.ts", imports: "../../contract/src/index.ts" },
  "ground-is-pure": { file: "packages/contract/src/impure.ts", imports: "node:fs" },
  "engine-knows-no-vendor": { file: "packages/engine/src/fault.ts", imports: "../../drivers/src/queue/one/index.ts" },
  "engine-deps": { file: "packages/engine/src/dependency.ts", imports: "express" },
  "drivers-see-ports-only": { file: "packages/drivers/src/queue/one/fault.ts", imports: "../../../../engine/src/db/index.ts" },
  "drivers-are-strangers": { file: "packages/drivers/src/queue/two/fault.ts", imports: "../one/index.ts" },
  "vendors-live-in-drivers": { file: "apps/server/src/api/vendor.ts", imports: "stripe" },
  "frontend-sees-contract-only": { file: "apps/frontend/src/fault.ts", imports: "../../../packages/topology/src/index.ts" },
  "planner-stands-alone": { file: "packages/topology/src/plan/fault.ts", imports: "../index.ts" },
  "cli-has-no-database": { file: "apps/cli/src/fault.ts", imports: "../../../packages/engine/src/index.ts" },
  "vendors-are-named-once": { file: "apps/server/src/api/fault.ts", imports: "../../../../packages/drivers/src/queue/one/index.ts" },
  "roles-are-strangers": { file: "apps/server/src/workers/one/fault.ts", imports: "../two/index.ts" },
  "ledger-writes-alone": { file: "packages/engine/src/generations/fault.ts", imports: "../ledger/inside.ts" },
  "ledger-is-low": { file: "packages/engine/src/ledger/high.ts", imports: "../accounts/index.ts" },
  "ports-are-types": { file: "packages/engine/src/ports/fault.ts", imports: "../db/index.ts" },
};

const ground = [
  "packages/contract/src/index.ts",
  "packages/topology/src/index.ts",
  "packages/topology/src/plan/index.ts",
  "packages/engine/src/index.ts",
  "packages/engine/src/db/index.ts",
  "packages/engine/src/accounts/index.ts",
  "packages/engine/src/ledger/inside.ts",
  "packages/drivers/src/queue/one/index.ts",
  "apps/server/src/workers/two/index.ts",
];

/** What looks like a fault and is none. */
const allowed = [
  { file: "apps/frontend/src/planner.ts", imports: "../../../packages/topology/src/plan/index.ts" },
  { file: "apps/frontend/src/promise.ts", imports: "../../../packages/contract/src/index.ts" },
];

const unlike = ["no-orphan"];

let house: string;
beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), "cooly-layers-"));
  await symlink(join(root, "node_modules"), join(house, "node_modules"));
  await mkdir(join(house, "tools"));
  await cp(join(root, "tools/layers.cjs"), join(house, "tools/layers.cjs"));
  await cp(join(root, "tsconfig.json"), join(house, "tsconfig.json"));
  await writeFile(join(house, "package.json"), '{"type":"module","dependencies":{"express":"*"}}');
  // A vendor that the engine's neighbours could install.
  await write("apps/server/node_modules/stripe/package.json", '{"name":"stripe","version":"1.0.0","main":"index.js"}');
  await write("apps/server/node_modules/stripe/index.js", "module.exports = {};\n");
  for (const file of ground) await write(file, "export type Word = string;\n");
  await write("packages/engine/src/ring/two.ts", 'import type { Word } from "./one.ts";\nexport type Two = Word;\n');
  for (const { file, imports } of allowed) await write(file, `import type * as Fine from "${imports}";\nexport type Word = typeof Fine;\n`);
  await write("packages/engine/src/lonely.ts", "export const alone = 1;\n");
  for (const { file, imports } of Object.values(faults)) await write(file, `import type * as Fault from "${imports}";\nexport type Word = typeof Fault;\n`);
});
afterAll(() => rm(house, { recursive: true, force: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(house, file)), { recursive: true });
  await writeFile(join(house, file), text);
}

test("every layer rule finds the fault planted for it, imports of types included", () => {
  const words = ["--config", "tools/layers.cjs", "--output-type", "json", "packages", "apps"];
  const result = spawnSync(join(root, "node_modules/.bin/depcruise"), words, { cwd: house, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const { violations } = (JSON.parse(result.stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } }).summary;
  const found = new Set(violations.map(({ rule, from }) => `${rule.name}: ${from}`));
  for (const [rule, { file }] of Object.entries(faults)) expect(found, rule).toContain(`${rule}: ${file}`);
  expect(found).toContain("no-orphan: packages/engine/src/lonely.ts");
  for (const { file } of allowed) expect([...found].filter((one) => one.endsWith(`: ${file}`))).toEqual([]);
}, 60_000);

test("every layer rule has a planted fault", () => {
  const { forbidden } = createRequire(import.meta.url)("../layers.cjs") as { forbidden: { name: string }[] };
  expect(forbidden.map(({ name }) => name).toSorted()).toEqual([...Object.keys(faults), ...unlike].toSorted());
});
