"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { GenerationView } from "@cooly/contract";
import { useStore } from "../../ui/store.ts";
import { api, keys, type GenerationFilter, type Page } from "../api/index.ts";
import { removals } from "./removal.ts";

const PAGE = 50;

/** One list, newest first, as far as it was scrolled. Live events keep it fresh, so it never goes stale by age. */
export function useGenerations(filter: GenerationFilter) {
  const list = useInfiniteQuery({
    queryKey: keys.generations(filter),
    queryFn: ({ pageParam, signal }): Promise<Page<GenerationView>> => api.generations({ ...filter, after: pageParam, limit: PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.has_more ? last.last_id : null),
    staleTime: Infinity,
  });
  const hidden = useStore(removals);
  const pages = list.data?.pages;
  const generations = useMemo(() => pages?.flatMap(({ data }) => data).filter(({ id }) => !hidden.has(id)) ?? null, [pages, hidden]);
  return { list, generations };
}

export type GenerationList = ReturnType<typeof useGenerations>["list"];
