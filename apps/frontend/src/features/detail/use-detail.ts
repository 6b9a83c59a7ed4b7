"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useCallback, useEffect } from "react";
import { useStore } from "../../ui/store.ts";
import { api, keys, Refusal } from "../api/index.ts";
import { closeDetail, findCached, removals, stepDetail, useActions, walk, wishFocus, type Stop } from "../generations/index.ts";

const NEAR_END = 6;

/** What the large view shows, and the way from it to its neighbours. */
export function useDetail(target: Pick<Stop, "id" | "index">) {
  const queries = useQueryClient();
  const router = useRouter();
  const actions = useActions();
  const hidden = useStore(removals).has(target.id);
  const { data, error } = useQuery({
    queryKey: keys.generation(target.id),
    queryFn: () => api.generation(target.id),
    initialData: () => findCached(queries, target.id),
    // Events keep it fresh; what a list knew is as good as what would be asked for.
    staleTime: Infinity,
  });
  const { stops, more } = useStore(walk);
  const at = stopAt(stops, target);
  const previous = stops[at - 1] ?? null;
  const next = at === -1 ? null : (stops[at + 1] ?? null);

  useEffect(() => {
    if (at !== -1 && at >= stops.length - NEAR_END) more();
  }, [at, stops.length, more]);

  const close = useCallback(() => {
    const stop = stops[at];
    if (stop) wishFocus(stop.key);
    if (!closeDetail()) router.push("/gallery", { scroll: false });
  }, [stops, at, router]);

  const remove = useCallback(() => {
    if (!data) return;
    const beside = actions.remove(data);
    if (beside) stepDetail(beside);
    else close();
  }, [data, actions, close]);

  const missing = hidden || (error instanceof Refusal && error.status === 404);
  return { generation: hidden ? undefined : data, missing, failed: error !== null && !missing, previous, next, close, remove, actions };
}

export type Detail = ReturnType<typeof useDetail>;

/** A merged frame stands for all outputs of its generation. */
function stopAt(stops: readonly Stop[], { id, index }: Pick<Stop, "id" | "index">): number {
  const exact = stops.findIndex((stop) => stop.id === id && stop.index === index);
  return exact === -1 ? stops.findIndex((stop) => stop.id === id) : exact;
}
