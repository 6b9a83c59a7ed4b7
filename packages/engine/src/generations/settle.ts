import { z } from "zod";
import type { OutputErrorCode } from "@cooly/contract";
import { statement, type Runner } from "../db/index.ts";

export interface StoredMedia {
  readonly storageKey: string;
  readonly thumbnailKey: string | null;
  readonly mime: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly bytes: number;
  readonly durationMs: number | null;
  readonly sha256: string;
  readonly thumbhash: string | null;
  readonly waveform: string | null;
  /** Who says in the file how it came to be: its vendor, by C2PA or by IPTC's source type, or we. */
  readonly provenance: "c2pa" | "source_type" | "marked" | null;
}

interface VerdictBase {
  readonly outputId: string;
  readonly accountId: string;
  /** The attempt that earned this verdict; null where none did: a cancel of queued work, a write-off. */
  readonly attempt: number | null;
  readonly providerMs?: number;
  readonly transferMs?: number;
}

export type Verdict =
  | (VerdictBase & {
      readonly state: "delivered";
      readonly media: StoredMedia;
      readonly costUsd?: number;
      /** Credits; never more than what is held for it is charged. Default: all of that. */
      readonly captured?: number;
    })
  | (VerdictBase & {
      readonly state: "refused" | "failed";
      readonly error: { code: OutputErrorCode; message: string };
      readonly dead?: boolean;
    })
  /** `reason` is the operator's, and stands in the ledger. */
  | (VerdictBase & { readonly state: "written_off"; readonly error: { code: OutputErrorCode; message: string }; readonly reason: string })
  | (VerdictBase & { readonly state: "canceled" });

export type SettleOutcome = "settled" | "already_settled" | "fenced" | "not_in_state" | "missing";

/**
 * Records verdicts and moves the money, in one transaction: there is no moment in which an output is delivered and not
 * charged, or failed and still held. Doing it again changes nothing. Used by whoever learns the verdict.
 */
export async function settle(db: Runner, verdicts: readonly Verdict[]): Promise<Map<string, SettleOutcome>> {
  if (verdicts.length === 0) return new Map();
  const rows = await db.rows(settleMany, [JSON.stringify(verdicts.map(toColumns))]);
  return new Map(rows.map(({ output_id, outcome }) => [output_id, outcome]));
}

function toColumns(verdict: Verdict): object {
  const base = {
    output_id: verdict.outputId,
    account_id: verdict.accountId,
    attempt: verdict.attempt,
    state: verdict.state,
    provider_ms: verdict.providerMs,
    transfer_ms: verdict.transferMs,
  };
  switch (verdict.state) {
    case "delivered": {
      const { media } = verdict;
      return {
        ...base,
        storage_key: media.storageKey,
        thumbnail_key: media.thumbnailKey,
        mime: media.mime,
        width: media.width,
        height: media.height,
        bytes: media.bytes,
        duration_ms: media.durationMs,
        sha256: media.sha256,
        thumbhash: media.thumbhash,
        waveform: media.waveform,
        provenance: media.provenance,
        cost_usd: verdict.costUsd,
        captured: verdict.captured,
      };
    }
    case "refused":
    case "failed":
      return { ...base, error: verdict.error, dead: verdict.dead ?? false };
    case "written_off":
      return { ...base, error: verdict.error, reason: verdict.reason };
    case "canceled":
      return base;
  }
}

// Locks the accounts one after the other, in the order of their ids.
const settleMany = statement(
  "generations.settle_many",
  z.object({ output_id: z.string(), outcome: z.enum(["settled", "already_settled", "fenced", "not_in_state", "missing"]) }),
  `select output_id, outcome from settle_many($1::jsonb)`,
);
