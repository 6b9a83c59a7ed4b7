import { z } from "zod";
import { statement, type Runner, type Statement } from "../db/index.ts";
import { readings, type Reading, type Rule } from "./rules.ts";
import type { Scope } from "./scope.ts";
import type { Violation } from "./violation.ts";

const SHOWN = 20;
const ROWS_MAX = 1_000;

const Offender = z.object({ broken: z.array(z.number()), account_id: z.string().nullable(), row: z.record(z.string(), z.unknown()) });

export interface Judgement {
  readonly reading: Reading;
  readonly offenders: Statement<typeof Offender>;
}

/** A rule and what breaks it in one account. */
export interface Finding {
  readonly rule: Rule;
  readonly accountId: string | null;
  readonly rows: Record<string, unknown>[];
}

/** The statements that judge the readings of these kinds; `given` names the types of what they are called with. */
export function judgements(verb: string, scope: Scope, { kinds, given = [] }: { kinds: readonly Reading["kind"][]; given?: readonly string[] }): Judgement[] {
  const known = given.length === 0 ? "" : `with given as (select ${given.map((type, index) => `$${index + 1}::${type}`).join(", ")})`;
  return readings
    .filter(({ kind }) => kinds.includes(kind))
    .map((reading) => {
      const marks = reading.rules.map(({ broken }, index) => `case when ${broken} then ${index} end`);
      const text = `${known}
        select array_remove(array[${marks.join(", ")}], null) as broken, x.account_id, to_jsonb(x) as row
        from (${reading.figures(scope)}) x
        where ${reading.rules.map(({ broken }) => `(${broken})`).join(" or ")} limit ${ROWS_MAX}`;
      return { reading, offenders: statement(`${verb}.${reading.name}`, Offender, text) };
    });
}

export async function judge(db: Runner, { reading, offenders }: Judgement, values: readonly unknown[]): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for (const { broken, account_id, row } of await db.rows(offenders, values)) {
    for (const index of broken) {
      const key = `${index} ${account_id}`;
      const finding = findings.get(key) ?? { rule: reading.rules[index]!, accountId: account_id, rows: [] };
      findings.set(key, finding);
      finding.rows.push(row);
    }
  }
  return [...findings.values()];
}

/** By rule, in their order. */
export function violationsOf(findings: readonly Finding[]): Violation[] {
  return readings
    .flatMap(({ rules }) => rules)
    .flatMap((one) => {
      const rows = findings.filter(({ rule }) => rule === one).flatMap((finding) => finding.rows);
      return rows.length === 0 ? [] : [{ invariant: one.invariant, rule: one.rule, count: rows.length, rows: rows.slice(0, SHOWN) }];
    });
}
