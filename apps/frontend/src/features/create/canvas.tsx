"use client";

import { useCallback, useMemo } from "react";
import type { GenerationView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { useMedia, WIDE } from "../../ui/use-media.ts";
import { useNow } from "../../ui/use-now.ts";
import { useWidth } from "../../ui/use-width.ts";
import { useModels } from "../api/index.ts";
import { blockOf, Empty, Grid, justify, ListTrouble, Skeleton, useActions, useGenerations, useKeptScroll, type Clearance, type Frame } from "../generations/index.ts";
import { CaptionLine } from "./caption-line.tsx";
import { useKind } from "./use-composer.ts";

const wideFrame = { gap: 8, blockGap: 24, target: 300, most: 420, least: 150, caption: 36, heading: 0 };
const narrowFrame = { gap: 4, blockGap: 16, target: 160, most: 420, least: 96, caption: 36, heading: 0 };
const wideClearance: Clearance = { top: 144, bottom: 16 };
const narrowClearance: Clearance = { top: 16, bottom: 200 };
const everything = {};

/** What was made, newest first; a batch is one row. */
export function Canvas() {
  const wide = useMedia(WIDE);
  const kind = useKind();
  const { width, ref } = useWidth();
  const { list, generations } = useGenerations(everything);
  const now = useNow(30_000);
  const names = useModelNames();
  useKeptScroll("/", width !== null && generations !== null);

  const lines = useMemo(() => {
    const frame: Frame = { ...(wide ? wideFrame : narrowFrame), width: width ?? 0 };
    return justify((generations ?? []).map((generation) => blockOf(generation, { together: true, heading: null })), frame);
  }, [generations, wide, width]);

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const { cancel } = useActions();
  const caption = useCallback(
    (generation: GenerationView) => <CaptionLine generation={generation} now={now} modelName={names.get(generation.model)} onCancel={(it) => void cancel(it)} />,
    [now, names, cancel],
  );

  return (
    <div className="px-2 pt-2 pb-[calc(var(--dock-height)+11rem)] wide:px-6 wide:pb-12">
      <div ref={ref}>
        {generations === null && list.isError ? <ListTrouble onAgain={() => void list.refetch()} /> : null}
        {generations === null && !list.isError ? <Skeleton lines={3} height={wide ? 300 : 160} /> : null}
        {generations?.length === 0 && !hasNextPage ? <Empty title={t.create.emptyTitles[kind]} body={wide ? t.create.emptyBody : t.create.emptyBodyNarrow} kind={kind} /> : null}
        {generations && generations.length > 0 ? (
          <Grid label={t.create.results} generations={generations} lines={lines} clearance={wide ? wideClearance : narrowClearance} onNearEnd={more} renderCaption={caption} />
        ) : null}
      </div>
    </div>
  );
}

function useModelNames(): ReadonlyMap<string, string> {
  const models = useModels().data;
  return useMemo(() => new Map(models?.map(({ id, name }) => [id, name])), [models]);
}
