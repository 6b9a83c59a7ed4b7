"use client";

import type { GenerationView, OutputView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { cx } from "../../ui/cx.ts";
import { aspectOf, describeOutput, Picture, stepDetail } from "../generations/index.ts";

const EDGE = 56;

/** The other results of the same press. */
export function Filmstrip({ generation, current }: { generation: GenerationView; current: OutputView }) {
  return (
    <nav aria-label={t.detail.batch} className="flex shrink-0 gap-2 overflow-x-auto px-2 pt-1 pb-4 wide:justify-center wide:px-8">
      {generation.outputs.map((output) => {
        const here = output.id === current.id;
        return (
          <button
            key={output.id}
            type="button"
            aria-current={here}
            aria-label={`${t.tile.place(output.index + 1, generation.outputs.length)}, ${describeOutput(output)}`}
            onClick={() => stepDetail({ id: generation.id, index: output.index })}
            className={cx("relative shrink-0 overflow-hidden rounded-box border-2 bg-well p-0.5", here ? "border-ink" : "border-transparent hover:border-line-strong")}
            style={{ height: EDGE, width: Math.round(Math.min(Math.max(EDGE * aspectOf(generation, output), EDGE * 0.6), EDGE * 2)) }}
          >
            {output.status === "delivered" && output.url ? (
              <span className="block size-full overflow-hidden rounded-[4px]">
                <Picture generationId={generation.id} output={output} alt="" large={false} />
              </span>
            ) : (
              <span className="flex size-full items-center justify-center text-small text-ink-soft">{output.index + 1}</span>
            )}
          </button>
        );
      })}
    </nav>
  );
}
