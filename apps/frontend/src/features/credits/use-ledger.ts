"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import type { LedgerEntryView } from "@cooly/contract";
import { api, keys, type Page } from "../api/index.ts";

const PAGE = 50;

export const useLedger = () =>
  useInfiniteQuery({
    queryKey: keys.ledger,
    queryFn: ({ pageParam }): Promise<Page<LedgerEntryView>> => api.ledger({ after: pageParam, limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.has_more ? last.last_id : null),
    // New entries are laid on top (see refresh-ledger.ts); a long walk is not asked for again page by page.
    staleTime: Infinity,
  });
