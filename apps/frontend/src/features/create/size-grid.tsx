"use client";

import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { parseSize } from "@cooly/contract";
import type { FormField } from "../recipe/index.ts";
import { ratioOf } from "./ratio.ts";
import { Shape } from "./shape.tsx";

interface Props {
  readonly field: FormField;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const BOX = { least: 12, most: 28 };

const longestEdge = (size: string): number => {
  const parsed = parseSize(size);
  return parsed ? Math.max(parsed.width, parsed.height) : 1;
};

/** Drawn larger where it is larger, so that two of one shape tell apart at a glance. */
const boxFor = (size: string, largest: number): number => Math.max(BOX.least, Math.round((BOX.most * longestEdge(size)) / largest));

/** Every size on offer, drawn. */
export function SizeGrid({ field, value, onChange }: Props) {
  const largest = Math.max(...field.choices.map((choice) => longestEdge(String(choice.value))));
  return (
    <RadioGroup aria-label={field.label} value={value} onValueChange={(next) => onChange(next as string)} className="grid grid-cols-[repeat(auto-fill,minmax(5.25rem,1fr))] gap-1">
      {field.choices.map((choice) => (
        <Radio.Root
          key={String(choice.value)}
          value={choice.value}
          nativeButton
          render={<button type="button" />}
          className="flex min-w-0 flex-col items-center gap-1 rounded-box border border-transparent px-0.5 py-2 text-small text-ink-soft select-none hover:bg-well hover:text-ink data-checked:border-line-strong data-checked:bg-well data-checked:text-ink"
        >
          <span className="flex h-7 items-center">
            <Shape size={String(choice.value)} box={boxFor(String(choice.value), largest)} />
          </span>
          <span className="figures text-body text-ink">{ratioOf(String(choice.value))}</span>
          <span className="figures max-w-full truncate">{String(choice.value).replace("x", "\u202f×\u202f")}</span>
          {choice.label === String(choice.value) ? null : <span className="sr-only">{choice.label}</span>}
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
