"use client";

import { ChevronDown, ChevronUp } from "lucide-react";
import { useRef, useState, type DragEvent } from "react";
import { t } from "../../messages/index.ts";
import { cx } from "../../ui/cx.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import type { FormField } from "../recipe/index.ts";
import { DropPlace } from "./drop-place.tsx";
import { FileCard } from "./file-card.tsx";
import { givenIn, listOrNothing, moved, without, type Given } from "./file-values.ts";
import { useGiving } from "./use-giving.ts";

interface Props {
  readonly field: FormField;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** Several pictures, in an order that may matter. */
export function FileListField({ field, value, onChange }: Props) {
  const { sending, trouble, give, tell } = useGiving("image");
  const [dragged, setDragged] = useState<number | null>(null);
  const given = givenIn(value);
  const max = field.maxItems ?? Infinity;
  // While several are on their way the list has already grown since they were chosen.
  const latest = useRef(given);
  latest.current = given;
  const change = (next: readonly Given[]) => {
    latest.current = next;
    onChange(listOrNothing(next));
  };

  function rearrange(next: readonly Given[]) {
    tell(null);
    change(next);
  }

  async function add(files: readonly File[]) {
    const room = max - given.length;
    await give(files.slice(0, room), ({ id }) => change([...latest.current, { upload: id }]));
    if (files.length > room) tell(t.files.full(max));
  }

  function dropAt(event: DragEvent, to: number) {
    if (dragged === null) return;
    event.preventDefault();
    change(moved(given, dragged, to));
    setDragged(null);
  }

  return (
    <DropPlace label={field.label} purpose="image" many sending={sending} trouble={trouble} open={given.length < max} onFiles={(files) => void add(files)}>
      {given.length === 0 ? null : (
        <ol className="flex flex-col gap-2">
          {given.map((one, at) => (
            <li
              key={`${one.upload} ${at}`}
              draggable
              onDragStart={() => setDragged(at)}
              onDragEnd={() => setDragged(null)}
              onDragOver={(event) => (dragged === null ? undefined : event.preventDefault())}
              onDrop={(event) => dropAt(event, at)}
              className={cx("cursor-grab", dragged === at && "opacity-50")}
            >
              <FileCard given={one} label={t.files.place(at + 1, given.length)} onRemove={() => rearrange(without(given, at))}>
                <IconButton icon={ChevronUp} label={t.files.back} small disabled={at === 0} focusableWhenDisabled onClick={() => rearrange(moved(given, at, at - 1))} />
                <IconButton icon={ChevronDown} label={t.files.forward} small disabled={at === given.length - 1} focusableWhenDisabled onClick={() => rearrange(moved(given, at, at + 1))} />
              </FileCard>
            </li>
          ))}
        </ol>
      )}
    </DropPlace>
  );
}
