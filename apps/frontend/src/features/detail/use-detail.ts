"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useMemo } from "react";
import { isTerminal, type GenerationView, type OutputView } from "@cooly/contract";
import { useStore } from "../../ui/store.ts";
import { api, keys, Refusal } from "../api/index.ts";
import { closeDetail, detailHere, findCached, removals, stepDetail, useActions, walk, wishFocus, type Stop } from "../generations/index.ts";

const NEAR_END = 6;

type Target = Pick<Stop, "id" | "index">;

/** What the large view shows. */
export function useDetail(target: Target) {
  const queries = useQueryClient();
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

  useEffect(() => {
    if (at !== -1 && at >= stops.length - NEAR_END) more();
  }, [at, stops.length, more]);

  const missing = hidden || (error instanceof Refusal && error.status === 404);
  return {
    generation: hidden ? undefined : data,
    missing,
    failed: error !== null && !missing,
    hasPrevious: at > 0,
    hasNext: at !== -1 && at < stops.length - 1,
  };
}

/** A merged frame stands for all outputs of its generation. */
function stopAt(stops: readonly Stop[], { id, index }: Target): number {
  const exact = stops.findIndex((stop) => stop.id === id && stop.index === index);
  return exact === -1 ? stops.findIndex((stop) => stop.id === id) : exact;
}

/** The picture that is meant, which may be a step ahead of what is drawn when keys come fast. */
function here(): { readonly target: Target | null; readonly stops: readonly Stop[]; readonly at: number } {
  const target = detailHere();
  const { stops } = walk.get();
  return { target, stops, at: target ? stopAt(stops, target) : -1 };
}

let leftByHand = false;

/** Whether the view was last left by a way of ours, which has said where the focus goes. Asking forgets it. */
export function wasLeftByHand(): boolean {
  const was = leftByHand;
  leftByHand = false;
  return was;
}

/** The ways out of a picture, and what to do with it. */
export function useDetailMoves() {
  const queries = useQueryClient();
  const router = useRouter();
  const actions = useActions();

  return useMemo(() => {
    function step(by: 1 | -1) {
      const { stops, at } = here();
      const next = at === -1 ? undefined : stops[at + by];
      if (next) stepDetail(next);
    }

    function close() {
      const { stops, at } = here();
      const stop = stops[at];
      if (stop) wishFocus(stop.key);
      leftByHand = stop !== undefined;
      if (!closeDetail()) router.push("/gallery", { scroll: false });
    }

    /** The generation that a key is meant for. */
    function current(): { readonly generation: GenerationView; readonly output: OutputView } | null {
      const { target } = here();
      const generation = target && findCached(queries, target.id);
      const output = generation?.outputs[target?.index ?? 0];
      return generation && output ? { generation, output } : null;
    }

    function remove() {
      const shown = current();
      if (!shown || !isTerminal(shown.generation.status)) return;
      const beside = actions.remove(shown.generation);
      if (beside) stepDetail(beside);
      else close();
    }

    return { step, close, remove, current, actions };
  }, [queries, router, actions]);
}

export type Detail = ReturnType<typeof useDetail>;
export type Moves = ReturnType<typeof useDetailMoves>;
