"use client";

import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import type { FormField } from "../recipe/index.ts";
import { Shape } from "./shape.tsx";

interface Props {
  readonly field: FormField;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Every size on offer, drawn. */
export function SizeGrid({ field, value, onChange }: Props) {
  return (
    <RadioGroup aria-label={field.label} value={value} onValueChange={(next) => onChange(next as string)} className="grid grid-cols-3 gap-1">
      {field.choices.map((choice) => (
        <Radio.Root
          key={String(choice.value)}
          value={choice.value}
          nativeButton
          render={<button type="button" />}
          aria-label={`${choice.label}, ${String(choice.value)}`}
          className="flex min-w-0 flex-col items-center gap-1 rounded-box border border-transparent px-1 py-2 text-small text-ink-soft select-none hover:bg-well hover:text-ink data-checked:border-line-strong data-checked:bg-well data-checked:text-ink"
        >
          <Shape size={String(choice.value)} box={28} />
          {choice.label === String(choice.value) ? null : <span className="text-center text-ink">{choice.label}</span>}
          <span className="figures">{String(choice.value).replace("x", " × ")}</span>
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
