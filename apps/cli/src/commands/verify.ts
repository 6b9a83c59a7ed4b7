import { z } from "zod";
import { command, report } from "../command.ts";

interface Violation {
  readonly invariant: string;
  readonly rule: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export const verify = command({
  name: "verify",
  summary: "Prove the books and the pipeline: exit 1 with the offending rows if a rule is broken.",
  example: "cooly verify --json",
  places: [],
  options: z.strictObject({}),
  async run({ json }, world) {
    const answer = await world.task("verify", {});
    const violations = (answer["violations"] ?? []) as Violation[];
    const checked = answer["checked"] as { rules: number; objects: number } | undefined;
    if (!json) for (const { invariant, rule, rows } of violations) world.print([`${invariant}  ${rule}`, ...rows.map(describe), ""].join("\n"));
    return report(world, answer, { json, words: () => [`in order: ${checked?.rules ?? 0} rules, ${checked?.objects ?? 0} objects`] });
  },
});

const describe = (row: Readonly<Record<string, unknown>>): string =>
  `    ${Object.entries(row)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("   ")}`;
