/** A past: finished generations of one user with everything that accept, claim and settle would have written for each. */
import pg from "pg";
import type { Ground, User } from "./ground.ts";

/** Between the oldest and now: younger than what the session sweeper prunes, so that every row is still there. */
const HOURS = 40;
/** Generations that one lot paid for; a user with a past has many that are used up. */
const PER_LOT = 10_000;
const CREDITS = 4;
const EVENTS = 6;

/** Two sessions at once, a table after the other in each. Answers the seconds it took. */
export async function giveAPast(ground: Ground, database: string, generations: number): Promise<number> {
  const startedMs = performance.now();
  const url = await ground.database(database, "cooly");
  const user = ground.users[0]!;
  await run(url, [
    ...settings,
    madeId,
    `create unlogged table past as
     select n, at, id(at, n, 1) as generation, id(at, n, 2) as output, id(at, n, 3) as media,
       ('00000000-0000-7000-8000-' || lpad(to_hex((n - 1) / ${PER_LOT}), 12, '0'))::uuid as lot
     from (select n, clock_timestamp() - interval '${HOURS} hours' * (1 - n::float8 / ${generations + 1}) as at from generate_series(1, ${generations}) n)`,
    "analyze past",
    ...moneyOf(user, generations),
  ]);
  await Promise.all(tables(user).map((statements) => run(url, [...settings, ...statements])));
  await run(url, ["drop table past", "drop function id(timestamptz, bigint, int)", "vacuum (analyze)", "checkpoint"]);
  return (performance.now() - startedMs) / 1000;
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const text of statements) await client.query(text);
  } finally {
    await client.end();
  }
}

// References are right by the way that the rows are made; looking each up would take minutes.
const settings = ["set session_replication_role = replica", "set synchronous_commit = off", "set maintenance_work_mem = '256MB'"];

// A UUIDv7 of that moment; `n` and `kind` stand where the random bits would.
const madeId = `create function id(at timestamptz, n bigint, kind int) returns uuid language sql immutable return
     (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid`;

const moneyOf = ({ accountId }: User, generations: number): string[] => [
  `insert into lots (id, account_id, source, business_key, granted, remaining, created_at)
   select lot, '${accountId}', 'purchase', 'past ' || lot, count(*) * ${CREDITS}, 0, min(at) from past group by lot`,
  `insert into transfers (account_id, kind, debit, credit, credits, lot_id, available_after, created_at)
   select account_id, 'grant', 'grants', 'wallet', granted, id, granted, created_at from lots where account_id = '${accountId}' and source = 'purchase'`,
  `update accounts set granted = granted + ${generations * CREDITS}, spent = spent + ${generations * CREDITS}, event_seq = event_seq + ${generations * EVENTS}
   where id = '${accountId}'`,
];

const input = JSON.stringify({
  prompt: "a lighthouse above a quiet sea at dusk, long light, autumn",
  size: "1024x1024",
  style: "auto",
  format: "png",
});

/** Two lists of about the same weight. */
const tables = ({ accountId }: User): string[][] => [
  [
    `insert into generations (id, account_id, model, model_version, kind, route, deadline_seconds, input, output_count, quoted, charged, request_hash,
       status, created_at, started_at, finished_at)
     select generation, '${accountId}', 'demo/painter', 1, 'image', '{"provider":"demo","upstream_id":"painter"}', 120, '${input}', 1, ${CREDITS}, ${CREDITS},
       sha256(n::text::bytea), 'succeeded', at, at + interval '4 ms', at + interval '900 ms' from past order by n`,
    `insert into outputs (id, generation_id, account_id, index, state, attempt, credits, captured, seed, storage_key, thumbnail_key, mime, width, height,
       bytes, sha256, thumbhash, provider_ms, transfer_ms, started_at, settled_at)
     select output, generation, '${accountId}', 0, 'delivered', 1, ${CREDITS}, ${CREDITS}, n, 'm/${accountId}/' || media, 'm/${accountId}/' || media || '.thumb',
       'image/png', 1024, 1024, 1200000 + n % 100000, sha256(media::text::bytea), '3OcRJYB4d3h/iIeHeEh3eIhw+j3A', 812, 9, at + interval '4 ms',
       at + interval '900 ms' from past order by n`,
    `insert into attempts (output_id, attempt, provider, upstream_id, state, prepared_at, sent_at, finished_at)
     select output, 1, 'demo', 'painter', 'delivered', at + interval '4 ms', at + interval '5 ms', at + interval '900 ms' from past order by n`,
  ],
  [
    `insert into events (account_id, seq, generation_id, output_id, output_index, type, available, held, created_at)
     select '${accountId}', (n - 1) * ${EVENTS} + place, case when type not like 'credits%' then generation end, case when place in (3, 4) then output end,
       case when place in (3, 4) then 0 end, type, case when type like 'credits%' then 1000 end, case when type like 'credits%' then ${CREDITS} end,
       at + interval '100 ms' * place
     from past, (values (1, 'generation.queued'), (2, 'credits.changed'), (3, 'generation.running'), (4, 'generation.output'),
       (5, 'generation.succeeded'), (6, 'credits.changed')) as e (place, type) order by n, place`,
    `insert into transfers (account_id, kind, debit, credit, credits, generation_id, output_id, output_index, available_after, created_at)
     select '${accountId}', kind, debit, credit, ${CREDITS}, generation, case kind when 'capture' then output end, case kind when 'capture' then 0 end, 1000, at
     from past, (values ('reserve', 'wallet', 'held'), ('capture', 'held', 'revenue')) as t (kind, debit, credit) order by n, kind desc`,
    `insert into reservations (id, account_id, credits, open_credits, state, created_at, settled_at)
     select generation, '${accountId}', ${CREDITS}, 0, 'settled', at, at + interval '900 ms' from past order by n`,
    `insert into reservation_lots (reservation_id, lot_id, credits, open_credits) select generation, lot, ${CREDITS}, 0 from past order by n`,
    `insert into idempotency_keys (account_id, key, request_hash, generation_id, created_at)
     select '${accountId}', 'past-' || lpad(n::text, 12, '0'), sha256(n::text::bytea), generation, at from past order by n`,
  ],
];
