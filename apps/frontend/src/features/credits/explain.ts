import type { LedgerEntryView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";

/** One movement, in plain words. */
export function explain({ kind, reason, output_index: index }: Pick<LedgerEntryView, "kind" | "reason" | "output_index">): string {
  switch (kind) {
    case "grant":
      return t.credits.ledger.grant(reason);
    case "reserve":
      return t.credits.ledger.reserve;
    case "capture":
      return t.credits.ledger.capture(index);
    case "release":
      return t.credits.ledger.release(index);
    case "expire":
      return t.credits.ledger.expire;
    case "clawback":
      return t.credits.ledger.clawback(reason);
  }
}

/** What it did to what is free to spend. A capture takes from what was held, so it says that instead of "0". */
export function changeOf({ available_change: available, held_change: held }: Pick<LedgerEntryView, "available_change" | "held_change">): { figure: string; note: string | null } {
  if (available !== 0) return { figure: format.signed(available), note: null };
  return { figure: format.integer(0), note: held < 0 ? t.credits.fromHeld(-held) : null };
}

/** Where a lot came from, by its code or, where the code is not known, by itself. */
export const sourceOf = (source: string): string => t.credits.sources[source] ?? source.replaceAll(/[_-]/g, " ").replace(/^./, (letter) => letter.toUpperCase());
