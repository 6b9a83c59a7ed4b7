/** Rules across the files of a deployment, which no schema knows. */
import { readDeployment } from "./deployment.ts";
import type { DeployFile, DeployFinding } from "./finding.ts";
import { groupEntries, oneRegion, plans, references, services } from "./rules/blueprint.ts";
import { bounded, gone, healthy, pinned, privileges, root } from "./rules/confinement.ts";
import { older } from "./rules/older-compose.ts";
import { machine, openAtRender, plainPassage, published } from "./rules/ports.ts";
import { dangling, oneQueue, reachable, redisThere, routes, waits } from "./rules/reach.ts";
import { migrations, sessions, single } from "./rules/roles.ts";
import type { Rule } from "./rules/rule.ts";
import { inFiles, missing, missingAtRender, unexplained } from "./rules/secrets.ts";
import { cors, evicting, evictingAtRender, openBuckets } from "./rules/stores.ts";
import { vercel } from "./rules/vercel.ts";

export type { DeployFile, DeployFinding } from "./finding.ts";
export { renderPlans } from "./rules/blueprint.ts";

const rules: readonly Rule[] = [
  published,
  plainPassage,
  openAtRender,
  machine,
  reachable,
  redisThere,
  oneQueue,
  dangling,
  waits,
  routes,
  single,
  sessions,
  migrations,
  missing,
  missingAtRender,
  unexplained,
  inFiles,
  pinned,
  gone,
  root,
  privileges,
  healthy,
  bounded,
  evicting,
  evictingAtRender,
  openBuckets,
  cors,
  plans,
  references,
  groupEntries,
  services,
  oneRegion,
  older,
  vercel,
];

/** What is wrong, file by file; empty where nothing is. A folder is one installation. */
export function checkDeployment(files: readonly DeployFile[]): readonly DeployFinding[] {
  const deployment = readDeployment(files);
  const found = [...deployment.unreadable, ...rules.flatMap((rule) => rule(deployment))];
  const order = new Map(files.map(({ path }, index) => [path, index]));
  return found.toSorted((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0));
}

/** Whether there is anything to check among these. */
export function isDeployment(files: readonly DeployFile[]): boolean {
  const { composes, blueprints, documents, unreadable } = readDeployment(files);
  return composes.length + blueprints.length + unreadable.length > 0 || documents.some(({ path }) => path.endsWith("vercel.json"));
}
