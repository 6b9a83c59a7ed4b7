import {
  countDeadLetters,
  discardDeadLetters,
  forecastRetry,
  listDeadLetters,
  pageDeadLetters,
  retryDeadLetters,
  type DeadLetterFilter,
  type RetryForecast,
} from "@cooly/engine";
import { toPublicId } from "@cooly/contract";
import { z } from "zod";
import { outputUuid } from "./people.ts";
import type { Answer, Task, TaskParts } from "./task.ts";

const Which = z.object({
  ids: z.array(z.string()).default([]),
  cause: z.string().optional(),
  all: z.boolean().default(false),
});
const List = Which.extend({ limit: z.int().min(0).default(1_000) });
const Retry = Which.extend({ rate: z.int().min(1).max(1_000).default(20) });
const Discard = Which.extend({ reason: z.string().default("discarded by an operator") });
const TELL_MS = 1_000;

/** What waits, the dead letters by cause and model, and what a retry of them would cost now. */
export const queueLs: Task = async ({ db, queue, catalogue }, options) => {
  const { limit, ...which } = List.parse(options);
  const chosen = filterOf(which);
  if ("message" in chosen) return chosen;
  const [retry, letters, depth] = await Promise.all([forecastRetry({ db, catalogue }, chosen), listDeadLetters(db, { ...chosen, limit }), depthOf(queue)]);
  return {
    ok: true,
    depth,
    ...shown(retry),
    letters: letters.map((letter) => ({
      id: toPublicId("output", letter.output_id),
      generation: toPublicId("generation", letter.generation_id),
      account: toPublicId("account", letter.account_id),
      cause: letter.cause,
      message: letter.message,
      attempts: letter.attempts,
      credits: letter.credits,
      created_at: letter.created_at.toISOString(),
    })),
  };
};

/** Letters are rows: they can be dealt with while the broker is away. */
const depthOf = (queue: TaskParts["queue"]): Promise<object> => queue.depth().catch((error: Error) => ({ away: error.message }));

const shown = ({ groups, count, credits, short }: RetryForecast): object => ({
  groups,
  count,
  retry_credits: credits,
  cannot_pay: short.map(({ accountId, ...figures }) => ({ account: toPublicId("account", accountId), ...figures })),
});

/** One after the other at a bounded rate. Stopped or not, what is done is done, and the next run goes on with the rest. */
export const queueRetry: Task = async (parts, options, { signal, tell }) => {
  const { rate, ...which } = Retry.parse(options);
  const chosen = named(which);
  if ("message" in chosen) return chosen;
  const total = await countDeadLetters(parts.db, chosen);
  const retried: object[] = [];
  const refused: object[] = [];
  let toldMs = performance.now();
  const finished = await retryDeadLetters(parts, chosen, {
    perSecond: rate,
    signal,
    onRetry({ letter, outcome, generationId }) {
      const id = toPublicId("output", letter.output_id);
      if (generationId) retried.push({ id, generation: toPublicId("generation", generationId) });
      else refused.push({ id, why: outcome });
      if (performance.now() - toldMs < TELL_MS) return;
      toldMs = performance.now();
      tell({ done: retried.length + refused.length, total, retried: retried.length, refused: refused.length });
    },
  });
  if (finished) return { ok: true, retried, refused };
  const done = retried.length + refused.length;
  const message = `stopped after ${done} of ${total}: ${retried.length} retried, ${refused.length} refused; the same command goes on with the rest`;
  return { ok: false, code: "stopped", message, retried, refused, left: total - done };
};

export const queueDiscard: Task = async ({ db }, options, { signal }) => {
  const { reason, ...which } = Discard.parse(options);
  const chosen = named(which);
  if ("message" in chosen) return chosen;
  let discarded = 0;
  for await (const letters of pageDeadLetters(db, chosen)) {
    const outputIds = letters.map(({ output_id }) => output_id);
    discarded += await discardDeadLetters(db, outputIds, reason);
    if (signal.aborted) return { ok: false, code: "stopped", message: `stopped after ${discarded}; the same command goes on with the rest`, discarded };
  }
  return { ok: true, discarded };
};

type Chosen = Pick<DeadLetterFilter, "cause" | "outputIds"> | (Answer & { ok: false });

const named = (which: z.infer<typeof Which>): Chosen =>
  which.ids.length === 0 && which.cause === undefined && !which.all
    ? { ok: false, code: "nothing_named", message: "name ids, a cause or all" }
    : filterOf(which);

function filterOf({ ids, cause }: z.infer<typeof Which>): Chosen {
  const uuids = ids.map(outputUuid);
  const bad = ids.filter((_, index) => uuids[index] === null);
  if (bad.length > 0) return { ok: false, code: "invalid_id", message: `not an output's id: ${bad.join(", ")}` };
  return { cause: cause ?? null, outputIds: ids.length > 0 ? (uuids as string[]) : null };
}
