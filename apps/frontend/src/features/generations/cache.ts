import type { QueryClient } from "@tanstack/react-query";
import { isTerminal, type GenerationView } from "@cooly/contract";
import { api, isSignedOut, keys, Refusal, type GenerationFilter } from "../api/index.ts";
import { allOf, drop, matches, mergeHead, patch, reconcile, upsert, type Pages } from "./pages.ts";

const HEAD = 50;

/** Changes one generation wherever it is cached. */
export function changeGeneration(queries: QueryClient, id: string, change: (generation: GenerationView) => GenerationView): void {
  queries.setQueriesData<Pages>({ queryKey: keys.generationLists }, (pages) => (pages ? patch(pages, id, change) : pages));
  queries.setQueryData<GenerationView>(keys.generation(id), (generation) => (generation ? change(generation) : generation));
}

/** Puts a generation into every list that it belongs to, and in place of older knowledge of it. */
export function putGeneration(queries: QueryClient, generation: GenerationView): void {
  for (const [key, pages] of queries.getQueriesData<Pages>({ queryKey: keys.generationLists })) {
    if (!pages) continue;
    const filter = (key[1] ?? {}) as GenerationFilter;
    // What is shown stays in its place even if it no longer matches: nothing may vanish under the pointer.
    const next = matches(filter, generation) ? upsert(pages, generation) : patch(pages, generation.id, (earlier) => reconcile(earlier, generation));
    if (next !== pages) queries.setQueryData(key, next);
  }
  queries.setQueryData<GenerationView>(keys.generation(generation.id), (known) => reconcile(known, generation));
}

export function dropGeneration(queries: QueryClient, id: string): void {
  queries.setQueriesData<Pages>({ queryKey: keys.generationLists }, (pages) => (pages ? drop(pages, id) : pages));
  queries.removeQueries({ queryKey: keys.generation(id) });
}

/** What is known of a generation, from any list. */
export function findCached(queries: QueryClient, id: string): GenerationView | undefined {
  for (const [, pages] of queries.getQueriesData<Pages>({ queryKey: keys.generationLists })) {
    const found = pages && allOf(pages).find((generation) => generation.id === id);
    if (found) return found;
  }
  return queries.getQueryData<GenerationView>(keys.generation(id));
}

export function pendingIds(queries: QueryClient): string[] {
  const lists = queries.getQueriesData<Pages>({ queryKey: keys.generationLists }).flatMap(([, pages]) => (pages ? allOf(pages) : []));
  return [...new Set(lists.filter(({ status }) => !isTerminal(status)).map(({ id }) => id))];
}

/** Asks for what may have been missed: the newest of each list on show, and what was still running further down. */
export async function catchUp(queries: QueryClient): Promise<void> {
  const lists = queries.getQueryCache().findAll({ queryKey: keys.generationLists, type: "active" });
  const fresh = new Set<string>();
  await Promise.all(
    lists.map(async (list) => {
      const page = await api.generations({ ...((list.queryKey[1] ?? {}) as GenerationFilter), limit: HEAD });
      for (const { id } of page.data) fresh.add(id);
      queries.setQueryData<Pages>(list.queryKey, (pages) => (pages ? mergeHead(pages, page) : pages));
      for (const generation of page.data) queries.setQueryData<GenerationView>(keys.generation(generation.id), (known) => (known ? reconcile(known, generation) : known));
    }),
  );
  const deeper = pendingIds(queries).filter((id) => !fresh.has(id));
  await Promise.all(deeper.map((id) => refresh(queries, id)));
}

/** Asks for one generation again, for example because the addresses of its files have expired. */
export async function refresh(queries: QueryClient, id: string): Promise<void> {
  try {
    putGeneration(queries, await api.generation(id));
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) dropGeneration(queries, id);
    else if (isSignedOut(error)) throw error;
  }
}
