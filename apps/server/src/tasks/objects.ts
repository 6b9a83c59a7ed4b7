import { createHash } from "node:crypto";
import { listDelivered, type Database, type Violation } from "@cooly/engine";
import type { ObjectStore } from "@cooly/engine/ports";

const PAGE = 500;
const SHOWN = 20;

type Delivered = Awaited<ReturnType<typeof listDelivered>>[number];
type Difference = Record<string, unknown>;
/** What an object must have: the very bytes, their number, or nothing. */
export type Depth = "bytes" | "sizes" | "none";

export async function verifyObjects(
  { db, store }: { db: Database; store: ObjectStore },
  { depth, signal }: { depth: Depth; signal: AbortSignal },
): Promise<{ checked: number; violations: Violation[] }> {
  const rows: Difference[] = [];
  let checked = 0;
  let after: string | null = null;
  while (depth !== "none") {
    signal.throwIfAborted();
    const page: Delivered[] = await listDelivered(db, after, PAGE);
    for (const output of page) rows.push(...(await (depth === "bytes" ? compareBytes : compareSizes)(store, output)));
    checked += page.length;
    if (page.length < PAGE) break;
    after = page.at(-1)!.id;
  }
  const rule = `every delivered output has an object of equal size${depth === "bytes" ? " and sha256" : ""}`;
  return { checked, violations: rows.length === 0 ? [] : [{ invariant: "I7", rule, count: rows.length, rows: rows.slice(0, SHOWN) }] };
}

async function compareSizes(store: ObjectStore, { id, storage_key, bytes }: Delivered): Promise<Difference[]> {
  const found = await store.stat(storage_key);
  if (!found) return [{ output_id: id, storage_key, found: "nothing" }];
  return found.sizeBytes === bytes ? [] : [{ output_id: id, storage_key, bytes, found_bytes: found.sizeBytes }];
}

async function compareBytes(store: ObjectStore, { id, storage_key, bytes, sha256 }: Delivered): Promise<Difference[]> {
  const object = await store.open(storage_key);
  if (!object) return [{ output_id: id, storage_key, found: "nothing" }];
  const hash = createHash("sha256");
  for await (const chunk of object.body) hash.update(chunk as Buffer);
  const found = hash.digest("hex");
  return object.sizeBytes === bytes && found === sha256
    ? []
    : [{ output_id: id, storage_key, bytes, sha256, found_bytes: object.sizeBytes, found_sha256: found }];
}
