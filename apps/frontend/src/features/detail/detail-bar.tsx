"use client";

import { ArrowLeft, ChevronLeft, ChevronRight, Trash2 } from "lucide-react";
import { isTerminal } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import type { Detail, Moves } from "./use-detail.ts";

interface Props {
  readonly detail: Detail;
  readonly moves: Moves;
}

/** Everything to press, beside the picture and never on it. */
export function DetailBar({ detail: { generation, hasPrevious, hasNext }, moves: { step, close, remove } }: Props) {
  const ended = generation !== undefined && isTerminal(generation.status);
  return (
    <header className="sticky top-0 z-10 flex h-14 shrink-0 items-center gap-1 bg-paper px-2">
      <IconButton icon={ArrowLeft} label={t.app.close} shortcut={t.keyboard.keys.escape} onClick={close} iconClassName="rtl:rotate-180" />
      <span className="flex-1" />
      {ended ? <IconButton icon={Trash2} label={t.tile.remove} shortcut={t.keyboard.keys.remove} onClick={remove} /> : null}
      <span aria-hidden className="mx-1 h-6 w-px bg-line" />
      <IconButton icon={ChevronLeft} label={t.detail.previous} shortcut="K" disabled={!hasPrevious} focusableWhenDisabled onClick={() => step(-1)} iconClassName="rtl:rotate-180" />
      <IconButton icon={ChevronRight} label={t.detail.next} shortcut="J" disabled={!hasNext} focusableWhenDisabled onClick={() => step(1)} iconClassName="rtl:rotate-180" />
    </header>
  );
}
