/** An account with a past: generations that were accepted, made, delivered and charged long ago, in rows that are in order. */
import { randomUUID } from "node:crypto";
import type { World } from "./fixture.ts";

const PRICE = 4;
const LEFT = 1_000;

/** Answers the account, which has 1,000 credits left. */
export async function accountWithPast({ db }: World, generations: number): Promise<string> {
  const [accountId, lotId] = [randomUUID(), randomUUID()];
  const spent = generations * PRICE;
  const client = await db.pool.connect();
  try {
    await client.query(`
      begin;
      create temp table past on commit drop as select n, uuidv7() as id, uuidv7() as output_id from generate_series(1, ${generations}) n;
      insert into accounts (id, name, available, spent, granted, event_seq)
        values ('${accountId}', 'old', ${LEFT}, ${spent}, ${spent + LEFT}, ${generations * 3});
      insert into lots (id, account_id, source, business_key, granted, remaining)
        values ('${lotId}', '${accountId}', 'grant', '${lotId}', ${spent + LEFT}, ${LEFT});
      insert into transfers (account_id, kind, debit, credit, credits, lot_id, available_after)
        values ('${accountId}', 'grant', 'grants', 'wallet', ${spent + LEFT}, '${lotId}', ${spent + LEFT});
      insert into generations (id, account_id, model, model_version, kind, route, deadline_seconds, input, output_count, quoted, charged,
          request_hash, status, started_at, finished_at)
        select id, '${accountId}', 'test/model', 1, 'image', '{"provider":"test","upstream_id":"one"}', 30, '{"prompt":"a test"}', 1, ${PRICE}, ${PRICE},
          sha256(n::text::bytea), 'succeeded', now(), now() from past;
      insert into outputs (id, generation_id, account_id, index, state, attempt, credits, captured, seed, storage_key, bytes, sha256, settled_at)
        select output_id, id, '${accountId}', 0, 'delivered', 1, ${PRICE}, ${PRICE}, n, 'm/' || n, 1, sha256(n::text::bytea), now() from past;
      insert into reservations (id, account_id, credits, open_credits, state, settled_at)
        select id, '${accountId}', ${PRICE}, 0, 'settled', now() from past;
      insert into reservation_lots select id, '${lotId}', ${PRICE}, 0 from past;
      insert into transfers (account_id, kind, debit, credit, credits, generation_id, output_id, output_index, available_after)
        select '${accountId}', k.kind, k.debit, k.credit, ${PRICE}, id, case k.kind when 'capture' then output_id end,
          case k.kind when 'capture' then 0 end, ${LEFT}
        from past, (values ('reserve', 'wallet', 'held'), ('capture', 'held', 'revenue')) as k (kind, debit, credit);
      insert into events (account_id, seq, generation_id, type)
        select '${accountId}', (n - 1) * 3 + e.place, id, e.type
        from past, (values (1, 'generation.queued'), (2, 'generation.running'), (3, 'generation.succeeded')) as e (place, type);
      commit`);
    return accountId;
  } finally {
    client.release();
  }
}
