import type { GenerationView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";
import { isCancelable, promptOf, sizeOf } from "../generations/index.ts";

interface Props {
  readonly generation: GenerationView;
  readonly now: Date;
  readonly modelName: string | undefined;
  readonly onCancel: (generation: GenerationView) => void;
}

/** The recipe in one quiet line below its pictures; it gives way from the end where there is little room. */
export function CaptionLine({ generation, now, modelName, onCancel }: Props) {
  const { credits, created_at: createdAt, outputs, model } = generation;
  const size = sizeOf(generation, outputs[0]);
  const paid = credits.charged > 0 ? credits.charged : credits.quoted;
  return (
    <p className="@container flex h-9 items-start pt-1.5 text-small text-ink-soft">
      <span className="flex min-w-0 flex-1 gap-3">
        <span dir="auto" className="min-w-0 flex-1 truncate">{promptOf(generation) || t.tile.noPrompt}</span>
        <span className="figures hidden shrink-0 gap-3 text-ink-faint @min-[32rem]:flex">
          <span>{modelName ?? model}</span>
          {size ? <span>{size}</span> : null}
          <span>{t.app.credits(paid)}</span>
        </span>
        <time dateTime={createdAt} className="figures hidden shrink-0 text-ink-faint @min-[13rem]:block">
          {format.ago(createdAt, now)}
        </time>
        {isCancelable(generation) ? (
          <button type="button" onClick={() => onCancel(generation)} className="-my-1 shrink-0 rounded-box px-1 py-1 text-ink underline decoration-line-strong underline-offset-4 hover:decoration-ink">
            {t.tile.cancel}
          </button>
        ) : null}
      </span>
    </p>
  );
}
