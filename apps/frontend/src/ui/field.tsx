"use client";

import { Field } from "@base-ui/react/field";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export const inputClass =
  "w-full rounded-box border border-line-strong bg-sheet px-3 text-field text-ink sm:text-body " +
  "hover:border-ink-soft focus-visible:outline-2 focus-visible:-outline-offset-1 focus-visible:outline-accent data-invalid:border-danger";

interface LabelledProps {
  readonly label: string;
  readonly help?: string | undefined;
  readonly error?: string | undefined;
  readonly name?: string;
  readonly children: ReactNode;
  /** At the end of the label's line. */
  readonly aside?: ReactNode;
}

/** Label, control, help and error, tied together for screen readers. */
export function Labelled({ label, help, error, name, children, aside }: LabelledProps) {
  return (
    <Field.Root invalid={error !== undefined} className="flex flex-col gap-1.5" {...(name ? { name } : {})}>
      <div className="flex items-baseline justify-between gap-4">
        <Field.Label className="text-body">{label}</Field.Label>
        {aside}
      </div>
      {children}
      {error === undefined ? null : (
        <Field.Error match className="text-small text-danger">
          {error}
        </Field.Error>
      )}
      {help && error === undefined ? <Field.Description className="text-small text-ink-soft">{help}</Field.Description> : null}
    </Field.Root>
  );
}

type InputProps = Omit<Field.Control.Props, "className"> & { readonly className?: string };

export function TextInput({ className, ...rest }: InputProps) {
  return <Field.Control {...rest} className={cx(inputClass, "h-10", className)} />;
}
