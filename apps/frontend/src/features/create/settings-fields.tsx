"use client";

import { Dices, X } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "../../messages/index.ts";
import { Slide, NumberInput, SwitchInput } from "../../ui/controls.tsx";
import { inputClass, Labelled, TextInput } from "../../ui/field.tsx";
import { Button } from "../../ui/button.tsx";
import { Choose } from "../../ui/select.tsx";
import { cx } from "../../ui/cx.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import { FileField, FileListField, MaskField } from "../files/index.ts";
import { valueOf, type FormField, type Values } from "../recipe/index.ts";
import { SizeGrid } from "./size-grid.tsx";

interface Props {
  readonly field: FormField;
  readonly values: Values;
  readonly error: string | undefined;
  readonly onChange: (value: unknown) => void;
}

/** One parameter of the model, with its label, help and error. */
export function SettingsField(props: Props) {
  const { field, values, error } = props;
  const value = valueOf(field, values);
  const shown: ReactNode = control(props, value);
  if (field.control === "toggle") {
    return (
      <Labelled label={field.label} name={field.name} error={error} help={field.help} aside={shown}>
        {null}
      </Labelled>
    );
  }
  const aside = field.control === "slider" ? <span className="figures text-ink-soft">{String(value ?? "")}</span> : null;
  return (
    <Labelled label={field.label} name={field.name} error={error} help={field.help} aside={aside}>
      {shown}
    </Labelled>
  );
}

const asNumber = (value: unknown): number | null => (typeof value === "number" ? value : null);

function control({ field, values, onChange }: Props, value: unknown): ReactNode {
  switch (field.control) {
    case "select":
      return <Choose value={value} choices={field.choices} onChange={onChange} className="w-full" />;
    case "size":
      return <SizeGrid field={field} value={String(value ?? "")} onChange={onChange} />;
    case "seed":
      return <Seed field={field} value={asNumber(value)} onChange={onChange} />;
    case "number":
      return <NumberInput value={asNumber(value)} onChange={onChange} min={field.min} max={field.max} step={field.step} />;
    case "slider":
      return <Slide label={field.label} value={asNumber(value) ?? field.min ?? 0} onChange={onChange} min={field.min ?? 0} max={field.max ?? 100} step={field.step} />;
    case "toggle":
      return <SwitchInput checked={value === true} onChange={onChange} />;
    case "image":
    case "frame":
    case "audio":
      return <FileField field={field} value={value} onChange={onChange} />;
    case "image-list":
      return <FileListField field={field} value={value} onChange={onChange} />;
    case "mask":
      return <MaskField field={field} value={value} picture={field.file?.maskOf ? values[field.file.maskOf] : undefined} onChange={onChange} />;
    case "prompt":
    case "text":
      return <Text field={field} value={typeof value === "string" ? value : ""} onChange={onChange} />;
  }
}

const LONG_TEXT = 120;

function Text({ field, value, onChange }: { field: FormField; value: string; onChange: (value: unknown) => void }) {
  const long = field.maxLength === undefined || field.maxLength > LONG_TEXT;
  if (!long) return <TextInput value={value} maxLength={field.maxLength} onChange={(event) => onChange(event.target.value)} />;
  return (
    <TextInput
      value={value}
      maxLength={field.maxLength}
      onChange={(event) => onChange(event.target.value)}
      render={<textarea rows={2} className={cx(inputClass, "field-sizing-content max-h-40 !h-auto resize-none py-2")} />}
    />
  );
}

const SEEDS = 2 ** 31;

function Seed({ field, value, onChange }: { field: FormField; value: number | null; onChange: (value: unknown) => void }) {
  const highest = Math.min(field.max ?? SEEDS - 1, SEEDS - 1);
  const pick = () => onChange(Math.floor(Math.random() * (highest + 1)));
  return (
    <div className="flex gap-2">
      <div className="min-w-0 flex-1">
        <NumberInput plain value={value} onChange={onChange} min={field.min} max={field.max} step={1} placeholder={t.create.random} />
      </div>
      <IconButton icon={Dices} label={t.create.newSeed} look="plain" onClick={pick} />
      {value === null ? null : <IconButton icon={X} label={t.create.clearSeed} look="plain" onClick={() => onChange(undefined)} />}
    </div>
  );
}

export function ResetButton({ onReset }: { onReset: () => void }) {
  return (
    <Button size="small" look="quiet" onClick={onReset}>
      {t.create.reset}
    </Button>
  );
}
