import {
  confirmUpload,
  createUpload,
  deleteUpload,
  failures,
  Fault,
  fromPublicId,
  getUpload,
  toPublicId,
  UPLOAD_MAX_BYTES,
  type UploadView,
} from "@cooly/contract";
import { announcedKinds, type UploadRow } from "@cooly/engine";
import { bind, type BoundRoute } from "../http/route.ts";
import type { ApiParts } from "../parts.ts";
import { linksUntil } from "../views.ts";

/** How long a link takes a file. */
const PUT_MS = 5 * 60_000;

export function uploadRoutes(parts: ApiParts): BoundRoute[] {
  const { uploads } = parts;
  const view = (row: UploadRow): UploadView => viewUpload(parts, row);
  return [
    bind(createUpload, async ({ body }, caller) => {
      const { purpose, mime, bytes, sha256 = null } = body;
      if (bytes === 0) throw new Fault("empty_file", { issues: [{ path: "/bytes", message: "is 0" }] });
      if (bytes > UPLOAD_MAX_BYTES) throw new Fault("too_large", { detail: { limit_bytes: UPLOAD_MAX_BYTES } });
      const kinds = announcedKinds(purpose);
      if (!kinds.includes(mime))
        throw new Fault("unsupported_media", { detail: { taken: kinds }, issues: [{ path: "/mime", message: "is not taken for this purpose" }] });
      const row = await uploads.announce({ accountId: caller.accountId, purpose, mime, bytes, sha256 });
      if (!row) throw new Fault("too_many_uploads");
      const made = view(row);
      return { headers: { location: `/v1/uploads/${made.id}` }, body: made };
    }),
    bind(confirmUpload, async ({ params }, caller) => {
      const confirmed = await uploads.confirm(caller.accountId, uuidOf(params["id"]!));
      switch (confirmed.outcome) {
        case "ready":
          return { body: view(confirmed.row) };
        case "refused":
          throw new Fault(confirmed.code, { say: failures[confirmed.code].say });
        case "missing":
          throw new Fault("not_found");
        case "not_uploaded":
          throw new Fault("not_uploaded");
      }
    }),
    bind(getUpload, async ({ params }, caller) => {
      const row = await uploads.find(caller.accountId, uuidOf(params["id"]!));
      if (!row) throw new Fault("not_found");
      return { body: view(row) };
    }),
    bind(deleteUpload, async ({ params }, caller) => {
      const id = params["id"]!;
      if (!(await uploads.remove(caller.accountId, uuidOf(id)))) throw new Fault("not_found");
      return { body: { id, object: "upload" as const, deleted: true as const } };
    }),
  ];
}

function uuidOf(id: string): string {
  const uuid = fromPublicId("upload", id);
  if (!uuid) throw new Fault("not_found");
  return uuid;
}

function viewUpload({ store, clock }: Pick<ApiParts, "store" | "clock">, row: UploadRow): UploadView {
  const { storage_key: key, thumbnail_key: thumbnail, mime } = row;
  const expiresAt = linksUntil(clock.now());
  const shown = key !== null && mime !== null;
  return {
    id: toPublicId("upload", row.id),
    object: "upload",
    purpose: row.purpose,
    status: row.state,
    put: putOf({ store, clock }, row),
    expires_at: row.look_at.toISOString(),
    mime,
    width: row.width,
    height: row.height,
    bytes: row.bytes,
    sha256: row.sha256,
    url: shown ? store.signedUrl(key, { expiresAt, mime }) : null,
    thumbnail_url: thumbnail === null ? null : store.signedUrl(thumbnail, { expiresAt, mime: "image/webp" }),
    url_expires_at: shown ? expiresAt.toISOString() : null,
    error: row.error,
    created_at: row.created_at.toISOString(),
  };
}

/** A link ends with the first minutes of the upload, whoever asks for it later. */
function putOf({ store, clock }: Pick<ApiParts, "store" | "clock">, row: UploadRow): UploadView["put"] {
  const expiresAt = new Date(row.created_at.getTime() + PUT_MS);
  if (row.raw_key === null || expiresAt <= clock.now()) return null;
  const { announced_mime: mime, announced_bytes: sizeBytes } = row;
  return {
    url: store.signedPutUrl(row.raw_key, { expiresAt, mime, sizeBytes }),
    method: "PUT",
    headers: { "content-type": mime },
    expires_at: expiresAt.toISOString(),
  };
}
