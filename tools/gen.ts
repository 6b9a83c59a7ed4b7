/** Writes what is made from schemas; `--check` only says whether it is as committed. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync, existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { renderEnvironmentExample, renderEnvironmentPage, renderTopologyPage } from "@cooly/topology";
import { failures } from "@cooly/contract";
import { help } from "../apps/cli/src/help.ts";
import { commands } from "../apps/cli/src/commands/index.ts";
import { renderMetricsPage } from "../apps/server/src/metrics/list.ts";
import { renderChooseChart, renderChoosePage } from "./pages/choose.ts";
import { deployFiles, goldenTopologies } from "./pages/deploy.ts";
import { guideDrawings, guidePages } from "./pages/guides.ts";
import { renderHttpApi } from "./pages/http-api.ts";
import { renderStatements } from "./pages/statements.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const files: Record<string, () => string> = {
  "docs/reference/environment.md": renderEnvironmentPage,
  ".env.example": renderEnvironmentExample,
  "docs/operate/choose.md": renderChoosePage,
  "docs/operate/choose.svg": renderChooseChart,
  ...guideDrawings,
  ...guidePages,
  "docs/reference/http-api.md": renderHttpApi,
  "docs/reference/statements.md": renderStatements,
  "docs/reference/metrics.md": renderMetricsPage,
  "docs/reference/topology.md": renderTopologyPage,
  ...goldenTopologies,
  ...Object.fromEntries(deployFiles.map(({ path, text }) => [path, () => text])),
  "docs/reference/cli.md": () =>
    `# cooly, the operator's tool\n\nMade from the commands' schemas; do not edit by hand. Exit codes: 0 good, 1 the answer is no, 2 wrong use, 78 a mistake in the environment.\n\n${commands.map((command) => `## ${command.name}\n\n\`\`\`\n${help(command)}\n\`\`\``).join("\n\n")}\n`,
  "docs/reference/failures.md": () =>
    `# Failures\n\nMade from \`packages/contract/src/failures.ts\`; do not edit by hand. Every problem body has one of these as its \`code\`.\n\n${Object.entries(
      failures,
    )
      .map(
        ([code, { status, retry, say }]) =>
          `## ${code}\n\n${status}. ${say} ${retry === "safe" ? "Trying again is safe." : "Trying the same again will not help."}`,
      )
      .join("\n\n")}\n`,
};

const programs = new Set(deployFiles.filter(({ executable }) => executable).map(({ path }) => path));
const isStale = ([path, render]: readonly [string, () => string]): boolean =>
  !existsSync(root + path) || readFileSync(root + path, "utf8") !== render() || (programs.has(path) && (statSync(root + path).mode & 0o100) === 0);

const check = process.argv.includes("--check");
const stale = Object.entries(files).filter(isStale);
for (const [path, render] of stale) {
  console.log(`${check ? "differs from its source" : "wrote"}: ${path}`);
  if (check) continue;
  mkdirSync(dirname(root + path), { recursive: true });
  writeFileSync(root + path, render());
  if (programs.has(path)) chmodSync(root + path, 0o755);
}
if (check && stale.length > 0) {
  console.log("run: npm run gen");
  process.exitCode = 1;
}
if (!check) {
  const { writeSchema } = await import("./schema-write.ts");
  await writeSchema(`${root}packages/engine/schema.sql`);
  console.log("wrote: packages/engine/schema.sql");
}
