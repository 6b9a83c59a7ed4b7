import { newUuid, toPublicId, type GenerationView, type OutputView } from "@cooly/contract";

const settled = { quoted: 4, charged: 0, released: 0 };

/** A generation for a rule to be tried on. `at` orders ids. */
export function generation(change: Partial<GenerationView> & { readonly at?: number; readonly count?: number } = {}): GenerationView {
  const { at = 1_700_000_000_000, count = 2, ...rest } = change;
  const outputs = Array.from({ length: count }, (_, index) => output({ index }, at));
  return {
    id: toPublicId("generation", newUuid(at)), object: "generation", model: "demo/painter", model_version: 1, kind: "image", status: "queued", cancel_requested: false,
    input: { prompt: "Paper boats", size: "1024x1024" }, outputs, credits: { ...settled, quoted: 4 * count }, error: null, warnings: [],
    timings: { queued_ms: null, provider_ms: null, transfer_ms: null, total_ms: null }, metadata: {}, created_at: new Date(at).toISOString(), started_at: null, finished_at: null,
    ...rest,
  };
}

export function output(change: Partial<OutputView> = {}, at = 1_700_000_000_000): OutputView {
  return {
    id: toPublicId("output", newUuid(at)), index: 0, status: "queued", progress: null, url: null, url_expires_at: null, mime: null, width: null, height: null, bytes: null,
    duration_ms: null, sha256: null, thumbnail_url: null, download_url: null, thumbhash: null, waveform: null, provenance: null, seed: 7, error: null, credits: settled, ...change,
  };
}
