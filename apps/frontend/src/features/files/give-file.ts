import type { UploadPurpose, UploadView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { api, NoReply, Refusal } from "../api/index.ts";

export interface Giving {
  readonly purpose: UploadPurpose;
  /** 0 to 1 while the bytes leave; null while the server looks at them. */
  readonly onProgress: (fraction: number | null) => void;
  readonly signal: AbortSignal;
}

/** Sends a file to where the server says, and has it looked at. */
export async function giveFile(file: Blob, { purpose, onProgress, signal }: Giving): Promise<UploadView> {
  const upload = await api.announce({ purpose, mime: typeOf(file, purpose), bytes: file.size });
  signal.throwIfAborted();
  await put(file, upload.put!, { onProgress, signal });
  onProgress(null);
  return api.confirmUpload(upload.id);
}

// What a system does not know has no type; the server reads it from the bytes in any case.
const typeOf = ({ type }: Blob, purpose: UploadPurpose): string => type || (purpose === "audio" ? "audio/wav" : "image/png");

/** By the older way of asking: only that one tells how far it is. */
function put(file: Blob, { url, method, headers }: NonNullable<UploadView["put"]>, { onProgress, signal }: Pick<Giving, "onProgress" | "signal">): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort, { once: true });
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Refusal(request.status, {})));
    request.onerror = () => reject(new NoReply(new Error("the file was not sent")));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", abort);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(file);
  });
}

/** Why a file was not taken, for whoever chose it. */
export function wordsFor(error: unknown): string {
  if (!(error instanceof Refusal)) return t.files.lost;
  return t.files.trouble[error.code] ?? (error.problem.detail ? t.files.other(error.message) : t.files.lost);
}
