import { z } from "zod";
import { statement, type Database } from "../db/index.ts";
import type { Catalogue } from "../catalogue/index.ts";
import type { Submission, Submitted } from "./submit.ts";

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
}

/** Outputs that failed for good and that no operator has dealt with yet, oldest first. */
export const listDeadLetters = (db: Database, filter: DeadLetterFilter): Promise<DeadLetter[]> =>
  db.rows(listOpen, [filter.cause, filter.outputIds, filter.limit]);

const listOpen = statement(
  "dead_letters.list",
  DeadLetter,
  `select output_id, account_id, generation_id, cause, message, attempts, credits, created_at from dead_letters
   where resolution is null and ($1::text is null or cause = $1) and ($2::uuid[] is null or output_id = any($2))
   order by created_at limit $3`,
);

export const countDeadLetters = (db: Database): Promise<{ cause: string; count: number; credits: number }[]> => db.rows(countOpen, []);

const countOpen = statement(
  "dead_letters.count",
  z.object({ cause: z.string(), count: z.number(), credits: z.number() }),
  `select cause, count(*) as count, sum(credits)::bigint as credits from dead_letters where resolution is null group by cause order by 2 desc, 1`,
);

/** Answers how many were open and are closed now. */
export async function discardDeadLetters(db: Database, outputIds: readonly string[], reason: string): Promise<number> {
  return (await db.rows(resolve, [outputIds, "discarded", reason, null])).length;
}

const resolve = statement(
  "dead_letters.resolve",
  z.object({ output_id: z.string() }),
  `update dead_letters set resolution = $2, resolved_at = clock_timestamp(), reason = $3, resolved_generation_id = $4
   where output_id = any($1::uuid[]) and resolution is null returning output_id`,
);

export type RetryOutcome = "retried" | "insufficient" | "model_gone" | "purged";

/**
 * Makes the output of a dead letter again. Its credits went back when it failed, so this is a new generation with a hold of
 * its own, accepted like any other; the letter's id is its idempotency key, so a second retry finds the first.
 */
export async function retryDeadLetter(
  parts: { db: Database; catalogue: Catalogue; submit: (submission: Submission) => Promise<Submitted> },
  letter: DeadLetter,
): Promise<{ outcome: RetryOutcome; generationId: string | null }> {
  const { db, catalogue, submit } = parts;
  const source = await db.one(readSource, [letter.output_id]);
  const model = catalogue.find(source.model);
  if (!model) return { outcome: "model_gone", generationId: null };
  if (source.deleted) return { outcome: "purged", generationId: null };
  const input = { ...source.input, seed: source.seed };
  const submitted = await submit({
    accountId: letter.account_id,
    apiKeyId: null,
    idempotencyKey: `retry:${letter.output_id}`,
    model,
    input,
    outputs: 1,
    metadata: { ...source.metadata, retry_of: letter.generation_id },
    request: { retry: letter.output_id },
  });
  if (submitted.outcome !== "accepted" && submitted.outcome !== "replayed") return { outcome: "insufficient", generationId: null };
  await db.rows(resolve, [[letter.output_id], "retried", null, submitted.generationId]);
  return { outcome: "retried", generationId: submitted.generationId };
}

const readSource = statement(
  "dead_letters.source",
  z.object({ model: z.string(), input: z.record(z.string(), z.json()), metadata: z.record(z.string(), z.string()), seed: z.number(), deleted: z.boolean() }),
  `select g.model, g.input, g.metadata, o.seed, g.deleted_at is not null as deleted
   from outputs o join generations g on g.id = o.generation_id where o.id = $1`,
);
