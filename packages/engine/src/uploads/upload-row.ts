import { z } from "zod";
import { uploadPurposes, uploadStatuses } from "@cooly/contract";

export const UploadRow = z.object({
  id: z.string(),
  account_id: z.string(),
  purpose: z.enum(uploadPurposes),
  state: z.enum(uploadStatuses),
  announced_mime: z.string(),
  announced_bytes: z.number(),
  announced_sha256: z.string().nullable(),
  raw_key: z.string().nullable(),
  storage_key: z.string().nullable(),
  thumbnail_key: z.string().nullable(),
  mime: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  created_at: z.date(),
  look_at: z.date(),
});
export type UploadRow = z.infer<typeof UploadRow>;

export const uploadColumns = `u.id, u.account_id, u.purpose, u.state, u.announced_mime, u.announced_bytes, encode(u.announced_sha256, 'hex') as announced_sha256,
  u.raw_key, u.storage_key, u.thumbnail_key, u.mime, u.width, u.height, u.bytes, encode(u.sha256, 'hex') as sha256, u.error, u.created_at, u.look_at`;

/** What is kept of a file. */
export interface Copy {
  readonly storageKey: string;
  readonly thumbnailKey: string | null;
  readonly mime: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly bytes: number;
  readonly sha256: string;
}
