import { countDeadLetters, discardDeadLetters, listDeadLetters, retryDeadLetter } from "@cooly/engine";
import { toPublicId } from "@cooly/contract";
import { z } from "zod";
import { outputUuid } from "./people.ts";
import type { Answer, Task } from "./task.ts";

const Which = z.object({
  ids: z.array(z.string()).default([]),
  cause: z.string().optional(),
  all: z.boolean().default(false),
  reason: z.string().default("discarded by an operator"),
});
const MOST = 1_000;

export const queueLs: Task = async ({ db, queue }, options) => {
  const { cause } = Which.parse(options);
  const [groups, letters, depth] = await Promise.all([
    countDeadLetters(db),
    listDeadLetters(db, { cause: cause ?? null, outputIds: null, limit: MOST }),
    queue.depth(),
  ]);
  return {
    ok: true,
    depth,
    groups,
    letters: letters.map((letter) => ({
      id: toPublicId("output", letter.output_id),
      generation: toPublicId("generation", letter.generation_id),
      cause: letter.cause,
      message: letter.message,
      attempts: letter.attempts,
      credits: letter.credits,
      created_at: letter.created_at.toISOString(),
    })),
  };
};

export const queueRetry: Task = async (parts, options) => {
  const letters = await pick(parts.db, options);
  if ("ok" in letters) return letters;
  const retried: object[] = [];
  const refused: object[] = [];
  for (const letter of letters.found) {
    const { outcome, generationId } = await retryDeadLetter(parts, letter);
    const id = toPublicId("output", letter.output_id);
    if (generationId) retried.push({ id, generation: toPublicId("generation", generationId) });
    else refused.push({ id, why: outcome });
  }
  return { ok: true, retried, refused };
};

export const queueDiscard: Task = async ({ db }, options) => {
  const letters = await pick(db, options);
  if ("ok" in letters) return letters;
  const { reason } = Which.parse(options);
  return {
    ok: true,
    discarded: await discardDeadLetters(
      db,
      letters.found.map(({ output_id }) => output_id),
      reason,
    ),
  };
};

async function pick(db: Parameters<typeof listDeadLetters>[0], options: unknown): Promise<{ found: Awaited<ReturnType<typeof listDeadLetters>> } | Answer> {
  const { ids, cause, all } = Which.parse(options);
  if (ids.length === 0 && cause === undefined && !all) return { ok: false, code: "nothing_named", message: "name ids, a cause or all" };
  const uuids = ids.map(outputUuid);
  const bad = ids.filter((_, index) => uuids[index] === null);
  if (bad.length > 0) return { ok: false, code: "invalid_id", message: `not an output's id: ${bad.join(", ")}` };
  return { found: await listDeadLetters(db, { cause: cause ?? null, outputIds: ids.length > 0 ? (uuids as string[]) : null, limit: MOST }) };
}
