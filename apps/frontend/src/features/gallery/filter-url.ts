import { generationStatuses } from "@cooly/contract";
import type { GenerationFilter } from "../api/index.ts";

interface Query {
  get(name: string): string | null;
}

const LONGEST = 200;

/** The filter that an address names. What cannot be is left out, so that an old link still shows something. */
export function filterFrom(query: Query): GenerationFilter {
  const status = generationStatuses.find((known) => known === query.get("status"));
  const model = query.get("model")?.slice(0, LONGEST);
  const q = query.get("q")?.trim().slice(0, LONGEST);
  return { ...(q ? { q } : {}), ...(status ? { status } : {}), ...(model ? { model } : {}) };
}

/** The address of a filter; equal filters have equal addresses. */
export function pathOf({ q, status, model }: GenerationFilter): string {
  const pairs = Object.entries({ q, status, model }).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const text = new URLSearchParams(pairs).toString();
  return text === "" ? "/gallery" : `/gallery?${text}`;
}

export const isFiltered = (filter: GenerationFilter): boolean => Object.keys(filter).length > 0;
