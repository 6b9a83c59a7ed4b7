import type { ModelManifest } from "@cooly/contract";
import type { Remark } from "../catalogue/index.ts";
import type { GenerationRow, OutputRow } from "./read.ts";

export interface Asked {
  readonly accountId: string;
  readonly model: ModelManifest;
  readonly warnings?: readonly Remark[];
  readonly input: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Accepted {
  readonly id: string;
  readonly outputIds: readonly string[];
  readonly seeds: readonly number[];
  readonly creditsEach: number;
  readonly createdAt: Date;
}

/** What `findGeneration` would find right after the accept: known without asking, because all of it was sent. */
export function queuedRow({ accountId, model, input, metadata, warnings = [] }: Asked, accepted: Accepted): GenerationRow {
  return {
    id: accepted.id,
    account_id: accountId,
    model: model.id,
    model_version: model.version,
    kind: model.kind,
    status: "queued",
    cancel_requested: false,
    input: input as GenerationRow["input"],
    metadata: { ...metadata },
    warnings: warningsOf({ warnings }),
    quoted: accepted.creditsEach * accepted.outputIds.length,
    charged: 0,
    released: 0,
    error: null,
    created_at: accepted.createdAt,
    started_at: null,
    finished_at: null,
    outputs: accepted.outputIds.map((id, index) => queuedOutput({ id, index, credits: accepted.creditsEach, seed: accepted.seeds[index]! })),
  };
}

/** As people read them. */
export const warningsOf = ({ warnings = [] }: Pick<Asked, "warnings">): GenerationRow["warnings"] =>
  warnings.map(({ message }) => ({ code: "unsupported_parameter", message }));

const queuedOutput = (known: Pick<OutputRow, "id" | "index" | "credits" | "seed">): OutputRow => ({
  ...known,
  state: "queued",
  progress: null,
  captured: 0,
  released: 0,
  storage_key: null,
  thumbnail_key: null,
  mime: null,
  width: null,
  height: null,
  bytes: null,
  duration_ms: null,
  sha256: null,
  thumbhash: null,
  waveform: null,
  provenance: null,
  error: null,
  provider_ms: null,
  transfer_ms: null,
  media_deleted: false,
});
