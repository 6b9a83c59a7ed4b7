import { failures, newUuid, UPLOAD_MAX_BYTES, type UploadPurpose } from "@cooly/contract";
import type { Database } from "../db/index.ts";
import { takePieces, type Landed, type Log, type ObjectStore, type OpenPieces, type Pictures, type Scratch } from "../ports/index.ts";
import { FileRefused, keepCopy, kindOfLanded, type FileRefusal } from "./keep-copy.ts";
import { announce, dropUpload, findTwin, findUpload, findUploads, isAwaited, record, settleReady, settleRefused, share, type Allowance } from "./records.ts";
import { createTurns, createTurnsOfEach } from "./turns.ts";
import type { Copy, UploadRow } from "./upload-row.ts";

export interface UploadParts {
  readonly db: Database;
  readonly store: ObjectStore;
  readonly scratch: Scratch;
  readonly pictures: Pictures;
  readonly log: Log;
  readonly allowance?: Allowance;
}

export interface Announcement {
  readonly accountId: string;
  readonly purpose: UploadPurpose;
  readonly mime: string;
  readonly bytes: number;
  readonly sha256: string | null;
}

export type Confirmed =
  | { readonly outcome: "ready"; readonly row: UploadRow }
  | { readonly outcome: "refused"; readonly code: FileRefusal }
  | { readonly outcome: "missing" | "not_uploaded" };

export type Kept = Extract<Confirmed, { outcome: "ready" | "refused" }> | { readonly outcome: "too_many" };

export interface Uploads {
  /** Null: the account has as many as it may. */
  announce(announcement: Announcement): Promise<UploadRow | null>;
  /** Looks at what was put there, once, however often it is asked; keeps a copy, and takes away what was put there. */
  confirm(accountId: string, id: string): Promise<Confirmed>;
  /** Keeps a file that comes from elsewhere, which is opened when it has its turn. Of the same bytes the upload that there is already. */
  keep(file: { accountId: string; purpose: UploadPurpose; claims?: string }, open: (signal: AbortSignal) => Promise<OpenPieces>): Promise<Kept>;
  /** False for the place of an upload that waits no more: its link may outlive it. */
  mayPut(key: string): Promise<boolean>;
  find(accountId: string, id: string): Promise<UploadRow | null>;
  findAll(accountId: string, ids: readonly string[]): Promise<UploadRow[]>;
  /** False if there is none. */
  remove(accountId: string, id: string): Promise<boolean>;
}

export const usualAllowance: Allowance = { waitingMax: 100, bytesMax: 2 * 1024 * 1024 * 1024 };
/** Each has a file on this machine's disk, and its copy. */
const LOOKS_MAX = 2;
const RAW = ".raw";
const LANDINGS_MAX = 32;
/** Of one account: who names slow addresses keeps only himself waiting. */
const OWN_LANDINGS_MAX = 4;
const LANDING_MS = 60_000;
const LOOK_MS = 180_000;

export function createUploads(parts: UploadParts): Uploads {
  const { db, allowance = usualAllowance } = parts;
  const turns = createTurns(LOOKS_MAX);
  const landings = createTurns(LANDINGS_MAX);
  const ownLandings = createTurnsOfEach(OWN_LANDINGS_MAX);
  const confirming = new Map<string, Promise<Confirmed>>();
  return {
    announce({ accountId, ...wish }) {
      const id = newUuid();
      return announce(db, { ...wish, id, accountId, rawKey: `m/${accountId}/${newUuid()}${RAW}` }, allowance);
    },
    async confirm(accountId, id) {
      const row = await findUpload(db, accountId, id);
      if (!row) return { outcome: "missing" };
      if (row.state !== "waiting") return standing(row);
      const begun = confirming.get(id) ?? turns(() => confirm(parts, row)).finally(() => confirming.delete(id));
      confirming.set(id, begun);
      return begun;
    },
    async keep(file, open) {
      const land = async (): Promise<Landed> => {
        const signal = AbortSignal.timeout(LANDING_MS);
        return parts.scratch.land(await open(signal), { maxBytes: UPLOAD_MAX_BYTES, signal });
      };
      // Whoever sends slowly keeps nobody from being looked at.
      const landed = await ownLandings(file.accountId, () => landings(land));
      return turns(() => keep(parts, { ...file, allowance }, landed)).finally(() => landed.discard());
    },
    mayPut: async (key) => !key.endsWith(RAW) || isAwaited(db, key),
    find: (accountId, id) => findUpload(db, accountId, id),
    findAll: (accountId, ids) => findUploads(db, accountId, ids),
    async remove(accountId, id) {
      const keys = await dropUpload(db, accountId, id);
      if (keys) await removeObjects(parts, keys);
      return keys !== null;
    },
  };
}

