"use client";

import { Checkbox } from "@base-ui/react/checkbox";
import { NumberField } from "@base-ui/react/number-field";
import { Slider } from "@base-ui/react/slider";
import { Switch } from "@base-ui/react/switch";
import { Toggle } from "@base-ui/react/toggle";
import { ToggleGroup } from "@base-ui/react/toggle-group";
import { Check, Minus, Plus } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { inputClass } from "./field.tsx";
import { Icon } from "./icon.tsx";

interface NumberProps {
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly step?: number | undefined;
  readonly placeholder?: string;
  readonly plain?: boolean;
}

const stepClass = "flex w-10 items-center justify-center text-ink-soft hover:text-ink disabled:opacity-40";

export function NumberInput({ value, onChange, min, max, step, placeholder, plain = false }: NumberProps) {
  return (
    <NumberField.Root
      value={value}
      onValueChange={onChange}
      format={{ useGrouping: false, maximumFractionDigits: 6 }}
      {...(min === undefined ? {} : { min })}
      {...(max === undefined ? {} : { max })}
      {...(step === undefined ? {} : { step })}
    >
      <NumberField.Group className={cx(inputClass, "flex h-10 !px-0 has-focus-visible:outline-2 has-focus-visible:-outline-offset-1 has-focus-visible:outline-accent")}>
        <NumberField.Input placeholder={placeholder} className="figures min-w-0 flex-1 rounded-box bg-transparent px-3 outline-none" />
        {plain ? null : (
          <>
            <NumberField.Decrement className={stepClass}>
              <Icon of={Minus} />
            </NumberField.Decrement>
            <NumberField.Increment className={stepClass}>
              <Icon of={Plus} />
            </NumberField.Increment>
          </>
        )}
      </NumberField.Group>
    </NumberField.Root>
  );
}

interface SlideProps {
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly min: number;
  readonly max: number;
  readonly step?: number | undefined;
  readonly label: string;
  /** What the value means, where it is more than a number. */
  readonly says?: string;
}

export function Slide({ value, onChange, min, max, step, label, says }: SlideProps) {
  return (
    <Slider.Root value={value} onValueChange={(next) => onChange(next as number)} min={min} max={max} thumbAlignment="edge" {...(step === undefined ? {} : { step })}>
      <Slider.Control className="flex h-8 touch-none items-center select-none">
        <Slider.Track className="h-1 w-full rounded-round bg-well-strong">
          <Slider.Indicator className="rounded-round bg-ink-soft" />
          <Slider.Thumb
            aria-label={label}
            {...(says === undefined ? {} : { getAriaValueText: () => says })}
            className="size-4 rounded-round border-2 border-ink-soft bg-sheet has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          />
        </Slider.Track>
      </Slider.Control>
    </Slider.Root>
  );
}

export function SwitchInput({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <Switch.Root
      checked={checked}
      onCheckedChange={onChange}
      className="flex h-6 w-10 shrink-0 rounded-round border border-line-strong bg-well p-[3px] transition-colors duration-150 data-checked:border-ink data-checked:bg-ink"
    >
      <Switch.Thumb className="size-4 rounded-round bg-line-strong transition-transform duration-150 data-checked:translate-x-4 data-checked:bg-paper rtl:data-checked:-translate-x-4" />
    </Switch.Root>
  );
}

interface TickProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ReactNode;
}

export function Tick({ checked, onChange, children }: TickProps) {
  return (
    <label className="flex items-start gap-3">
      <Checkbox.Root
        checked={checked}
        onCheckedChange={onChange}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-[4px] border border-line-strong bg-sheet text-paper data-checked:border-ink data-checked:bg-ink"
      >
        <Checkbox.Indicator>
          <Icon of={Check} size={14} />
        </Checkbox.Indicator>
      </Checkbox.Root>
      <span>{children}</span>
    </label>
  );
}

interface SegmentsProps<Value extends string> {
  readonly value: Value;
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly face?: ReactNode }[];
  readonly onChange: (value: Value) => void;
  readonly label: string;
  readonly className?: string;
  readonly itemClassName?: string;
}

/** One of a few, all in sight. */
export function Segments<Value extends string>({ value, choices, onChange, label, className, itemClassName }: SegmentsProps<Value>) {
  return (
    <ToggleGroup aria-label={label} value={[value]} onValueChange={([next]) => (next === undefined ? undefined : onChange(next as Value))} className={cx("flex gap-1", className)}>
      {choices.map((choice) => (
        <Toggle
          key={choice.value}
          value={choice.value}
          aria-label={choice.label}
          className={cx(
            "figures flex h-9 min-w-9 items-center justify-center gap-2 rounded-box border border-transparent px-3 text-ink-soft select-none hover:bg-well hover:text-ink data-pressed:border-line-strong data-pressed:bg-well data-pressed:text-ink",
            itemClassName,
          )}
        >
          {choice.face ?? choice.label}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
