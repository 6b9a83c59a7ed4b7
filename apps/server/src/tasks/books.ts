import { migrate as migrateSchema, pendingMigrations, verifyBooks, verifyProviderLog } from "@cooly/engine";
import { z } from "zod";
import { verifyObjects } from "./objects.ts";
import { readProviderLog } from "./provider-log.ts";
import type { Answer, Task, TaskParts } from "./task.ts";

export const migrate: Task = async ({ migrateUrl, db }) => {
  const { applied } = await migrateSchema({ connectionString: migrateUrl });
  return { ok: true, applied, pending: await pendingMigrations(db.pool) };
};

const LANES = 2;
const Verify = z.object({ providerLog: z.string().optional(), objects: z.enum(["bytes", "sizes", "none"]).default("bytes") });

/** The oracle: the books by SQL (I1-I5, I8, I9), every delivered object (I7), and the provider's log where there is one (I6). */
export const verify: Task = async (parts, options, { signal }) => {
  try {
    return await judge(parts, Verify.parse(options), signal);
  } catch (error) {
    if (signal.aborted) return { ok: false, code: "stopped", message: "stopped before the end; nothing is known" };
    throw error;
  }
};

async function judge({ db, store }: TaskParts, { providerLog, objects }: z.infer<typeof Verify>, signal: AbortSignal): Promise<Answer> {
  const log = providerLog === undefined ? null : await readProviderLog(providerLog);
  if (log && "message" in log) return { ok: false, code: "unreadable_log", message: log.message };
  const books = await verifyBooks(db, { lanes: LANES, signal });
  const provider = log && (await verifyProviderLog(db, log.entries));
  const media = await verifyObjects({ db, store }, { depth: objects, signal });
  const violations = [...books.violations, ...(provider?.violations ?? []), ...media.violations];
  const checked = { rules: books.checked, objects: media.checked, ...(provider && { provider_outputs: provider.checked }) };
  return violations.length === 0
    ? { ok: true, violations, checked }
    : { ok: false, code: "violated", message: "the books are not in order", violations, checked };
}
