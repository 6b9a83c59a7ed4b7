import { creditsFor } from "@cooly/contract";
import { z } from "zod";
import type { Catalogue } from "../catalogue/index.ts";
import { statement, type Database, type Runner } from "../db/index.ts";
import { readSpendable } from "../ledger/index.ts";
import { pageDeadLetters, resolveDeadLetters, type DeadLetter, type DeadLetterFilter } from "./dead-letters.ts";
import type { Submission, Submitted } from "./submit.ts";

export interface RetryParts {
  readonly db: Database;
  readonly catalogue: Catalogue;
  readonly submit: (submission: Submission) => Promise<Submitted>;
}

/** Why it cannot be made again: nobody makes it any more, its request has no price any more, its prompt was deleted. */
type Impossible = "model_gone" | "model_changed" | "purged";
/** `insufficient`: its account cannot pay. */
export type RetryOutcome = "retried" | "insufficient" | Impossible;

/**
 * Makes the output of a dead letter again. Its credits went back when it failed, so this is a new generation with a hold of
 * its own, accepted like any other; the letter's id is its idempotency key, so a second retry finds the first.
 */
export async function retryDeadLetter(
  { db, catalogue, submit }: RetryParts,
  letter: DeadLetter,
): Promise<{ outcome: RetryOutcome; generationId: string | null }> {
  const [source] = await db.rows(readSources, [[letter.output_id]]);
  const order = orderOf(catalogue, source!);
  if (typeof order === "string") return { outcome: order, generationId: null };
  const submitted = await submit({
    model: order.model,
    route: order.route,
    warnings: order.warnings,
    input: order.input,
    accountId: letter.account_id,
    apiKeyId: null,
    idempotencyKey: `retry:${letter.output_id}`,
    outputs: 1,
    metadata: { ...source!.metadata, retry_of: letter.generation_id },
    request: { retry: letter.output_id },
  });
  if (submitted.outcome !== "accepted" && submitted.outcome !== "replayed") return { outcome: "insufficient", generationId: null };
  const { generationId } = submitted;
  await resolveDeadLetters(db, { outputIds: [letter.output_id], resolution: "retried", reason: null, generationId });
  return { outcome: "retried", generationId };
}

const Source = z.object({
  output_id: z.string(),
  model: z.string(),
  input: z.record(z.string(), z.json()),
  metadata: z.record(z.string(), z.string()),
  seed: z.number(),
  deleted: z.boolean(),
});
type Source = z.infer<typeof Source>;

interface Order extends Required<Pick<Submission, "model" | "input" | "route" | "warnings">> {
  readonly credits: number;
}

function orderOf(catalogue: Catalogue, { model: id, input: given, seed, deleted }: Source): Order | Impossible {
  const model = catalogue.find(id);
  if (!model) return "model_gone";
  if (deleted) return "purged";
  const input = { ...given, seed };
  const chosen = catalogue.choose(model, given);
  const credits = creditsFor(model.price, input);
  if (chosen.outcome === "unsupported" || credits === null) return "model_changed";
  return { model, input, credits, route: chosen.route, warnings: chosen.warnings };
}

const readSources = statement(
  "dead_letters.sources",
  Source,
  `select o.id as output_id, g.model, g.input, g.metadata, o.seed, g.deleted_at is not null as deleted
   from outputs o join generations g on g.id = o.generation_id where o.id = any($1::uuid[])`,
);

/** Dead letters of one cause and model. */
export interface RetryGroup {
  readonly cause: string;
  readonly model: string;
  readonly count: number;
  /** What a retry of all of them reserves at today's price. */
  credits: number;
  /** Those that cannot be made again: their model is gone, or their prompt. */
  impossible: number;
}

export interface RetryForecast {
  readonly groups: readonly RetryGroup[];
  readonly count: number;
  readonly credits: number;
  /** Accounts that have less than a retry of all of theirs costs. */
  readonly short: readonly { accountId: string; count: number; credits: number; available: number }[];
}

