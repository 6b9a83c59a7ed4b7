import { listUnknown, writeOff } from "@cooly/engine";
import { toPublicId } from "@cooly/contract";
import { z } from "zod";
import { outputUuid } from "./people.ts";
import type { Task } from "./task.ts";

const MOST = 1_000;

/** Outputs whose provider has not said what became of them; their credits are held until it does. */
export const unknownLs: Task = async ({ db }) => {
  const unknowns = await listUnknown(db, { outputIds: null, limit: MOST });
  return {
    ok: true,
    unknown: unknowns.map(({ output_id, generation_id, account_id, provider, task_id, why, credits, sent_at }) => ({
      id: toPublicId("output", output_id),
      generation: toPublicId("generation", generation_id),
      account: toPublicId("account", account_id),
      provider,
      task_id,
      why,
      credits,
      sent_at: sent_at?.toISOString() ?? null,
    })),
  };
};

const WriteOff = z.object({ ids: z.array(z.string()).min(1), reason: z.string().trim().min(1).max(500) });

/** Gives the credits of unknown outputs back, for good. What is not unknown stays as it is. */
export const unknownWriteOff: Task = async (parts, options) => {
  const { ids, reason } = WriteOff.parse(options);
  const uuids = ids.map(outputUuid);
  const bad = ids.filter((_, index) => uuids[index] === null);
  if (bad.length > 0) return { ok: false, code: "invalid_id", message: `not an output's id: ${bad.join(", ")}` };
  const found = await listUnknown(parts.db, { outputIds: uuids as string[], limit: MOST });
  const outcomes = await writeOff(parts, found, reason);
  const done = new Set(found.filter(({ output_id }) => outcomes.get(output_id) === "settled").map(({ output_id }) => toPublicId("output", output_id)));
  const refused = ids.filter((id) => !done.has(id));
  if (done.size === 0) return { ok: false, code: "not_unknown", message: `not unknown: ${refused.join(", ")}` };
  return { ok: true, written_off: [...done], refused };
};
