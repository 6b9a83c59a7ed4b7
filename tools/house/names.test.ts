import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bannedExports, bannedInPath } from "./names.ts";
import { projectFiles, root } from "./tracked.ts";

const files = projectFiles().filter((file) => !file.startsWith("tools/planted-faults/"));
const text = (file: string): string => readFileSync(join(root, file), "utf8");

test("no file, folder or export has a name that says nothing", () => {
  expect(files.flatMap((file) => bannedInPath(file).map((part) => `${file}: ${part}`))).toEqual([]);
  const sources = files.filter((file) => /\.(ts|tsx|mjs)$/.test(file));
  expect(sources.flatMap((file) => bannedExports(text(file)).map((name) => `${file}: ${name}`))).toEqual([]);
});

test("planted names are seen, and names that only look alike are not", () => {
  expect(bannedInPath("packages/engine/src/utils/string-helpers.ts")).toEqual(["utils", "string-helpers.ts"]);
  expect(bannedInPath("apps/server/src/credit-service.ts")).toEqual(["credit-service.ts"]);
  expect(bannedInPath("packages/engine/test/accept.service.test.ts")).toEqual([]);
  const source = "export const userInfo = 1;\nexport class QueueManager {}\nexport async function loadData() {}\nexport type CreditService = string;\n";
  expect(bannedExports(source)).toEqual(["userInfo", "QueueManager", "loadData", "CreditService"]);
  expect(bannedExports("export const metadata = 1;\nexport type ServiceName = string;\nexport const information = 2;\n")).toEqual([]);
});

const workspaces = /^((apps|packages|test)\/[a-z-]+|bench)$/;

/** What was true of one machine alone. */
function strays(lockfile: string): string[] {
  const { packages } = JSON.parse(lockfile) as { packages: Record<string, { resolved?: string; link?: boolean }> };
  return Object.entries(packages).flatMap(([name, { resolved, link }]) =>
    resolved === undefined || (link === true && workspaces.test(resolved)) ? [] : [`${name}: ${resolved}`],
  );
}

test("the lockfile names no registry and no folder of somebody's machine", () => {
  expect(strays(text("package-lock.json"))).toEqual([]);
  for (const resolved of ["https://registry.example.com/pg/-/pg-8.0.0.tgz", "file:///home/ada/pg", "/home/ada/pg", "../pg"])
    expect(strays(JSON.stringify({ packages: { "node_modules/pg": { resolved, link: true } } })), resolved).toHaveLength(1);
});

const MACHINE = /(?<![\w.])(?:\/home\/[a-z]\w*\/|\/Users\/\w+\/|[A-Z]:\\Users\\)|^\s*(?:@[\w-]+:)?registry\s*=|_authToken/m;

test("no file names somebody's home or configures a registry", () => {
  const readable = files.filter((file) => !/\.(png|webp|ico|woff2)$/.test(file) && file !== "tools/house/names.test.ts");
  expect(readable.filter((file) => MACHINE.test(text(file)))).toEqual([]);
  for (const planted of ["see /home/ada/cooly/x.ts", "/Users/ada/x", "registry=https://example.com", "@ours:registry = https://example.com"])
    expect(planted).toMatch(MACHINE);
});
