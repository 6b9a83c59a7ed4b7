"use client";

import { useEffect } from "react";
import { isTerminal } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { download, type Stop } from "../generations/index.ts";
import { DetailBar } from "./detail-bar.tsx";
import { Filmstrip } from "./filmstrip.tsx";
import { RecipePanel } from "./recipe-panel.tsx";
import { Stage } from "./stage.tsx";
import { useDetail, type Moves } from "./use-detail.ts";

/** The picture uncovered, its recipe beside it; below it where there is no room. */
export function DetailView({ target, moves }: { target: Pick<Stop, "id" | "index">; moves: Moves }) {
  const detail = useDetail(target);
  useDetailKeys(moves);
  const { generation, missing } = detail;
  const output = generation?.outputs[target.index] ?? generation?.outputs[0];

  return (
    <div className="flex h-full flex-col overflow-y-auto overscroll-contain wide:grid wide:grid-cols-[minmax(0,1fr)_22rem] wide:overflow-hidden">
      <div className="flex min-w-0 flex-col wide:min-h-0">
        <DetailBar detail={detail} moves={moves} />
        {generation && output ? (
          <>
            <Stage generation={generation} output={output} />
            {generation.outputs.length > 1 ? <Filmstrip generation={generation} current={output} /> : null}
          </>
        ) : null}
        {missing ? <Missing onClose={moves.close} /> : null}
        {detail.failed && !generation ? <p className="p-6">{t.app.unreachable.title}</p> : null}
      </div>
      {generation && output ? <RecipePanel key={generation.id} generation={generation} output={output} actions={moves.actions} /> : null}
    </div>
  );
}

function Missing({ onClose }: { onClose: () => void }) {
  return (
    <div className="m-auto flex max-w-md flex-col items-start gap-4 p-6">
      <div>
        <h2 className="text-title font-strong">{t.detail.missingTitle}</h2>
        <p className="text-ink-soft">{t.detail.missingBody}</p>
      </div>
      <Button onClick={onClose}>{t.detail.toGallery}</Button>
    </div>
  );
}

const isTyping = (element: Element | null): boolean => element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

function useDetailKeys(moves: Moves): void {
  useEffect(() => {
    function act(key: string): boolean {
      const rightToLeft = document.documentElement.dir === "rtl";
      const shown = moves.current();
      if (key === "j" || key === (rightToLeft ? "ArrowLeft" : "ArrowRight")) moves.step(1);
      else if (key === "k" || key === (rightToLeft ? "ArrowRight" : "ArrowLeft")) moves.step(-1);
      else if (key === "Delete" || key === "Backspace") moves.remove();
      else if (key === "d" && shown?.output.status === "delivered") download(shown.generation, shown.output);
      else if (key === "r" && shown && isTerminal(shown.generation.status)) moves.actions.reuse(shown.generation);
      else return false;
      return true;
    }

    const onKey = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(document.activeElement)) return;
      // A sheet or a menu above this view has its own keys.
      if (document.querySelector('[data-card][data-open], [role="menu"], [role="listbox"]')) return;
      if (act(event.key)) event.preventDefault();
    };
    // On the way down: the dialog around this view keeps arrows from whoever listens above it.
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [moves]);
}
