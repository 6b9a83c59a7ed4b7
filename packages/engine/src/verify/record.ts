import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";
import type { Finding } from "./judge.ts";

const SHOWN = 20;

const columns = (findings: readonly Finding[]): readonly unknown[] => [
  findings.map(({ rule }) => rule.invariant),
  findings.map(({ rule }) => rule.rule),
  findings.map(({ accountId }) => accountId),
  findings.map(({ rows }) => JSON.stringify(rows.slice(0, SHOWN))),
];

const Key = z.object({ rule: z.string(), account_id: z.string().nullable() });
const keyOf = ({ rule, account_id }: z.infer<typeof Key>): string => `${rule} ${account_id}`;

/** Keeps what a proof of some accounts found, and forgets what of these rules is found no more. Answers what was not known yet. */
export async function recordSome(db: Runner, findings: readonly Finding[], rulesSeenWhole: readonly string[]): Promise<Finding[]> {
  return fresh(findings, await db.rows(keepSome, [...columns(findings), rulesSeenWhole]));
}

/** Keeps what a proof of the whole books found, and nothing else. Answers what was not known yet. */
export async function recordWhole(db: Runner, findings: readonly Finding[]): Promise<Finding[]> {
  return fresh(findings, await db.rows(keepWhole, columns(findings)));
}

function fresh(findings: readonly Finding[], added: readonly z.infer<typeof Key>[]): Finding[] {
  const keys = new Set(added.map(keyOf));
  return findings.filter(({ rule, accountId }) => keys.has(keyOf({ rule: rule.rule, account_id: accountId })));
}

const found = `
  found as (select * from unnest($1::text[], $2::text[], $3::uuid[], $4::jsonb[]) as f (invariant, rule, account_id, rows)),
  kept as (
    update broken_rules b set rows = f.rows from found f where b.rule = f.rule and b.account_id is not distinct from f.account_id
  )`;
const add = `
  insert into broken_rules (invariant, rule, account_id, rows) select invariant, rule, account_id, rows from found
  on conflict (rule, account_id) do nothing returning rule, account_id`;

const keepSome = statement(
  "prove.keep_some",
  Key,
  `with ${found}, mended as (
     delete from broken_rules b where b.rule = any($5::text[])
       and not exists (select from found f where f.rule = b.rule and f.account_id is not distinct from b.account_id)
   ) ${add}`,
);

const keepWhole = statement(
  "prove.keep_whole",
  Key,
  `with ${found}, mended as (
     delete from broken_rules b where not exists (select from found f where f.rule = b.rule and f.account_id is not distinct from b.account_id)
   ), noted as (
     update whole_proofs set proven_at = clock_timestamp(), due_at = clock_timestamp() + interval '24 hours'
   ) ${add}`,
);
