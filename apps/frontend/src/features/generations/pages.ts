import type { InfiniteData } from "@tanstack/react-query";
import { isTerminal, type GenerationView, type OutputView } from "@cooly/contract";
import type { GenerationFilter, Page } from "../api/index.ts";
import { promptOf } from "./tiles.ts";

/** The cached pages of one list, newest first. Pure functions from pages to pages; what does not change keeps its identity. */
export type Pages = InfiniteData<Page<GenerationView>, string | null>;

export const allOf = (pages: Pages): GenerationView[] => pages.pages.flatMap(({ data }) => data);

export function patch(pages: Pages, id: string, change: (generation: GenerationView) => GenerationView): Pages {
  const at = pages.pages.findIndex(({ data }) => data.some((generation) => generation.id === id));
  if (at === -1) return pages;
  const changed = pages.pages.map((page, index) =>
    index === at ? { ...page, data: page.data.map((generation) => (generation.id === id ? change(generation) : generation)) } : page,
  );
  return { ...pages, pages: changed };
}

export function drop(pages: Pages, id: string): Pages {
  if (!pages.pages.some(({ data }) => data.some((generation) => generation.id === id))) return pages;
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, data: page.data.filter((generation) => generation.id !== id) })) };
}

const settled: readonly OutputView["status"][] = ["delivered", "refused", "failed", "canceled"];

/** A reply may be older than an event that overtook it: what had its verdict keeps it. */
export function reconcile(known: GenerationView | undefined, told: GenerationView): GenerationView {
  if (!known || isTerminal(told.status)) return told;
  if (isTerminal(known.status)) return known;
  const verdicts = new Map(known.outputs.filter(({ status }) => settled.includes(status)).map((output) => [output.id, output]));
  if (verdicts.size === 0) return told;
  return { ...told, outputs: told.outputs.map((output) => (settled.includes(output.status) ? output : (verdicts.get(output.id) ?? output))) };
}

/** Replaces it where it is; puts a new one where its id belongs, if that is within what is loaded. Ids sort by time. */
export function upsert(pages: Pages, generation: GenerationView): Pages {
  const known = pages.pages.some(({ data }) => data.some(({ id }) => id === generation.id));
  if (known) return patch(pages, generation.id, (earlier) => reconcile(earlier, generation));
  const [first, ...rest] = pages.pages;
  if (!first) return pages;
  const at = first.data.findIndex(({ id }) => id < generation.id);
  if (at === -1 && (first.has_more || rest.length > 0) && first.data.length > 0) return pages;
  const data = at === -1 ? [...first.data, generation] : first.data.toSpliced(at, 0, generation);
  return { ...pages, pages: [{ ...first, data }, ...rest] };
}

/** Lays a fresh first page over what is cached; deeper pages stay, so that nobody loses their place. */
export function mergeHead(pages: Pages, told: Page<GenerationView>): Pages {
  const cached = new Map(allOf(pages).map((generation) => [generation.id, generation]));
  const fresh = { ...told, data: told.data.map((generation) => reconcile(cached.get(generation.id), generation)) };
  const oldest = fresh.data.at(-1)?.id;
  const overlaps = fresh.data.some(({ id }) => cached.has(id));
  if (!fresh.has_more || oldest === undefined || !overlaps) return { pages: [fresh], pageParams: [null] };
  const older = pages.pages.map((page) => ({ ...page, data: page.data.filter(({ id }) => id < oldest) }));
  const [first, ...rest] = older;
  // A page that held nothing older ends where the fresh one ends.
  const end = first && first.data.length > 0 ? first : fresh;
  return { ...pages, pages: [{ ...end, data: [...fresh.data, ...(first?.data ?? [])] }, ...rest] };
}

export function matches(filter: GenerationFilter, generation: GenerationView): boolean {
  const prompt = promptOf(generation).toLowerCase();
  const words = (filter.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return (!filter.status || filter.status === generation.status) && (!filter.model || filter.model === generation.model) && words.every((word) => prompt.includes(word));
}
