"use client";

import { Select } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { popupClass } from "./popover.tsx";

export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
}

interface Props<Value> {
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChange: (value: Value) => void;
  /** Where no visible label is tied to it. */
  readonly label?: string;
  readonly className?: string;
}

export function Choose<Value>({ value, choices, onChange, label, className }: Props<Value>) {
  return (
    <Select.Root items={choices} value={value} onValueChange={(next) => onChange(next as Value)}>
      <Select.Trigger
        aria-label={label}
        className={cx(
          "inline-flex h-10 min-w-0 items-center justify-between gap-2 rounded-box border border-line-strong bg-sheet ps-3 pe-2 text-body text-ink select-none hover:border-ink-soft",
          className,
        )}
      >
        <Select.Value className="truncate" />
        <Select.Icon className="text-ink-soft">
          <Icon of={ChevronDown} />
        </Select.Icon>
      </Select.Trigger>
      <Select.Portal>
        <Select.Positioner sideOffset={8} alignItemWithTrigger={false} collisionPadding={8} className="z-50">
          <Select.Popup className={cx(popupClass, "max-h-(--available-height) min-w-(--anchor-width) overflow-y-auto p-1")}>
            <Select.List>
              {choices.map((choice) => (
                <Select.Item
                  key={String(choice.value)}
                  value={choice.value}
                  className="flex h-9 cursor-default items-center justify-between gap-6 rounded-[4px] ps-2 pe-2 outline-none select-none data-highlighted:bg-well"
                >
                  <Select.ItemText>{choice.label}</Select.ItemText>
                  <Select.ItemIndicator>
                    <Icon of={Check} />
                  </Select.ItemIndicator>
                </Select.Item>
              ))}
            </Select.List>
          </Select.Popup>
        </Select.Positioner>
      </Select.Portal>
    </Select.Root>
  );
}
