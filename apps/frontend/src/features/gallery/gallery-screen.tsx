"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo, useRef } from "react";
import type { GenerationView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { useMedia, WIDE } from "../../ui/use-media.ts";
import { useNow } from "../../ui/use-now.ts";
import { useWidth } from "../../ui/use-width.ts";
import type { GenerationFilter } from "../api/index.ts";
import { blockOf, Empty, Grid, justify, ListTrouble, Skeleton, useGenerations, useKeptScroll, type Clearance, type Frame } from "../generations/index.ts";
import { FilterBar } from "./filter-bar.tsx";
import { filterFrom, isFiltered, pathOf } from "./filter-url.ts";

const wideFrame = { gap: 8, blockGap: 8, target: 224, most: 320, least: 120, caption: 0, heading: 48 };
const narrowFrame = { gap: 4, blockGap: 4, target: 150, most: 260, least: 90, caption: 0, heading: 48 };
const wideClearance: Clearance = { top: 80, bottom: 16 };
const narrowClearance: Clearance = { top: 16, bottom: 80 };

/** Everything that was made, by day; what is searched for is in the address. */
export function GalleryScreen() {
  const [filter, setFilter] = useFilter();
  const wide = useMedia(WIDE);
  const { width, ref } = useWidth();
  const { list, generations } = useGenerations(filter);
  const today = useToday();
  useKeptScroll(pathOf(filter), width !== null && generations !== null);

  const lines = useMemo(() => {
    const frame: Frame = { ...(wide ? wideFrame : narrowFrame), width: width ?? 0 };
    return justify((generations ?? []).map((generation) => blockOf(generation, { together: false, heading: dayOf(generation, today) })), frame);
  }, [generations, wide, width, today]);

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const none = generations?.length === 0 && !hasNextPage;
  return (
    <div className="px-2 pb-[calc(var(--dock-height)+2rem)] wide:px-6 wide:pb-12">
      <h1 className="sr-only">{t.gallery.title}</h1>
      <div className="z-20 bg-paper py-2 wide:sticky wide:top-(--line-height) wide:py-3">
        <FilterBar filter={filter} onChange={setFilter} />
      </div>
      <div ref={ref}>
        {generations === null && list.isError ? <ListTrouble onAgain={() => void list.refetch()} /> : null}
        {generations === null && !list.isError ? <Skeleton lines={4} height={wide ? 224 : 150} /> : null}
        {none && isFiltered(filter) ? <NoMatch onClear={() => setFilter({})} /> : null}
        {none && !isFiltered(filter) ? <Empty title={t.gallery.emptyTitle} body={t.gallery.emptyBody} /> : null}
        {generations && generations.length > 0 ? (
          <Grid label={t.gallery.items} generations={generations} lines={lines} clearance={wide ? wideClearance : narrowClearance} onNearEnd={more} />
        ) : null}
      </div>
    </div>
  );
}

/** While the large view lies above, the address is that of the picture; the filter underneath stays. */
function useFilter(): [GenerationFilter, (filter: GenerationFilter) => void] {
  const query = useSearchParams();
  const covered = usePathname() !== "/gallery";
  const kept = useRef<GenerationFilter>({});
  const text = pathOf(filterFrom(query));
  const filter = useMemo(() => filterFrom(new URLSearchParams(text.split("?")[1] ?? "")), [text]);
  if (!covered) kept.current = filter;
  const change = useCallback((next: GenerationFilter) => window.history.replaceState(null, "", pathOf(next)), []);
  return [kept.current, change];
}

interface Today {
  readonly now: Date;
  readonly key: string;
}

function useToday(): Today {
  const now = useNow(60_000);
  const key = format.dayKey(now.toISOString());
  // eslint-disable-next-line react-hooks/exhaustive-deps -- only a new day matters
  return useMemo(() => ({ now, key }), [key]);
}

function dayOf({ created_at: createdAt }: GenerationView, { now, key }: Today): string {
  const day = format.dayKey(createdAt);
  if (day === key) return t.list.today;
  const before = new Date(now);
  before.setDate(before.getDate() - 1);
  return day === format.dayKey(before.toISOString()) ? t.list.yesterday : format.day(createdAt, now);
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <div className="mx-auto flex max-w-3xl flex-col items-start gap-4 px-2 py-12 wide:px-6">
      <div>
        <h2 className="text-title font-strong">{t.gallery.noMatchTitle}</h2>
        <p className="text-ink-soft">{t.gallery.noMatchBody}</p>
      </div>
      <Button onClick={onClear}>{t.gallery.clear}</Button>
    </div>
  );
}
