import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelManifest } from "@cooly/contract";
import { openDatabase, type Database } from "../src/db/index.ts";
import { grant } from "../src/ledger/index.ts";
import { createSubmit, type Submission } from "../src/generations/submit.ts";
import { freshDatabase } from "../../../test/postgres.ts";
import { statement } from "../src/db/index.ts";
import { z } from "zod";

export const quietLog = { debug() {}, info() {}, warn() {}, error() {} };

/** One credit for every started 100 pixels: prices of any size can be asked for. */
export const testModel: ModelManifest = {
  id: "test/model",
  version: 1,
  name: "Test",
  kind: "image",
  description: "For tests.",
  outputs: { max: 16, default: 1 },
  params: {},
  price: { kind: "per_pixels", credits: 1, pixels: 100 },
  lifecycle: { status: "active", retire_at: null, replacement: null },
  deadline_seconds: 30,
  routes: [{ provider: "test", upstream_id: "one" }],
};

export interface World {
  readonly db: Database;
  readonly log: typeof quietLog;
  readonly url: string;
  readonly rings: string[];
  /** For files; gone with the world. */
  readonly folder: string;
  submit(submission: Partial<Submission> & { accountId: string; credits?: number }): ReturnType<ReturnType<typeof createSubmit>>;
  accountWith(lots: readonly (number | { credits: number; expiresAt: Date })[]): Promise<string>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const { url, drop } = await freshDatabase();
  const db = openDatabase({ connectionString: url, max: 10 });
  const folder = await mkdtemp(join(tmpdir(), "cooly-world-"));
  const rings: string[] = [];
  const submit = createSubmit(db, { ring: (bell) => void rings.push(bell) });
  return {
    db,
    log: quietLog,
    url,
    rings,
    folder,
    submit: ({ credits = 1, ...submission }) =>
      submit({
        apiKeyId: null,
        idempotencyKey: null,
        model: testModel,
        input: { prompt: "a test", size: `${credits}x100` },
        outputs: 1,
        metadata: {},
        request: { input: submission.input ?? credits, outputs: submission.outputs ?? 1 },
        ...submission,
      }),
    async accountWith(lots) {
      const accountId = randomUUID();
      await db.one(openAccount, [accountId]);
      for (const lot of lots) {
        const { credits, expiresAt } = typeof lot === "number" ? { credits: lot, expiresAt: null } : lot;
        await grant(db, { accountId, source: "grant", businessKey: randomUUID(), credits, expiresAt, reason: null });
      }
      return accountId;
    },
    async count(table) {
      const reply = await db.pool.query<{ count: number }>(`select count(*)::int as count from ${table}`);
      return reply.rows[0]!.count;
    },
    async close() {
      await db.close();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const openAccount = statement("test.open_account", z.object({ id: z.string() }), `insert into accounts (id, name) values ($1, 'test') returning id`);

export const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
