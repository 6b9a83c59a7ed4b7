/** Files among the parameters of a request: uploads, addresses and `data:` addresses. What is accepted names uploads alone. */
import { failures, Fault, fileParamsOf, fromPublicId, toPublicId, type FailureCode, type FileParam, type ModelManifest } from "@cooly/contract";
import type { UploadRow } from "@cooly/engine";
import { DownloadRefused, MediaUnusable, type DownloadRefusal, type OpenPieces } from "@cooly/engine/ports";
import { fault } from "./http/problem.ts";
import { readInlineFile } from "./inline-file.ts";
import type { ApiParts } from "./parts.ts";

type Input = Readonly<Record<string, unknown>>;

/** How a request names a file: `{"upload":"upl_..."}` or `{"url":"https://... or data:..."}`. Either may be written as a bare text. */
interface FileWord {
  readonly upload?: string;
  readonly url?: string;
}

const FILES_MAX = 32;

/** The same input with each file as an object; throws for what is neither. */
export function spellFiles(model: ModelManifest, input: Input): Record<string, unknown> {
  const spelled: Record<string, unknown> = { ...input };
  let files = 0;
  for (const { name, isList } of fileParamsOf(model.params)) {
    const value = input[name];
    if (value === undefined) continue;
    const path = `/input/${name}`;
    if (isList && !Array.isArray(value)) throw fault("invalid_parameter", path, "must be a list of files.");
    spelled[name] = isList ? (value as unknown[]).map((one, at) => spell(one, `${path}/${at}`)) : spell(value, path);
    // A list of none is none: what goes with files, and what does not, is not asked of it.
    if (isList && (value as unknown[]).length === 0) delete spelled[name];
    files += isList ? (value as unknown[]).length : 1;
  }
  if (files > FILES_MAX) throw fault("invalid_parameter", "/input", `has more than ${FILES_MAX} files.`);
  return spelled;
}

function spell(value: unknown, path: string): FileWord {
  if (typeof value === "string") return value.startsWith("upl_") ? { upload: value } : { url: value };
  const { upload, url, ...others } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const given = [upload, url].filter((one) => one !== undefined);
  if (given.length === 1 && typeof given[0] === "string" && Object.keys(others).length === 0) return value as FileWord;
  throw fault("invalid_parameter", path, 'must be {"upload":"upl_..."} or {"url":"https://..."}.');
}

export const hasAddresses = (model: ModelManifest, input: Input): boolean =>
  fileParamsOf(model.params).some(({ name }) => wordsOf(input[name]).some(({ url }) => url !== undefined));

const wordsOf = (value: unknown): readonly FileWord[] => (value === undefined ? [] : ([value].flat() as FileWord[]));

interface Found {
  readonly param: FileParam;
  readonly path: string;
  readonly word: FileWord;
  row: UploadRow | null;
}

/** Replaces what lies elsewhere by uploads of the account, and checks all of them. */
export function createFiles({ uploads, fetches }: Pick<ApiParts, "uploads" | "fetches">) {
  async function lookUp(accountId: string, found: readonly Found[]): Promise<void> {
    const named = found.filter(({ word }) => word.upload !== undefined);
    const ids = named.map(({ word }) => fromPublicId("upload", word.upload!));
    const rows = new Map(
      (
        await uploads.findAll(
          accountId,
          ids.filter((id) => id !== null),
        )
      ).map((row) => [row.id, row]),
    );
    named.forEach((one, at) => {
      one.row = rows.get(ids[at] ?? "") ?? null;
      checkUpload(one);
    });
  }

  async function fetchOne(accountId: string, one: Found): Promise<void> {
    const { param, path, word } = one;
    const data = /^data:/i.test(word.url!) ? readInlineFile(word.url!, path) : null;
    const file = { accountId, purpose: param.purpose, ...(data && { claims: data.mime }) };
    const kept = await uploads
      .keep(file, (signal) => open(data?.bytes ?? word.url!, signal))
      .catch((error: unknown) => {
        throw explain(error, path);
      });
    if (kept.outcome === "too_many") throw new Fault("too_many_uploads");
    if (kept.outcome === "refused") throw fault(kept.code, path, failures[kept.code].say);
    one.row = kept.row;
  }

  const open = async (from: Uint8Array | string, signal: AbortSignal): Promise<OpenPieces> =>
    typeof from === "string" ? fetches.open(from, signal) : Object.assign(once(from), { [Symbol.asyncDispose]: async () => undefined });

  return {
    async settle(model: ModelManifest, input: Input, accountId: string): Promise<Record<string, unknown>> {
      const params = fileParamsOf(model.params);
      const found = params.flatMap((param) =>
        wordsOf(input[param.name]).map((word, at): Found => ({ param, word, path: `/input/${param.name}${param.isList ? `/${at}` : ""}`, row: null })),
      );
      if (found.length === 0) return { ...input };
      // What is here already is looked at before anything is fetched.
      await lookUp(accountId, found);
      for (const one of found) if (one.word.url !== undefined) await fetchOne(accountId, one);
      checkMasks(found);
      const settled = params
        .filter(({ name }) => input[name] !== undefined)
        .map(({ name, isList }) => {
          const names = found.filter(({ param }) => param.name === name).map(({ row }) => ({ upload: toPublicId("upload", row!.id) }));
          return [name, isList ? names : names[0]];
        });
      return { ...input, ...Object.fromEntries(settled) };
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function checkUpload({ row, param, path }: Found): void {
  if (!row) throw fault("unknown_upload", path, "There is no such upload.");
  if (row.state !== "ready") throw fault("upload_not_ready", path, row.error?.message ?? "The upload has not been confirmed.");
  if (row.purpose !== param.purpose)
    throw fault("invalid_parameter", path, `needs an upload for the purpose "${param.purpose}"; this one is for "${row.purpose}".`);
}

/** A mask has the size of the picture that it is for. */
function checkMasks(found: readonly Found[]): void {
  for (const { param, path, row } of found) {
    if (param.purpose !== "mask") continue;
    const picture = found.find((one) => one.param.name === param.maskOf)?.row;
    if (!picture) throw fault("invalid_parameter", path, `needs a picture that it is for${param.maskOf === null ? "" : ` (${param.maskOf})`}.`);
    if (picture.width !== row!.width || picture.height !== row!.height)
      throw fault("mask_size_differs", path, `is ${row!.width}x${row!.height}, and the picture ${picture.width}x${picture.height}.`);
  }
}

const refusals: Readonly<Record<DownloadRefusal, FailureCode>> = {
  url_invalid: "blocked_address",
  scheme_refused: "blocked_address",
  credentials_refused: "blocked_address",
  port_refused: "blocked_address",
  unreachable: "blocked_address",
  redirect_refused: "blocked_address",
  answer_refused: "fetch_failed",
  encoding_refused: "fetch_failed",
  broken_off: "fetch_failed",
  too_slow: "fetch_failed",
  too_large: "too_large",
};

function explain(error: unknown, path: string): unknown {
  if (error instanceof DownloadRefused)
    return new Fault(refusals[error.code], { say: `${path}: ${error.message}`, issues: [{ path, message: error.message }], cause: error });
  if (error instanceof MediaUnusable) return fault("too_large", path, failures.too_large.say);
  if (error instanceof DOMException && error.name === "TimeoutError") return fault("fetch_failed", path, "The address takes too long.");
  return error;
}
