import { createHash } from "node:crypto";
import { listDelivered, listKeptUploads, type Database, type Violation } from "@cooly/engine";
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
  const lists = [
    ["output_id", listDelivered],
    ["upload_id", listKeptUploads],
  ] as const;
  for (const [name, list] of depth === "none" ? [] : lists) {
    for await (const page of inPages((after) => list(db, after, PAGE))) {
      signal.throwIfAborted();
      const compared = await compareAll(page, (kept) => (depth === "bytes" ? compareBytes : compareSizes)(store, kept));
      rows.push(...compared.map(({ id, found }) => ({ [name]: id, ...found })));
      checked += page.length;
    }
  }
  const rule = `every delivered output and every upload that is ready has an object of equal size${depth === "bytes" ? " and sha256" : ""}`;
  return { checked, violations: rows.length === 0 ? [] : [{ invariant: "I7", rule, count: rows.length, rows: rows.slice(0, SHOWN) }] };
}

async function compareAll(page: readonly Delivered[], compare: (kept: Delivered) => Promise<Difference[]>): Promise<{ id: string; found: Difference }[]> {
  const all: { id: string; found: Difference }[] = [];
  for (const kept of page) all.push(...(await compare(kept)).map((found) => ({ id: kept.id, found })));
  return all;
}

async function* inPages(read: (after: string | null) => Promise<Delivered[]>): AsyncGenerator<Delivered[]> {
  for (let page = await read(null); page.length > 0; page = await read(page.at(-1)!.id)) yield page;
}

async function compareSizes(store: ObjectStore, { storage_key, bytes }: Delivered): Promise<Difference[]> {
  const found = await store.stat(storage_key);
  if (!found) return [{ storage_key, found: "nothing" }];
  return found.sizeBytes === bytes ? [] : [{ storage_key, bytes, found_bytes: found.sizeBytes }];
}

async function compareBytes(store: ObjectStore, { storage_key, bytes, sha256 }: Delivered): Promise<Difference[]> {
  const object = await store.open(storage_key);
  if (!object) return [{ storage_key, found: "nothing" }];
  const hash = createHash("sha256");
  for await (const chunk of object.body) hash.update(chunk as Buffer);
  const found = hash.digest("hex");
  return object.sizeBytes === bytes && found === sha256 ? [] : [{ storage_key, bytes, sha256, found_bytes: object.sizeBytes, found_sha256: found }];
}
