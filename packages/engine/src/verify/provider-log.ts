import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";
import type { Violation } from "./violation.ts";

/**
 * A line of a provider's own log, as the simulator writes it: a request arrived (`submitted`), a job was made of it (`accepted`),
 * it costs (`billed`; with a note if there is nothing to fetch), its bytes were taken (`fetched`). `client_id` is our output.
 */
export const ProviderEntry = z.object({ what: z.string(), client_id: z.string().nullable(), note: z.string().optional() });
export type ProviderEntry = z.infer<typeof ProviderEntry>;

interface Figures {
  submitted: number;
  accepted: number;
  billed: number;
  fetched: number;
  empty: number;
}

const BATCH = 10_000;
const SHOWN = 20;

const rules = {
  stranger: "every job of the provider is of an output of ours",
  asked: "no output is submitted more often than it was attempted",
  billed: "no output is billed twice",
  lost: "what was billed was fetched, or written off by an operator",
} as const;
type Rule = keyof typeof rules;

/** I6: our attempts and verdicts beside what the provider itself saw. `checked`: how many outputs it speaks of. */
export async function verifyProviderLog(db: Runner, entries: Iterable<ProviderEntry>): Promise<{ violations: Violation[]; checked: number }> {
  const seen = tally(entries);
  const found = new Map<Rule, Record<string, unknown>[]>();
  const note = (rule: Rule, row: Record<string, unknown>): void => void found.set(rule, [...(found.get(rule) ?? []), row]);
  const ours = [...seen].filter(([id]) => z.uuid().safeParse(id).success);
  for (const [id, figures] of seen) if (figures.accepted > 0 && !z.uuid().safeParse(id).success) note("stranger", { client_id: id, ...figures });
  for (let at = 0; at < ours.length; at += BATCH) {
    const page = ours.slice(at, at + BATCH);
    const column = (name: keyof Figures): number[] => page.map(([, figures]) => figures[name]);
    const values = [page.map(([id]) => id), column("submitted"), column("accepted"), column("billed"), column("fetched"), column("empty")];
    for (const { rule, ...row } of await db.rows(compare, values)) note(rule, row);
  }
  const violations = [...found].map(([rule, rows]) => ({ invariant: "I6", rule: rules[rule], count: rows.length, rows: rows.slice(0, SHOWN) }));
  return { violations, checked: seen.size };
}

function tally(entries: Iterable<ProviderEntry>): Map<string, Figures> {
  const seen = new Map<string, Figures>();
  for (const { what, client_id, note } of entries) {
    const id = client_id ?? "";
    const figures = seen.get(id) ?? { submitted: 0, accepted: 0, billed: 0, fetched: 0, empty: 0 };
    seen.set(id, figures);
    if (what === "submitted" || what === "accepted" || what === "billed" || what === "fetched") figures[what] += 1;
    if (what === "billed" && note !== undefined) figures.empty += 1;
  }
  return seen;
}

// A result that could not be used was taken, or tried to be, and was not worth keeping.
const compare = statement(
  "verify.i6.compare",
  z.object({
    rule: z.enum(Object.keys(rules) as [Rule, ...Rule[]]),
    output_id: z.string(),
    state: z.string().nullable(),
    attempts: z.number(),
    submitted: z.number(),
    accepted: z.number(),
    billed: z.number(),
    fetched: z.number(),
  }),
  `with seen as (
     select s.*, o.state, o.error ->> 'code' as code, (select count(*) from attempts a where a.output_id = s.output_id)::int as attempts
     from unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[]) as s (output_id, submitted, accepted, billed, fetched, empty)
     left join outputs o on o.id = s.output_id
   )
   select r.rule, s.output_id, s.state, s.attempts, s.submitted, s.accepted, s.billed, s.fetched
   from seen s, lateral (values
     ('stranger', s.state is null and s.accepted > 0),
     ('asked', s.state is not null and s.submitted > s.attempts),
     ('billed', s.billed > 1),
     ('lost', s.billed > s.empty and s.fetched = 0 and s.state in ('refused', 'failed') and s.code is distinct from 'result_unusable')) as r (rule, broken)
   where r.broken order by s.output_id`,
);
