"use client";

import { Combobox } from "@base-ui/react/combobox";
import { AudioLines, Check, Film, Image, type LucideIcon } from "lucide-react";
import type { MediaKind, ModelView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { popupClass } from "../../ui/popover.tsx";
import { changeDraft, usualCost } from "../recipe/index.ts";
import { chipClass } from "./chip.ts";
import type { Composer } from "./use-composer.ts";

const kindIcons: Record<MediaKind, LucideIcon> = { image: Image, video: Film, audio: AudioLines };

/** Which model: found by name, maker or what it is good for. */
export function ModelChip({ composer: { model, models } }: { composer: Composer }) {
  return (
    <Combobox.Root
      items={models}
      value={model ?? null}
      onValueChange={(next: ModelView | null) => (next ? changeDraft({ model: next.id }) : undefined)}
      itemToStringLabel={({ name }: ModelView) => name}
      filter={(item: ModelView, query: string) => hasWords(item, query)}
      isItemEqualToValue={(one: ModelView, other: ModelView) => one.id === other.id}
      autoHighlight
    >
      <Combobox.Trigger aria-label={`${t.create.model}: ${model?.name ?? ""}`} data-testid="model-chip" className={cx(chipClass, "shrink")}>
        {model ? (
          <>
            <Icon of={kindIcons[model.kind]} className="max-[24rem]:hidden" />
            <span className="max-w-28 truncate sm:max-w-48">{model.name}</span>
            {model.label ? <Tag text={model.label} /> : null}
          </>
        ) : null}
      </Combobox.Trigger>
      <Combobox.Portal>
        <Combobox.Positioner align="start" sideOffset={8} collisionPadding={8} className="z-30">
          <Combobox.Popup aria-label={t.create.model} className={cx(popupClass, "flex max-h-[min(26rem,var(--available-height))] w-[min(24rem,calc(100vw-1rem))] flex-col overflow-hidden")}>
            <Combobox.Input
              aria-label={t.create.searchModels}
              placeholder={t.create.searchModels}
              className="h-11 w-full shrink-0 border-b border-line bg-transparent px-3 text-field outline-none sm:text-body"
            />
            <Combobox.Empty>
              <p className="p-3 text-ink-soft">{t.create.noModel}</p>
            </Combobox.Empty>
            <Combobox.List className="min-h-0 overflow-y-auto overscroll-contain p-1 empty:p-0">{(item: ModelView) => <Row key={item.id} model={item} />}</Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}

function hasWords({ id, name, description, kind }: ModelView, query: string): boolean {
  const text = `${id} ${name} ${description} ${t.app.kinds[kind]}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function Tag({ text }: { text: string }) {
  return <span className="rounded-[4px] border border-line px-1 text-small text-ink-soft">{text}</span>;
}

function Row({ model }: { model: ModelView }) {
  const cost = usualCost(model);
  return (
    <Combobox.Item value={model} className="grid cursor-default grid-cols-[1rem_minmax(0,1fr)_1rem] gap-x-3 rounded-[4px] p-2 outline-none select-none data-highlighted:bg-well">
      <Icon of={kindIcons[model.kind]} className="mt-0.5 text-ink-soft" />
      <span className="flex min-w-0 flex-col">
        <span className="flex min-w-0 items-center gap-2">
          <span className="truncate">{model.name}</span>
          {model.label ? <Tag text={model.label} /> : null}
        </span>
        <span className="line-clamp-2 text-small text-ink-soft">{model.description}</span>
        <span className="figures text-small text-ink-soft">
          {t.app.kinds[model.kind]}
          {cost === null ? null : ` · ${t.create.perOutput(cost, model.kind)}`}
        </span>
      </span>
      <Combobox.ItemIndicator className="mt-0.5">
        <Icon of={Check} />
      </Combobox.ItemIndicator>
    </Combobox.Item>
  );
}
