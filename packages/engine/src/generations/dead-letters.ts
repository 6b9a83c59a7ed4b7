import { z } from "zod";
import { statement, type Database, type Runner } from "../db/index.ts";

const DeadLetter = z.object({
  output_id: z.string(),
  account_id: z.string(),
  generation_id: z.string(),
  cause: z.string(),
  message: z.string(),
  attempts: z.number(),
  credits: z.number(),
  created_at: z.date(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

export interface DeadLetterFilter {
  readonly cause: string | null;
  /** Null: all of them. */
  readonly outputIds: readonly string[] | null;
  readonly limit: number;
  /** The last of the page before, and the last of all. */
  readonly after?: Pick<DeadLetter, "created_at" | "output_id">;
  readonly upTo?: Date;
}

/** Outputs that failed for good and that no operator has dealt with yet, oldest first. */
export const listDeadLetters = (db: Runner, { cause, outputIds, limit, after, upTo }: DeadLetterFilter): Promise<DeadLetter[]> =>
  db.rows(listOpen, [cause, outputIds, limit, after?.created_at ?? null, after?.output_id ?? null, upTo ?? null]);

// In milliseconds, as times are read.
const listOpen = statement(
  "dead_letters.list",
  DeadLetter,
  `select output_id, account_id, generation_id, cause, message, attempts, credits, created_at from dead_letters
   where resolution is null and ($1::text is null or cause = $1) and ($2::uuid[] is null or output_id = any($2))
     and ($4::timestamptz is null or (date_trunc('milliseconds', created_at), output_id) > ($4, $5::uuid))
     and ($6::timestamptz is null or date_trunc('milliseconds', created_at) <= $6)
   order by date_trunc('milliseconds', created_at), output_id limit $3`,
);

const PAGE = 500;

/** All that there are now, a page at a time: one that is made again and fails again is not met twice. */
export async function* pageDeadLetters(db: Runner, filter: Pick<DeadLetterFilter, "cause" | "outputIds">): AsyncGenerator<readonly DeadLetter[]> {
  const { last } = await db.one(lastOpen, []);
  let after: DeadLetter | undefined;
  while (last !== null) {
    const page = await listDeadLetters(db, { ...filter, limit: PAGE, upTo: last, ...(after && { after }) });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = page.at(-1)!;
  }
}

const lastOpen = statement(
  "dead_letters.last",
  z.object({ last: z.date().nullable() }),
  `select date_trunc('milliseconds', max(created_at)) as last from dead_letters where resolution is null`,
);

export const countDeadLetters = async (db: Runner, { cause, outputIds }: Pick<DeadLetterFilter, "cause" | "outputIds">): Promise<number> =>
  (await db.one(countOpen, [cause, outputIds])).count;

const countOpen = statement(
  "dead_letters.count",
  z.object({ count: z.number() }),
  `select count(*) as count from dead_letters
   where resolution is null and ($1::text is null or cause = $1) and ($2::uuid[] is null or output_id = any($2))`,
);

/** Answers how many were open and are closed now. */
export const discardDeadLetters = async (db: Database, outputIds: readonly string[], reason: string): Promise<number> =>
  (await resolveDeadLetters(db, { outputIds, resolution: "discarded", reason, generationId: null })).length;

export interface Resolution {
  readonly outputIds: readonly string[];
  readonly resolution: "retried" | "discarded";
  readonly reason: string | null;
  readonly generationId: string | null;
}

export const resolveDeadLetters = (db: Runner, { outputIds, resolution, reason, generationId }: Resolution): Promise<{ output_id: string }[]> =>
  db.rows(resolve, [outputIds, resolution, reason, generationId]);

const resolve = statement(
  "dead_letters.resolve",
  z.object({ output_id: z.string() }),
  `update dead_letters set resolution = $2, resolved_at = clock_timestamp(), reason = $3, resolved_generation_id = $4
   where output_id = any($1::uuid[]) and resolution is null returning output_id`,
);
