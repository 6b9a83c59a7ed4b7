/** What the API needs for files that people give. */
import { createUploads, type Database, type Uploads } from "@cooly/engine";
import type { GuardedDownloads, Log, ObjectStore } from "@cooly/engine/ports";
import { UPLOAD_MAX_BYTES } from "@cooly/contract";
import type { Configuration } from "./configuration.ts";
import { openScratch } from "./vendors.ts";

const FETCH_MS = 30_000;

export interface OpenUploads {
  readonly uploads: Uploads;
  readonly fetches: GuardedDownloads;
  close(): void;
}

export interface UploadsOptions {
  readonly configuration: Configuration;
  readonly db: Database;
  readonly store: ObjectStore;
  readonly log: Log;
}

export async function openUploads({ configuration, ...parts }: UploadsOptions): Promise<OpenUploads> {
  const [{ createPicturesApart }, { createGuardedDownloads }, scratch] = await Promise.all([
    import("@cooly/drivers/media/sharp/pictures-apart"),
    import("@cooly/drivers/download/guarded"),
    openScratch(configuration, parts.log),
  ]);
  const pictures = createPicturesApart();
  return {
    uploads: createUploads({ ...parts, scratch, pictures }),
    fetches: createGuardedDownloads({ bytesMax: UPLOAD_MAX_BYTES, deadlineMs: FETCH_MS }),
    close() {
      pictures.close();
      scratch.close();
    },
  };
}
