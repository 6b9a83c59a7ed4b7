import type { GenerationView, OutputView } from "@cooly/contract";
import { promptOf } from "./tiles.ts";

/** Signed addresses differ from one reply to the next. Keeping the first that works keeps the browser's copy in use. */
interface Address {
  readonly url: string | null;
  readonly thumbnail: string | null;
  readonly sha256: string | null;
  readonly expiresAt: number;
}

const MARGIN_MS = 60_000;
const kept = new Map<string, Address>();

export function addressOf(output: OutputView, now: number = Date.now()): Pick<Address, "url" | "thumbnail"> {
  const known = kept.get(output.id);
  if (known && known.sha256 === output.sha256 && known.expiresAt - MARGIN_MS > now) return known;
  const expiresAt = output.url_expires_at ? Date.parse(output.url_expires_at) : Infinity;
  const fresh = { url: output.url, thumbnail: output.thumbnail_url, sha256: output.sha256, expiresAt };
  kept.set(output.id, fresh);
  return fresh;
}

/** The kept address does not work; the next one given is taken. */
export const forgetAddress = (output: OutputView): void => void kept.delete(output.id);

const extensions: Readonly<Record<string, string>> = { "image/jpeg": "jpg", "image/svg+xml": "svg", "video/quicktime": "mov", "audio/mpeg": "mp3" };

/** "a-lighthouse-on-a-basalt-cliff-3f8k2m-2.png": says what it is, and is not the name of another one. */
export function fileName(generation: GenerationView, output: OutputView): string {
  const words = promptOf(generation).normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const name = words.slice(0, 6).join("-").slice(0, 60) || generation.kind;
  const mime = output.mime ?? "";
  const extension = extensions[mime] ?? mime.split("/")[1] ?? "bin";
  return `${name}-${generation.id.slice(-6)}-${output.index + 1}.${extension}`;
}