function standing(row: UploadRow): Confirmed {
  return row.state === "refused" ? { outcome: "refused", code: row.error!.code as FileRefusal } : { outcome: "ready", row };
}

async function confirm(parts: UploadParts, row: UploadRow): Promise<Confirmed> {
  const { db, store, scratch } = parts;
  const { account_id: accountId, raw_key: rawKey, purpose } = row;
  const found = await store.open(rawKey!);
  if (!found) return (await nowStanding(parts, row)) ?? { outcome: "not_uploaded" };
  if (found.sizeBytes !== row.announced_bytes) {
    found.body.destroy();
    return refuse(parts, row, new FileRefused("content_mismatch"));
  }
  const landed = await scratch.land(takePieces(found.body), { maxBytes: UPLOAD_MAX_BYTES, signal: AbortSignal.timeout(LOOK_MS) });
  try {
    if ((row.announced_sha256 ?? landed.sha256) !== landed.sha256) throw new FileRefused("content_mismatch");
    const settled =
      (await share(db, row, landed.sha256)) ?? (await settle(parts, row, { landed, copy: await keepCopy(parts, landed, { accountId, purpose }) }));
    // Whether it was this or another process, or whoever deleted it: what was put there is wanted no more.
    await removeObjects(parts, [rawKey!]);
    return settled ? { outcome: "ready", row: settled } : ((await nowStanding(parts, row)) ?? { outcome: "missing" });
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    return refuse(parts, row, error);
  } finally {
    await landed.discard();
  }
}

async function refuse(parts: UploadParts, row: UploadRow, { code, cause }: FileRefused): Promise<Confirmed> {
  parts.log.info("uploads.refused", { accountId: row.account_id, uploadId: row.id, code, error: cause });
  await settleRefused(parts.db, row, { code, message: failures[code].say });
  await removeObjects(parts, [row.raw_key!]);
  return { outcome: "refused", code };
}

/** Null if it no longer waits: then the copy is nobody's. */
async function settle(parts: UploadParts, row: UploadRow, { landed, copy }: { landed: Landed; copy: Copy }): Promise<UploadRow | null> {
  const settled = await settleReady(parts.db, row, { copy, sourceSha256: landed.sha256 });
  if (!settled) await removeObjects(parts, keysOf(copy));
  return settled;
}

/** What another process made of it in the meantime; null if it still waits, or is gone. */
async function nowStanding({ db }: UploadParts, { account_id, id }: UploadRow): Promise<Confirmed | null> {
  const row = await findUpload(db, account_id, id);
  return row && row.state !== "waiting" ? standing(row) : null;
}

type File = Parameters<Uploads["keep"]>[0] & { readonly allowance: Allowance };

async function keep(parts: UploadParts, { accountId, purpose, claims, allowance }: File, landed: Landed): Promise<Kept> {
  const { db } = parts;
  try {
    const kind = await kindOfLanded(landed, purpose);
    if (claims !== undefined && claims !== kind) throw new FileRefused("invalid_data_url", { cause: new Error(`${claims} is ${kind}`) });
    const twin = await findTwin(db, accountId, { purpose, sha256: landed.sha256 });
    if (twin) return { outcome: "ready", row: twin };
    const copy = await keepCopy(parts, landed, { accountId, purpose });
    const source = { mime: kind, bytes: landed.sizeBytes, sha256: landed.sha256 };
    const row = await record(db, { id: newUuid(), accountId, purpose, source }, { copy, allowance });
    if (row) return { outcome: "ready", row };
    await removeObjects(parts, keysOf(copy));
    return { outcome: "too_many" };
  } catch (error) {
    if (error instanceof FileRefused) return { outcome: "refused", code: error.code };
    throw error;
  }
}

const keysOf = ({ storageKey, thumbnailKey }: Copy): string[] => (thumbnailKey === null ? [storageKey] : [storageKey, thumbnailKey]);

/** What fails here, the sweep of orphans does later: no row points to it. */
async function removeObjects({ store, log }: Pick<UploadParts, "store" | "log">, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await store.remove(keys).catch((error: unknown) => log.warn("uploads.remove_later", { error }));
}
