import { styleText } from "node:util";
import { z } from "zod";
import { command } from "../command.ts";

interface Finding {
  readonly part: string;
  readonly code: string;
  readonly level: "good" | "warning" | "failure";
  readonly says: string;
  readonly cause?: string;
  readonly fix?: string;
  readonly doc: string;
}

const marks = {
  good: ["green", "ok  "],
  warning: ["yellow", "warn"],
  failure: ["red", "FAIL"],
} as const;

export const doctor = command({
  name: "doctor",
  summary: "Look at everything that is configured by doing what the product does with it: will a generation work? Exit 1 if not.",
  example: "cooly doctor",
  places: [],
  options: z.strictObject({
    topology: z
      .enum(["embedded", "managed", "vps", "hybrid"], { error: "must be embedded, managed, vps or hybrid" })
      .optional()
      .meta({ description: "Also say where the parts differ from those of this topology." }),
    roles: z
      .string()
      .regex(/^(api|relay|gen|capture|sweeper)(,(api|relay|gen|capture|sweeper))*$/, {
        error: "must be some of api, relay, gen, capture, sweeper, with commas",
      })
      .optional()
      .meta({ description: "Of a process that runs these alone, with commas: what only others need is not missed. Default: all." }),
  }),
  async run({ json, roles, ...options }, world) {
    const answer = await world.task("doctor", { ...options, ...(roles !== undefined && { roles: roles.split(",") }) });
    const findings = answer["findings"] as readonly Finding[] | undefined;
    if (!findings) {
      if (json) world.print(JSON.stringify({ error: { code: answer.code, message: answer.message } }));
      else world.complain(answer.message ?? "no");
      return answer.exit ?? 1;
    }
    const { verdict, why } = answer as unknown as { verdict: "yes" | "no"; why: string | null };
    if (json) world.print(JSON.stringify({ verdict, why, findings }));
    else for (const line of describe(findings, { verdict, why })) world.print(line);
    return verdict === "yes" ? 0 : 1;
  },
});

function describe(findings: readonly Finding[], { verdict, why }: { verdict: "yes" | "no"; why: string | null }): string[] {
  const lines = [...Map.groupBy(findings, ({ part }) => part)].flatMap(([part, some]) => ["", styleText("bold", part), ...some.flatMap(explain)]);
  const warnings = findings.filter(({ level }) => level === "warning").length;
  const beside = warnings === 0 ? "" : `, with ${warnings} warning${warnings === 1 ? "" : "s"}`;
  const end = verdict === "yes" ? styleText("green", `A generation will work: yes${beside}.`) : styleText("red", `A generation will work: no. ${why ?? ""}`);
  return [...lines.slice(1), "", end];
}

function explain({ level, says, cause, fix, doc }: Finding): string[] {
  const [color, word] = marks[level];
  const more = level === "good" ? [] : [...(cause ? [`cause  ${cause}`] : []), ...(fix ? [`fix    ${fix}`] : []), `see    ${doc}`];
  return [`  ${styleText(color, word)}  ${says}`, ...more.map((line) => styleText("dim", `        ${line}`))];
}
