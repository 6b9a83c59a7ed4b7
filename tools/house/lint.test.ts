/** A rule that has never failed is not known to work: every lint rule of ours meets a fault planted for it. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./tracked.ts";

type Setting = string | readonly [string, { readonly max?: number }?];
interface Lint {
  readonly rules: Readonly<Record<string, Setting>>;
  readonly overrides: readonly { readonly files: readonly string[]; readonly rules: Readonly<Record<string, Setting>> }[];
}
const config = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as Lint;
const enabled = Object.entries(config.rules).flatMap(([rule, setting]) => (setting === "off" || setting[0] === "off" ? [] : [rule]));
const lines = (count: number, text: (index: number) => string): string => Array.from({ length: count }, (_, index) => text(index)).join("\n");

/** Too large to keep: where they would lie, and what they would say. */
const large: Readonly<Record<string, string>> = {
  "packages/engine/src/max-lines.ts": lines(401, (index) => `export const word${index} = ${index};`),
  "packages/engine/src/max-lines-per-function.ts": `export function count(): number {\n  let sum = 0;\n${lines(70, (index) => `  sum += ${index};`)}\n  return sum;\n}\n`,
  "packages/engine/src/max-lines.test.ts": lines(601, (index) => `export const word${index} = ${index};`),
  "apps/frontend/src/max-lines-per-function.tsx": `export function Long(): number {\n  let sum = 0;\n${lines(120, (index) => `  sum += ${index};`)}\n  return sum;\n}\n`,
};

let house: string;
let found: Map<string, Set<string>>;
beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), "cooly-lint-"));
  const place = join(house, "packages/engine/src");
  mkdirSync(place, { recursive: true });
  mkdirSync(join(house, "apps/frontend/src"), { recursive: true });
  cpSync(join(root, "tools/planted-faults"), place, { recursive: true });
  for (const [file, text] of Object.entries(large)) writeFileSync(join(house, file), text);
  for (const file of [".oxlintrc.json", "tsconfig.json"]) cpSync(join(root, file), join(house, file));
  symlinkSync(join(root, "node_modules"), join(house, "node_modules"));
  const { stdout } = spawnSync(join(root, "node_modules/.bin/oxlint"), ["--type-aware", "--format", "json", "packages", "apps"], {
    cwd: house,
    encoding: "utf8",
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  found = new Map();
  for (const { filename, code } of diagnostics) found.set(filename, (found.get(filename) ?? new Set()).add(/\((.*)\)/.exec(code)![1]!));
}, 60_000);
afterAll(() => rmSync(house, { recursive: true, force: true }));

const files = [...readdirSync(join(root, "tools/planted-faults")).map((file) => `packages/engine/src/${file}`), ...Object.keys(large)];
const ruleOf = (file: string): string =>
  file
    .replace(/^.*\//, "")
    .replace(/(-other)?(\.test)?\.tsx?$/, "")
    .replace("filenameCase", "filename-case");

test.each(files)("the fault planted in %s is found, and nothing else in it", (file) => {
  expect([...(found.get(file) ?? [])]).toEqual([ruleOf(file)]);
});

test("every rule that is configured has a planted fault", () => {
  const planted = new Set(files.map(ruleOf));
  expect(enabled.map((rule) => rule.replace(/^.*\//, "")).filter((rule) => !planted.has(rule))).toEqual([]);
});

/** Files that may be larger than the rules say, and how large. Numbers here go down, and lines away; nothing is added. */
const exceptions: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "packages/drivers/src/provider/demo/painter/**": { "max-params": 4 },
  // Whole kinds of files: tests tell one story after the other, and markup is long.
  "**/*.test.ts": { "max-lines": 600, "max-lines-per-function": Infinity },
  "**/*.test.tsx": { "max-lines": 600, "max-lines-per-function": Infinity },
  "**/*.tsx": { "max-lines-per-function": 120 },
  "apps/frontend/**": { "max-params": Infinity },
  "apps/server/test/**": { "max-params": Infinity },
};

const maxOf = (setting: Setting): number =>
  setting === "off" || setting[0] === "off" ? Infinity : ((setting[1] as { max?: number } | undefined)?.max ?? Infinity);

/** Exceptions of these overrides that are not on the list, or larger than it says. */
const grown = (overrides: Lint["overrides"]): string[] =>
  overrides.flatMap(({ files: where, rules }) =>
    where.flatMap((file) =>
      Object.entries(rules)
        .filter(([rule, setting]) => rule.startsWith("max-") && maxOf(setting) > (exceptions[file]?.[rule] ?? -1))
        .map(([rule]) => `${file}: ${rule}`),
    ),
  );

test("the exceptions to the sizes do not grow", () => {
  expect(grown(config.overrides)).toEqual([]);
});

test("a planted exception is seen", () => {
  expect(grown([{ files: ["apps/server/src/main.ts"], rules: { "max-lines": ["error", { max: 500 }] } }])).toEqual(["apps/server/src/main.ts: max-lines"]);
  expect(grown([{ files: ["packages/engine/src/generations/advance.ts"], rules: { "max-lines-per-function": ["error", { max: 241 }] } }])).toHaveLength(1);
  expect(grown([{ files: ["apps/frontend/**"], rules: { "max-lines": "off" } }])).toHaveLength(1);
  expect(grown([])).toEqual([]);
});
