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
  options: z.strictObject({
    providerLog: z.string().optional().meta({ description: "The provider's own log, a file or an address (http://.../log): what it was asked and bills." }),
    objects: z
      .enum(["bytes", "sizes", "none"], { error: "must be bytes, sizes or none" })
      .default("bytes")
      .meta({ description: "What of every stored object is compared: its bytes, its size, or none." }),
  }),
  async run({ json, ...options }, world) {
    const answer = await world.task("verify", options);
    const violations = (answer["violations"] ?? []) as Violation[];
    const checked = answer["checked"] as { rules: number; objects: number; provider_outputs?: number } | undefined;
    if (!json) for (const { invariant, rule, rows } of violations) world.print([`${invariant}  ${rule}`, ...rows.map(describe), ""].join("\n"));
    const log = checked?.provider_outputs === undefined ? "" : `, ${checked.provider_outputs} outputs in the provider's log`;
    return report(world, answer, { json, words: () => [`in order: ${checked?.rules ?? 0} rules, ${checked?.objects ?? 0} objects${log}`] });
  },
});

const describe = (row: Readonly<Record<string, unknown>>): string =>
  `    ${Object.entries(row)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("   ")}`;
