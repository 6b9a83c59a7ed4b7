import type { GenerationView, OutputView } from "@cooly/contract";
import { t } from "../../messages/index.ts";

interface Settlement {
  readonly quoted: number;
  readonly charged: number;
  readonly released: number;
}

/** The figures of one output, or of all that a merged frame stands for. */
export const settlementOf = (generation: GenerationView, output: OutputView, stands: number): Settlement => (stands > 1 ? generation.credits : output.credits);

/** What an end without a result did to the credits. */
export function moneySentence({ charged, released }: Settlement): string {
  if (charged > 0 && released > 0) return `${t.tile.charged(charged)} ${t.tile.returned(released)}`;
  if (charged > 0) return t.tile.charged(charged);
  return released > 0 ? t.tile.returned(released) : t.tile.nothingCharged;
}
