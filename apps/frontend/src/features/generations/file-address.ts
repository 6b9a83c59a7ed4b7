import { fileNameOf, type GenerationView, type OutputView } from "@cooly/contract";
import { promptOf } from "./tiles.ts";

/** Signed addresses differ from one reply to the next. Keeping the first that works keeps the browser's copy in use. */
interface Address {
  readonly url: string | null;
  readonly download: string | null;
  readonly thumbnail: string | null;
  readonly sha256: string | null;
  readonly expiresAt: number;
}

const MARGIN_MS = 60_000;
const kept = new Map<string, Address>();

export function addressOf(output: OutputView, now: number = Date.now()): Pick<Address, "url" | "download" | "thumbnail"> {
  const known = kept.get(output.id);
  if (known && known.sha256 === output.sha256 && known.expiresAt - MARGIN_MS > now) return known;
  const expiresAt = output.url_expires_at ? Date.parse(output.url_expires_at) : Infinity;
  const fresh = { url: output.url, download: output.download_url, thumbnail: output.thumbnail_url, sha256: output.sha256, expiresAt };
  kept.set(output.id, fresh);
  return fresh;
}

/** The kept address does not work; the next one given is taken. */
export const forgetAddress = (output: OutputView): void => void kept.delete(output.id);

/** As the server names it for whoever saves it. */
export const fileName = (generation: GenerationView, output: OutputView): string =>
  fileNameOf({ generationId: generation.id, kind: generation.kind, prompt: promptOf(generation), index: output.index, mime: output.mime });
