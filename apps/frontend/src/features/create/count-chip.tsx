"use client";

import { useState } from "react";
import type { ModelView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { Segments } from "../../ui/controls.tsx";
import { Pop } from "../../ui/popover.tsx";
import { changeDraft } from "../recipe/index.ts";
import { chipClass } from "./chip.ts";

const AT_ONCE = 12;

export function CountChip({ model, count }: { model: ModelView; count: number }) {
  const [open, setOpen] = useState(false);
  const { max } = model.outputs;
  // More than a handful are offered in steps: the smaller ones, then doublings.
  const all = Array.from({ length: max }, (_, index) => index + 1);
  const offered = max <= AT_ONCE ? all : all.filter((value) => value <= 4 || value === max || Number.isInteger(Math.log2(value)));
  return (
    <Pop
      open={open}
      onOpenChange={setOpen}
      title={t.create.count}
      trigger={
        <button type="button" aria-label={`${t.create.count}: ${count}`} data-testid="count-chip" className={chipClass}>
          <span className="figures">{t.create.countChip(count)}</span>
        </button>
      }
    >
      <Segments
        label={t.create.count}
        value={String(count)}
        choices={offered.map((value) => ({ value: String(value), label: String(value) }))}
        onChange={(next) => {
          changeDraft({ count: Number(next) });
          setOpen(false);
        }}
        className="max-w-64 flex-wrap"
        itemClassName="!px-0 w-10"
      />
    </Pop>
  );
}
