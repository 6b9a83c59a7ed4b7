"use client";

import { ArrowLeft, ChevronLeft, ChevronRight, Download, RotateCcw, Trash2 } from "lucide-react";
import { isTerminal, type GenerationView, type OutputView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { buttonClass } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { IconButton, WithHint } from "../../ui/icon-button.tsx";
import { addressOf, fileName, stepDetail } from "../generations/index.ts";
import type { Detail } from "./use-detail.ts";

interface Props {
  readonly detail: Detail;
  readonly generation: GenerationView | undefined;
  readonly output: OutputView | undefined;
}

/** Everything to press, beside the picture and never on it. */
export function DetailBar({ detail, generation, output }: Props) {
  const { previous, next, close, remove, actions } = detail;
  const ended = generation !== undefined && isTerminal(generation.status);
  const url = output?.status === "delivered" ? addressOf(output).url : null;
  return (
    <header className="sticky top-0 z-10 flex h-14 shrink-0 items-center gap-1 bg-paper px-2">
      <IconButton icon={ArrowLeft} label={t.app.close} shortcut={t.keyboard.keys.escape} onClick={close} iconClassName="rtl:rotate-180" />
      <span className="flex-1" />
      {ended && generation ? <IconButton icon={RotateCcw} label={t.tile.reuse} shortcut="R" onClick={() => actions.reuse(generation)} /> : null}
      {url && generation && output ? (
        <WithHint label={t.tile.download} shortcut="D">
          <a href={url} download={fileName(generation, output)} aria-label={t.tile.download} data-testid="download" className={buttonClass("quiet", "normal", "!size-10 !p-0")}>
            <Icon of={Download} size={20} />
          </a>
        </WithHint>
      ) : null}
      {ended ? <IconButton icon={Trash2} label={t.tile.remove} shortcut={t.keyboard.keys.remove} onClick={remove} /> : null}
      <span aria-hidden className="mx-1 h-6 w-px bg-line" />
      <IconButton icon={ChevronLeft} label={t.detail.previous} shortcut="K" disabled={!previous} focusableWhenDisabled onClick={() => previous && stepDetail(previous)} iconClassName="rtl:rotate-180" />
      <IconButton icon={ChevronRight} label={t.detail.next} shortcut="J" disabled={!next} focusableWhenDisabled onClick={() => next && stepDetail(next)} iconClassName="rtl:rotate-180" />
    </header>
  );
}
