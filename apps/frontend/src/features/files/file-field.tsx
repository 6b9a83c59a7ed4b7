"use client";

import type { FormField } from "../recipe/index.ts";
import { DropPlace } from "./drop-place.tsx";
import { FileCard } from "./file-card.tsx";
import { givenIn } from "./file-values.ts";
import { useGiving } from "./use-giving.ts";

interface Props {
  readonly field: FormField;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** One picture, frame or sound. */
export function FileField({ field, value, onChange }: Props) {
  const purpose = field.file?.purpose ?? "image";
  const { sending, trouble, give } = useGiving(purpose);
  const [given] = givenIn(value);
  return (
    <DropPlace
      label={field.label}
      purpose={purpose}
      sending={sending}
      trouble={trouble}
      open={!given || sending !== null}
      onFiles={(files) => void give(files, ({ id }) => onChange({ upload: id }))}
    >
      {given ? <FileCard given={given} label={field.label} onRemove={() => onChange(undefined)} /> : null}
    </DropPlace>
  );
}
