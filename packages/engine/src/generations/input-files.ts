import { readFile, rm } from "node:fs/promises";
import { BlockList, isIP } from "node:net";
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
/** Of all files of one request: as text in a body they take four times that in memory. */
const TOGETHER_MAX_BYTES = 48 * 1024 * 1024;
const endings: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "audio/wav": "wav",
  "audio/ogg": "ogg",
  "audio/flac": "flac",
  "audio/mp4": "m4a",
  "audio/mpeg": "mp3",
};

export interface Filled {
  readonly request: Readonly<Record<string, unknown>>;
  /** When it has been sent. */
  release(): void;
}

/** The request with every file in it, in the form that its route wants. Throws `InputUnusable` where one cannot be had. */
export async function fillFiles(hand: Hand, work: Held, request: Readonly<Record<string, unknown>>): Promise<Filled> {
  const files = filesIn(request);
  if (files.length === 0) return { request, release() {} };
  const ids = files.flatMap(({ upload }) => fromPublicId("upload", upload) ?? []);
  const rows = new Map((await findUploads(hand.db, work.account_id, ids)).map((row) => [row.id, row]));
  const givens = files.map((file) => given(hand, file, rows.get(fromPublicId("upload", file.upload) ?? "")));
  const bytes = givens.reduce((sum, { url, row }) => sum + (url === null ? row.bytes! : 0), 0);
  if (bytes > TOGETHER_MAX_BYTES) throw new InputUnusable("The files that were given for this are too large to be sent.");
  const release = await hand.room.take(bytes, work.stop.signal);
  try {
    const filled = new Map<InputFile, unknown>();
    for (const one of givens) filled.set(one.file, one.url ?? (await read(hand, work, one)));
    return { request: replaced(request, filled) as Readonly<Record<string, unknown>>, release };
  } catch (error) {
    release();
    throw error;
  }
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

interface Given {
  readonly file: InputFile;
  readonly row: UploadRow;
  /** Where the vendor fetches it; null where its bytes are sent. */
  readonly url: string | null;
}

function given({ store }: Hand, file: InputFile, row: UploadRow | undefined): Given {
  if (row?.state !== "ready") throw new InputUnusable("A file that was given for this has been deleted.");
  if (file.form !== "url" || file.byAlpha) return { file, row, url: null };
  const url = store.signedUrl(row.storage_key!, { expiresAt: new Date(Date.now() + LINK_MS), mime: row.mime! });
  return { file, row, url: isReachable(url) ? url : null };
}

/** A storage on this machine or in its own network gives links that no vendor can follow: then the file itself is sent in the link's place. */
export function isReachable(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  if (family !== 0) return !near.check(host, family === 6 ? "ipv6" : "ipv4");
  // Names without a dot, and those that no public name ends with.
  return host.includes(".") && !/\.(localhost|local|internal|lan|home\.arpa)$/.test(host);
}

const near = new BlockList();
for (const [net, bits] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  near.addSubnet(net, bits);
for (const [net, bits] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  near.addSubnet(net, bits, "ipv6");

async function read(hand: Hand, work: Held, { file, row }: Given): Promise<unknown> {
  const found = await hand.store.open(row.storage_key!);
  if (!found) throw new InputUnusable("A file that was given for this is missing from storage.");
  if (found.sizeBytes !== row.bytes) {
    found.body.destroy();
    throw new InputUnusable("A file that was given for this is not in storage as it was.");
  }
  const bytes = file.byAlpha ? await byTransparency(hand, work, found.body) : await buffer(found.body);
  const mime = row.mime!;
  if (file.form === "file") return { mime, name: file.byAlpha ? "mask.png" : `file.${endings[mime] ?? "bin"}`, bytes } satisfies FileGiven;
  const base64 = Buffer.from(bytes).toString("base64");
  return file.form === "base64" ? base64 : `data:${mime};base64,${base64}`;
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