/** What a retry would cost now, and who could not pay for it. */
export async function forecastRetry(
  { db, catalogue }: Pick<RetryParts, "db" | "catalogue">,
  filter: Pick<DeadLetterFilter, "cause" | "outputIds">,
): Promise<RetryForecast> {
  const groups = new Map<string, { -readonly [Member in keyof RetryGroup]: RetryGroup[Member] }>();
  const accounts = new Map<string, { count: number; credits: number }>();
  for await (const letters of pageDeadLetters(db, filter)) {
    const costs = await priceLetters({ db, catalogue }, letters);
    for (const { output_id, cause, account_id } of letters) {
      const { model, credits } = costs.get(output_id)!;
      const group = groups.get(`${cause} ${model}`) ?? { cause, model, count: 0, credits: 0, impossible: 0 };
      groups.set(`${cause} ${model}`, group);
      group.count += 1;
      group.credits += credits ?? 0;
      group.impossible += credits === null ? 1 : 0;
      if (credits === null) continue;
      const account = accounts.get(account_id) ?? { count: 0, credits: 0 };
      accounts.set(account_id, { count: account.count + 1, credits: account.credits + credits });
    }
  }
  const all = [...groups.values()].toSorted((a, b) => b.count - a.count || (`${a.cause} ${a.model}` < `${b.cause} ${b.model}` ? -1 : 1));
  return {
    groups: all,
    count: all.reduce((sum, { count }) => sum + count, 0),
    credits: all.reduce((sum, { credits }) => sum + credits, 0),
    short: await findShort(db, accounts),
  };
}

/** Null credits: it cannot be made again. */
async function priceLetters(
  { db, catalogue }: { db: Runner; catalogue: Catalogue },
  letters: readonly DeadLetter[],
): Promise<Map<string, { model: string; credits: number | null }>> {
  const sources = await db.rows(readSources, [letters.map(({ output_id }) => output_id)]);
  return new Map(
    sources.map((source) => {
      const order = orderOf(catalogue, source);
      return [source.output_id, { model: source.model, credits: typeof order === "string" ? null : order.credits }];
    }),
  );
}

async function findShort(db: Runner, accounts: ReadonlyMap<string, { count: number; credits: number }>): Promise<RetryForecast["short"]> {
  const available = await readSpendable(db, [...accounts.keys()]);
  return [...accounts]
    .map(([accountId, needs]) => ({ accountId, ...needs, available: available.get(accountId) ?? 0 }))
    .filter((account) => account.credits > account.available)
    .toSorted((a, b) => b.credits - b.available - (a.credits - a.available));
}

export interface RetryPace {
  readonly perSecond: number;
  /** Ends it after the letter that is in hand. */
  readonly signal: AbortSignal;
  onRetry(done: { letter: DeadLetter; outcome: RetryOutcome; generationId: string | null }): void;
}

/**
 * Retries many, one after the other at a bounded rate. What is done is done: a second run goes on where this one ended.
 * Answers whether it came to the end.
 */
export async function retryDeadLetters(parts: RetryParts, filter: Pick<DeadLetterFilter, "cause" | "outputIds">, pace: RetryPace): Promise<boolean> {
  const { signal } = pace;
  let nextMs = performance.now();
  for await (const letters of pageDeadLetters(parts.db, filter)) {
    for (const letter of letters) {
      await until(nextMs, signal);
      if (signal.aborted) return false;
      // What took longer than its share is not made up for by a rush.
      nextMs = Math.max(nextMs, performance.now()) + 1_000 / pace.perSecond;
      pace.onRetry({ letter, ...(await retryDeadLetter(parts, letter)) });
    }
  }
  return true;
}

const until = (atMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const waitMs = atMs - performance.now();
    if (waitMs <= 0 || signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    signal.addEventListener("abort", end, { once: true });
  });
