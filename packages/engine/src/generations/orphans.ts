import { text } from "node:stream/consumers";
import { z } from "zod";
import { statement, type Database } from "../db/index.ts";
import type { ObjectStore } from "../ports/index.ts";

/** One place where media lie. */
export interface Bucket {
  /** For people, and the same for as long as it is the same place. */
  readonly name: string;
  readonly store: ObjectStore;
  /** Whether it may become ours if it is nobody's. */
  readonly claim: boolean;
}

export type OrphanSweep =
  | { readonly outcome: "swept"; readonly removed: number; readonly noted: number; readonly uploads: number }
  /** Nothing was touched. `owner`: the installation that the manifest names. */
  | { readonly outcome: "not_ours"; readonly why: "foreign" | "unreadable" | "unclaimed"; readonly owner: string | null; readonly installation: string };

export const MANIFEST_KEY = "cooly.json";
const MEDIA = "m/";
const ORPHAN_AGE_MS = 24 * 3_600_000;
const PAGE = 500;
const PAGES_TO_KNOW_IT = 20;

const Manifest = z.object({ installation: z.string(), made_at: z.string() });

/**
 * Deletes objects that no row points to, once they are older than any work that could still claim them and an earlier sweep
 * has found them so too; and gives up uploads that nobody goes on with. Only in a bucket whose manifest names this
 * installation: what no row of ours points to may be all that another one has.
 */
export async function sweepOrphans(db: Database, bucket: Bucket, at: Date | null = null): Promise<OrphanSweep> {
  const { id, now } = await db.one(readInstallation, [at]);
  const { owner, why } = await ownerOf(db, bucket, { id, now });
  if (owner !== id) return { outcome: "not_ours", why, owner, installation: id };
  const { store } = bucket;
  const before = new Date(now.getTime() - ORPHAN_AGE_MS);
  const total = { removed: 0, noted: 0 };
  for await (const page of inPages(store, before)) {
    const { removed, noted } = await sweepPage(db, store, { page, now });
    total.removed += removed;
    total.noted += noted;
  }
  await db.rows(forgetOld, [now]);
  return { outcome: "swept", ...total, uploads: (await store.abandonUploads?.(MEDIA, before)) ?? 0 };
}

interface Owner {
  readonly owner: string | null;
  /** If it is not us. */
  readonly why: "foreign" | "unreadable" | "unclaimed";
}

async function ownerOf(db: Database, { store, claim }: Bucket, { id, now }: { id: string; now: Date }): Promise<Owner> {
  const named = await readManifest(store);
  if (named) return named;
  const nobody: Owner = { owner: null, why: "unclaimed" };
  if (!claim || !(await mayBeOurs(db, store))) return nobody;
  await store.create(MANIFEST_KEY, Buffer.from(JSON.stringify({ installation: id, made_at: now.toISOString() })), "application/json");
  // Somebody else may have been quicker.
  return (await readManifest(store)) ?? nobody;
}

async function readManifest(store: ObjectStore): Promise<Owner | null> {
  const found = await store.open(MANIFEST_KEY);
  if (!found) return null;
  try {
    return { owner: Manifest.parse(JSON.parse(await text(found.body))).installation, why: "foreign" };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return { owner: null, why: "unreadable" };
    throw error;
  }
}

/** An installation that is older than manifests has objects there: of all that we see, some must be known to us. */
async function mayBeOurs(db: Database, store: ObjectStore): Promise<boolean> {
  let pages = 0;
  for await (const page of inPages(store, null)) {
    if ((await db.rows(pointed, [page])).length > 0) return true;
    if ((pages += 1) === PAGES_TO_KNOW_IT) break;
  }
  return pages === 0;
}

async function* inPages(store: ObjectStore, before: Date | null): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const { key, modifiedAt } of store.list(MEDIA)) {
    if (before === null || modifiedAt < before) page.push(key);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

// Whoever dies after the objects are gone leaves words about them, which go with age.
async function sweepPage(db: Database, store: ObjectStore, { page, now }: { page: readonly string[]; now: Date }): Promise<{ removed: number; noted: number }> {
  const orphans = await db.rows(noteOrphans, [page, now]);
  const ripe = orphans.filter((orphan) => orphan.ripe).map(({ key }) => key);
  if (ripe.length > 0) {
    await store.remove(ripe);
    await db.rows(forget, [ripe]);
  }
  return { removed: ripe.length, noted: orphans.length - ripe.length };
}

const readInstallation = statement(
  "orphans.installation",
  z.object({ id: z.string(), now: z.date() }),
  `select id, coalesce($1::timestamptz, clock_timestamp()) as now from installation`,
);

const pointedTo = `select storage_key as key from outputs where storage_key = any($1::text[]) and media_deleted_at is null
     union select thumbnail_key from outputs where thumbnail_key = any($1::text[]) and media_deleted_at is null
     union select storage_key from uploads where storage_key = any($1::text[])
     union select thumbnail_key from uploads where thumbnail_key = any($1::text[])
     union select raw_key from uploads where raw_key = any($1::text[])`;

const pointed = statement("orphans.pointed", z.object({ key: z.string().nullable() }), pointedTo);

// The join sees what was noted before this statement: what it notes itself is not ripe, and what is pointed to again begins anew.
const noteOrphans = statement(
  "orphans.note",
  z.object({ key: z.string(), ripe: z.boolean() }),
  `with found as (
     select key from unnest($1::text[]) as f (key)
   ), pointed as (
     ${pointedTo}
   ), claimed as (
     delete from orphans o using pointed p where o.key = p.key
   ), lone as (
     select key from found except select key from pointed
   ), noted as (
     insert into orphans (key, seen_at) select key, $2 from lone on conflict (key) do nothing
   )
   select l.key, coalesce(o.seen_at <= $2::timestamptz - interval '1 hour', false) as ripe from lone l left join orphans o on o.key = l.key`,
);

const forget = statement("orphans.forget", z.object({ key: z.string() }), `delete from orphans where key = any($1::text[]) returning key`);

const forgetOld = statement(
  "orphans.forget_old",
  z.object({ key: z.string() }),
  `delete from orphans where seen_at < $1::timestamptz - interval '7 days' returning key`,
);
