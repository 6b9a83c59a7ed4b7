import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";
import type { HitStore } from "../ports/index.ts";

/** Counts in the database, in one statement however many keys there are. */
export const createHitTable = (db: Runner): HitStore => ({
  async add(counted) {
    const rows = await db.rows(addHits, [counted.map(({ key }) => key), counted.map(({ window }) => window), counted.map(({ hits }) => hits)]);
    const totals = new Map(rows.map(({ key, hits }) => [key, hits]));
    return counted.map(({ key }) => totals.get(key) ?? 0);
  },
});

const addHits = statement(
  "limits.add_hits",
  z.object({ key: z.string(), hits: z.number() }),
  `insert into rate_windows (key, window_start, hits)
   select key, window_start, hits from unnest($1::text[], $2::timestamptz[], $3::bigint[]) as counted (key, window_start, hits) order by key
   on conflict (key, window_start) do update set hits = rate_windows.hits + excluded.hits
   returning key, hits`,
);
