import { readFile, rm } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { fromPublicId } from "@cooly/contract";
import { InputFile } from "../catalogue/index.ts";
import { beside } from "../uploads/beside.ts";
import { findUploads } from "../uploads/records.ts";
import { COPY_MAX_BYTES } from "../uploads/keep-copy.ts";
import type { UploadRow } from "../uploads/upload-row.ts";
import type { Hand, Held } from "./hand.ts";

/** What a vendor is given of a file whose rule says `file`. */
export interface FileGiven {
  readonly mime: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A file that was given is there no more, or cannot be sent: the output is refused, and costs nothing. */
export class InputUnusable extends Error {}

const LINK_MS = 2 * 3_600_000;
const endings: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "audio/wav": "wav",
  "audio/ogg": "ogg",
  "audio/flac": "flac",
  "audio/mp4": "m4a",
  "audio/mpeg": "mp3",
};

/** The request with every file in it, in the form that its route wants. Throws `InputUnusable` where one cannot be had. */
export async function fillFiles(hand: Hand, work: Held, request: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const files = filesIn(request);
  if (files.length === 0) return request;
  const ids = files.flatMap(({ upload }) => fromPublicId("upload", upload) ?? []);
  const rows = new Map((await findUploads(hand.db, work.account_id, ids)).map((row) => [row.id, row]));
  const filled = new Map<InputFile, unknown>();
  // One after the other: each is in memory whole.
  for (const file of files) filled.set(file, await fill(hand, work, { file, row: rows.get(fromPublicId("upload", file.upload) ?? "") }));
  return replaced(request, filled) as Readonly<Record<string, unknown>>;
}

function filesIn(value: unknown): readonly InputFile[] {
  if (value instanceof InputFile) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(filesIn) : [];
}

function replaced(value: unknown, filled: ReadonlyMap<InputFile, unknown>): unknown {
  if (value instanceof InputFile) return filled.get(value);
  if (Array.isArray(value)) return value.map((one) => replaced(one, filled));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaced(member, filled)]));
}

async function fill(hand: Hand, work: Held, { file, row }: { file: InputFile; row: UploadRow | undefined }): Promise<unknown> {
  if (row?.state !== "ready") throw new InputUnusable("A file that was given for this has been deleted.");
  const { storage_key: key, mime } = row;
  if (file.form === "url" && !file.byAlpha) {
    const url = hand.store.signedUrl(key!, { expiresAt: new Date(Date.now() + LINK_MS), mime: mime! });
    if (isReachable(url)) return url;
  }
  const given = await read(hand, work, { key: key!, mime: mime!, byAlpha: file.byAlpha });
  if (file.form === "file") return given;
  const base64 = Buffer.from(given.bytes).toString("base64");
  return file.form === "base64" ? base64 : `data:${given.mime};base64,${base64}`;
}

/** A storage on this machine alone gives links that no vendor can follow: then the file itself is sent in the link's place. */
const isReachable = (url: string): boolean => URL.canParse(url) && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);

async function read(hand: Hand, work: Held, { key, mime, byAlpha }: { key: string; mime: string; byAlpha: boolean }): Promise<FileGiven> {
  const found = await hand.store.open(key);
  if (!found) throw new InputUnusable("A file that was given for this is missing from storage.");
  if (found.sizeBytes > COPY_MAX_BYTES) {
    found.body.destroy();
    throw new InputUnusable("A file that was given for this is too large to be sent.");
  }
  if (byAlpha) return { mime, name: "mask.png", bytes: await byTransparency(hand, work, found.body) };
  return { mime, name: `file.${endings[mime] ?? "bin"}`, bytes: await buffer(found.body) };
}

async function byTransparency({ scratch, pictures }: Hand, work: Held, body: Parameters<Hand["scratch"]["land"]>[0]): Promise<Uint8Array> {
  if (!pictures) throw new Error("nothing here writes masks");
  const landed = await scratch.land(body, { maxBytes: COPY_MAX_BYTES, signal: work.stop.signal });
  const into = beside(landed.path, "alpha");
  try {
    await pictures.writeMask(landed, { into, form: "transparent" });
    return await readFile(into);
  } finally {
    await rm(into, { force: true });
    await landed.discard();
  }
}
