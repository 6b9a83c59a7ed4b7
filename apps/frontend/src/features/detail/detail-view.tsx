"use client";

import { useCallback, useEffect } from "react";
import { isTerminal } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { download, stepDetail, type Stop } from "../generations/index.ts";
import { DetailBar } from "./detail-bar.tsx";
import { Filmstrip } from "./filmstrip.tsx";
import { RecipePanel } from "./recipe-panel.tsx";
import { Stage } from "./stage.tsx";
import { useDetail, type Detail } from "./use-detail.ts";

/** The picture uncovered, its recipe beside it; below it where there is no room. */
export function DetailView({ target }: { target: Pick<Stop, "id" | "index"> }) {
  const detail = useDetail(target);
  useDetailKeys(detail, target.index);
  const { generation, missing } = detail;
  const output = generation?.outputs[target.index] ?? generation?.outputs[0];

  return (
    <div className="flex h-full flex-col overflow-y-auto overscroll-contain wide:grid wide:grid-cols-[minmax(0,1fr)_22rem] wide:overflow-hidden">
      <div className="flex min-w-0 flex-col wide:min-h-0">
        <DetailBar detail={detail} generation={generation} />
        {generation && output ? (
          <>
            <Stage generation={generation} output={output} />
            {generation.outputs.length > 1 ? <Filmstrip generation={generation} current={output} /> : null}
          </>
        ) : null}
        {missing ? <Missing onClose={detail.close} /> : null}
        {detail.failed && !generation ? <p className="p-6">{t.app.unreachable.title}</p> : null}
      </div>
      {generation && output ? <RecipePanel key={generation.id} generation={generation} output={output} detail={detail} /> : null}
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

function useDetailKeys(detail: Detail, index: number): void {
  const { generation, previous, next, close, remove, actions } = detail;
  const act = useCallback(
    (key: string): boolean => {
      const forwards = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
      const backwards = forwards === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
      const output = generation?.outputs[index];
      const ended = generation !== undefined && isTerminal(generation.status);
      if (key === "Escape") close();
      else if ((key === "j" || key === forwards) && next) stepDetail(next);
      else if ((key === "k" || key === backwards) && previous) stepDetail(previous);
      else if (key === "d" && generation && output?.status === "delivered") download(generation, output);
      else if (key === "r" && generation && ended) actions.reuse(generation);
      else if ((key === "Delete" || key === "Backspace") && ended) remove();
      else return false;
      return true;
    },
    [generation, index, previous, next, close, remove, actions],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(document.activeElement)) return;
      // A sheet above this view has its own Esc.
      if (document.querySelector("[data-card][data-open]")) return;
      if (act(event.key)) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [act]);
}
