"use client";

import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { generationStatuses, type GenerationStatus } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { inputClass } from "../../ui/field.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Choose } from "../../ui/select.tsx";
import { useModels, type GenerationFilter } from "../api/index.ts";
import { isFiltered } from "./filter-url.ts";

interface Props {
  readonly filter: GenerationFilter;
  readonly onChange: (filter: GenerationFilter) => void;
}

/** Shown as chosen while nothing is. */
const ANY = "";

export function FilterBar({ filter, onChange }: Props) {
  const models = useModels().data ?? [];
  const statuses = [{ value: ANY, label: t.gallery.anyStatus }, ...generationStatuses.map((value) => ({ value: value as string, label: t.app.statuses[value] }))];
  const known = models.some(({ id }) => id === filter.model) || !filter.model ? [] : [{ value: filter.model, label: filter.model }];
  const names = [{ value: ANY, label: t.gallery.anyModel }, ...models.map(({ id, name }) => ({ value: id, label: name })), ...known];

  const set = (change: { [Name in keyof GenerationFilter]?: string | undefined }) => {
    const next = { ...filter, ...change };
    onChange(Object.fromEntries(Object.entries(next).filter(([, value]) => value)));
  };

  return (
    <div role="search" className="flex flex-wrap items-center gap-2">
      <SearchBox value={filter.q ?? ""} onChange={(q) => set({ q })} />
      <Choose label={t.gallery.status} value={(filter.status ?? ANY) as GenerationStatus | ""} choices={statuses as { value: GenerationStatus | ""; label: string }[]} onChange={(status) => set({ status })} className="flex-1 sm:w-44 sm:flex-none" />
      <Choose label={t.gallery.model} value={filter.model ?? ANY} choices={names} onChange={(model) => set({ model })} className="flex-1 sm:w-44 sm:flex-none" />
      {isFiltered(filter) ? (
        <Button look="quiet" onClick={() => onChange({})} className="!px-2 max-sm:w-full">
          {t.gallery.clear}
        </Button>
      ) : null}
    </div>
  );
}

const PAUSE_MS = 250;

/** Searches once the typing pauses. */
function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const box = useRef<HTMLInputElement>(null);

  useEffect(() => {
    // The address changed by itself: going back, or clearing the filters.
    if (value !== told.current) {
      told.current = value;
      setText(value);
    }
  }, [value]);

  useEffect(() => {
    if (text.trim() === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = text.trim();
      onChange(text.trim());
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  });

  return (
    <div className="relative w-full sm:w-auto sm:max-w-md sm:min-w-56 sm:flex-1">
      <Icon of={Search} className="pointer-events-none absolute start-3 top-3 text-ink-soft" />
      <input
        ref={box}
        type="search"
        value={text}
        aria-label={t.gallery.search}
        placeholder={t.gallery.search}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        className={cx(inputClass, "h-10 ps-9! pe-9! [&::-webkit-search-cancel-button]:hidden")}
      />
      {text === "" ? null : (
        <IconButton
          icon={X}
          label={t.gallery.clearSearch}
          small
          className="absolute! end-1 top-1"
          onClick={() => {
            setText("");
            box.current?.focus();
          }}
        />
      )}
    </div>
  );
}
