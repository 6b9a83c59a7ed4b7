import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { LedgerEntryView } from "@cooly/contract";
import { api, keys, type Page } from "../api/index.ts";

type Pages = InfiniteData<Page<LedgerEntryView>, string | null>;

const HEAD = 50;

/** Lays what is new on top of what is known; entries are only ever added. */
export function withHead(pages: Pages, fresh: Page<LedgerEntryView>): Pages {
  const [first, ...rest] = pages.pages;
  const known = first?.data[0]?.id;
  const overlap = fresh.data.findIndex(({ id }) => id === known);
  if (!first || overlap === -1) return { pages: [fresh], pageParams: [null] };
  if (overlap === 0) return pages;
  return { ...pages, pages: [{ ...first, data: [...fresh.data.slice(0, overlap), ...first.data] }, ...rest] };
}

/** Brings the list of movements up to date, if anybody has looked at it. */
export async function refreshLedger(queries: QueryClient): Promise<void> {
  if (!queries.getQueryData<Pages>(keys.ledger)) return;
  const fresh = await api.ledger({ limit: HEAD });
  queries.setQueryData<Pages>(keys.ledger, (pages) => (pages ? withHead(pages, fresh) : pages));
}
