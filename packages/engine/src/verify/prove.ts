import { z } from "zod";
import { statement, type Database, type Runner } from "../db/index.ts";
import { verifyBooks } from "./books.ts";
import { judge, judgements, violationsOf, type Finding } from "./judge.ts";
import { recordSome } from "./record.ts";
import { readings } from "./rules.ts";
import { changed, sums } from "./scope.ts";
import type { Violation } from "./violation.ts";

export interface Proof {
  readonly accounts: number;
  readonly generations: number;
  /** What was not known to be broken before. */
  readonly violations: readonly Violation[];
  /** Whether more was waiting than one pass takes. */
  readonly more: boolean;
}

const ACCOUNTS_MAX = 200;
const EVENTS_MAX = 2_000;

const some = judgements("prove", changed, { kinds: ["streams", "history", "live"], given: ["uuid[]", "bigint[]", "bigint[]", "uuid[]"] });
const liveRules = readings.filter(({ kind }) => kind === "live").flatMap(({ rules }) => rules.map(({ rule }) => rule));

// Every look-up by its index, and planned for what is asked: a plan that is made while tables are small and kept would read them
// as a whole when they have grown.
const BEGIN = `begin isolation level repeatable read, read only;
  set local enable_seqscan = off; set local jit = off; set local plan_cache_mode = force_custom_plan`;

/**
 * Proves what changed since the last proof, of some accounts. What it costs depends on what changed, and on what is under way,
 * not on what there is. If it dies its accounts stay marked; two of them at once do the same twice, which harms nobody.
 */
export async function proveChanged(db: Database, { accounts: accountsMax = ACCOUNTS_MAX, events: eventsMax = EVENTS_MAX } = {}): Promise<Proof> {
  if (!(await db.one(isAnything, [liveRules])).found) return { accounts: 0, generations: 0, violations: [], more: false };
  const seen = await db.transaction((tx) => look(tx, accountsMax, eventsMax), { begin: BEGIN });
  const fresh = await db.transaction(async (tx) => {
    if (seen.touched.length > 0) {
      await tx.rows(advance, [JSON.stringify(seen.sums)]);
      const done = seen.touched.filter(({ reach, event_seq }) => reach === event_seq);
      await tx.rows(clear, [done.map(({ account_id }) => account_id), done.map(({ version }) => version)]);
    }
    return recordSome(tx, seen.findings, liveRules);
  });
  const more = seen.touched.length === accountsMax || seen.touched.some(({ reach, event_seq }) => reach < event_seq);
  return { accounts: seen.touched.length, generations: seen.generations, violations: violationsOf(fresh), more };
}

// An idle system pays this question.
const isAnything = statement(
  "prove.is_anything",
  z.object({ found: z.boolean() }),
  `select exists (select from unproven) or exists (select from work) or exists (select from broken_rules where rule = any($1::text[])) as found`,
);

type Touched = z.infer<typeof Touched>;
const Touched = z.object({ account_id: z.string(), version: z.string(), event_seq: z.number(), since: z.number(), reach: z.number() });

interface Seen {
  readonly touched: readonly Touched[];
  readonly generations: number;
  readonly sums: readonly object[];
  readonly findings: readonly Finding[];
}

/** All of it of one moment. */
async function look(tx: Runner, accountsMax: number, eventsMax: number): Promise<Seen> {
  const touched = await tx.rows(listTouched, [accountsMax, eventsMax]);
  const spans = [touched.map(({ account_id }) => account_id), touched.map(({ since }) => since), touched.map(({ reach }) => reach)];
  const generations = touched.length === 0 ? [] : (await tx.rows(listGenerations, spans)).map(({ generation_id }) => generation_id);
  const findings: Finding[] = [];
  for (const judgement of some) {
    if (touched.length > 0 || judgement.reading.kind === "live") findings.push(...(await judge(tx, judgement, [...spans, generations])));
  }
  const newSums = touched.length === 0 ? [] : await tx.rows(addUp, spans);
  return { touched, generations: generations.length, sums: newSums, findings };
}

// A row's place and its maker name one version of it.
const version = "a.ctid::text || ' ' || a.xmin::text";

const listTouched = statement(
  "prove.list_touched",
  Touched,
  `select u.account_id, ${version} as version, a.event_seq, coalesce(p.event_seq, 0) as since,
     least(a.event_seq, coalesce(p.event_seq, 0) + $2::bigint) as reach
   from unproven u join accounts a on a.id = u.account_id left join proofs p on p.account_id = u.account_id order by u.account_id limit $1`,
);

const listGenerations = statement(
  "prove.list_generations",
  z.object({ generation_id: z.string().nullable() }),
  `select distinct e.generation_id from ${changed.eventsOfAccounts} e where e.generation_id is not null`,
);

const figures = sums.map((name) => `coalesce(f.${name}, 0)::bigint as ${name}`).join(", ");

const addUp = statement(
  "prove.add_up",
  z.object({
    account_id: z.string(),
    transfer_id: z.number(),
    granted: z.number(),
    reserved: z.number(),
    captured: z.number(),
    released: z.number(),
    expired: z.number(),
    clawed_back: z.number(),
    event_seq: z.number(),
  }),
  `select a.id as account_id, coalesce((select max(t.id) from transfers t where t.account_id = a.id), 0) as transfer_id, ${figures}, a.reach as event_seq
   from ${changed.accounts} a left join ${changed.flows} f on f.account_id = a.id`,
);

// Of two proofs at once the one that saw less changes nothing.
const advance = statement(
  "prove.advance",
  z.object({ account_id: z.string() }),
  `insert into proofs as p (account_id, transfer_id, ${sums.join(", ")}, event_seq)
   select account_id, transfer_id, ${sums.join(", ")}, event_seq from jsonb_to_recordset($1::jsonb) as n (account_id uuid, transfer_id bigint,
     ${sums.map((name) => `${name} bigint`).join(", ")}, event_seq bigint) order by account_id
   on conflict (account_id) do update set transfer_id = excluded.transfer_id, event_seq = excluded.event_seq, proven_at = clock_timestamp(),
     ${sums.map((name) => `${name} = excluded.${name}`).join(", ")}
   where p.transfer_id <= excluded.transfer_id and p.event_seq <= excluded.event_seq returning p.account_id`,
);

// What has changed since it was looked at stays marked, and so does what somebody is changing: nobody waits for this.
const clear = statement(
  "prove.clear",
  z.object({ account_id: z.string() }),
  `with same as (
     select a.id from unnest($1::uuid[], $2::text[]) as s (id, version) join accounts a on a.id = s.id
     where ${version} = s.version order by a.id for no key update of a skip locked
   ), proven as (
     update accounts a set proven = true from same where a.id = same.id returning a.id
   )
   delete from unproven u using proven where u.account_id = proven.id returning u.account_id`,
);

/** Proves the whole books if that is due and nobody else is at it; answers what was not known to be broken. Null: not now. */
export async function proveWhole(db: Database, signal?: AbortSignal): Promise<readonly Violation[] | null> {
  if ((await db.rows(takeWhole, [])).length === 0) return null;
  try {
    return (await verifyBooks(db, { ...(signal && { signal }) })).fresh;
  } catch (error) {
    if (signal?.aborted) return null;
    throw error;
  }
}

// Whoever dies over it leaves it due in an hour. A clock that was set back puts nothing off for longer than it should be.
const takeWhole = statement(
  "prove.take_whole",
  z.object({ one: z.boolean() }),
  `update whole_proofs set due_at = clock_timestamp() + interval '1 hour'
   where due_at <= clock_timestamp() or due_at > clock_timestamp() + interval '25 hours' returning one`,
);
