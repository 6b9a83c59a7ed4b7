"use client";

import { useState } from "react";
import type { ModelView } from "@cooly/contract";
import { Pop } from "../../ui/popover.tsx";
import { changeValue, valueOf, type FormField, type Values } from "../recipe/index.ts";
import { chipClass } from "./chip.ts";
import { ratioOf } from "./ratio.ts";
import { Shape } from "./shape.tsx";
import { SizeGrid } from "./size-grid.tsx";
import { sizeField } from "./use-composer.ts";

interface Props {
  readonly model: ModelView;
  readonly fields: readonly FormField[];
  readonly values: Values;
}

export function ShapeChip({ model, fields, values }: Props) {
  const [open, setOpen] = useState(false);
  const field = sizeField(fields);
  const size = field && valueOf(field, values);
  if (!field || typeof size !== "string") return null;
  return (
    <Pop
      open={open}
      onOpenChange={setOpen}
      title={field.label}
      className="w-[min(24rem,calc(100vw-1rem))]"
      trigger={
        <button type="button" aria-label={`${field.label}: ${ratioOf(size)}, ${size}`} data-testid="size-chip" className={chipClass}>
          <Shape size={size} />
          <span className="figures">{ratioOf(size)}</span>
        </button>
      }
    >
      <SizeGrid
        field={field}
        value={size}
        onChange={(next) => {
          changeValue(model.id, field.name, next);
          setOpen(false);
        }}
      />
    </Pop>
  );
}
