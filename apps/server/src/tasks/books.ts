import { createHash } from "node:crypto";
import { listDelivered, migrate as migrateSchema, pendingMigrations, verifyBooks } from "@cooly/engine";
import type { Task, TaskParts } from "./task.ts";

export const migrate: Task = async ({ migrateUrl, db }) => {
  const { applied } = await migrateSchema({ connectionString: migrateUrl });
  return { ok: true, applied, pending: await pendingMigrations(db.pool) };
};

const PAGE = 500;

/** The oracle: the books by SQL (I1-I5, I8, I9), and every delivered object by its bytes (I7). */
export const verify: Task = async (parts) => {
  const { violations, checked } = await verifyBooks(parts.db);
  const media = await verifyMedia(parts);
  const all =
    media.rows.length > 0
      ? [...violations, { invariant: "I7", rule: "every delivered output has an object of equal size and sha256", count: media.rows.length, rows: media.rows }]
      : violations;
  if (all.length === 0) return { ok: true, violations: [], checked: { rules: checked, objects: media.objects } };
  return { ok: false, code: "violated", message: "the books are not in order", violations: all, checked: { rules: checked, objects: media.objects } };
};

type Delivered = Awaited<ReturnType<typeof listDelivered>>[number];

async function verifyMedia({ db, store }: TaskParts): Promise<{ objects: number; rows: Record<string, unknown>[] }> {
  const rows: Record<string, unknown>[] = [];
  let objects = 0;
  let after: string | null = null;
  for (;;) {
    const page: Delivered[] = await listDelivered(db, after, PAGE);
    for (const output of page) rows.push(...(await differences(store, output)));
    objects += page.length;
    if (page.length < PAGE) return { objects, rows };
    after = page.at(-1)!.id;
  }
}

async function differences(store: TaskParts["store"], { id, storage_key, bytes, sha256 }: Delivered): Promise<Record<string, unknown>[]> {
  const object = await store.open(storage_key);
  if (!object) return [{ output_id: id, storage_key, found: "nothing" }];
  const hash = createHash("sha256");
  for await (const chunk of object.body) hash.update(chunk as Buffer);
  const found = hash.digest("hex");
  return object.sizeBytes === bytes && found === sha256
    ? []
    : [{ output_id: id, storage_key, bytes, sha256, found_bytes: object.sizeBytes, found_sha256: found }];
}
