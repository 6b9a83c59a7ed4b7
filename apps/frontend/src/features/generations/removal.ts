import type { QueryClient } from "@tanstack/react-query";
import type { GenerationView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { createStore } from "../../ui/store.ts";
import { notify } from "../../ui/toast.tsx";
import { api, Refusal } from "../api/index.ts";
import { dropGeneration } from "./cache.ts";

const UNDO_MS = 6000;

interface Removal {
  readonly undo: () => void;
  readonly commit: (options?: { keepalive: boolean }) => Promise<void>;
}

/** Generations that are out of sight and will be deleted unless that is undone. */
export const removals = createStore<ReadonlyMap<string, Removal>>(new Map());

const forget = (id: string) =>
  removals.set((waiting) => {
    const rest = new Map(waiting);
    rest.delete(id);
    return rest;
  });

/**
 * Hides a generation now and deletes it once the offer to undo is gone. The offer stays for as long as the pointer or the
 * focus rests on it, or the reader is in another window. `onUndo` brings the eye back to where it was.
 */
export function removeWithUndo(queries: QueryClient, generation: GenerationView, onUndo: () => void): void {
  const { id, kind, outputs } = generation;
  if (removals.get().has(id)) return;
  let decided = false;

  async function commit({ keepalive } = { keepalive: false }) {
    if (decided) return;
    decided = true;
    withdraw();
    await removeForGood(queries, id, keepalive);
    forget(id);
  }
  function undo() {
    if (decided) return;
    decided = true;
    withdraw();
    forget(id);
    onUndo();
  }
  const withdraw = notify({ text: t.list.deleted(outputs.length, kind), action: { label: t.list.undo, run: undo }, milliseconds: UNDO_MS, onGone: () => void commit() });
  removals.set((waiting) => new Map(waiting).set(id, { undo, commit }));
}

async function removeForGood(queries: QueryClient, id: string, keepalive: boolean): Promise<void> {
  try {
    await api.remove(id, { keepalive });
    dropGeneration(queries, id);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) dropGeneration(queries, id);
    else notify({ text: t.list.deleteFailed });
  }
}

/** Takes the last deletion back, while that is possible. */
export function undoLast(): boolean {
  const last = [...removals.get().values()].at(-1);
  last?.undo();
  return last !== undefined;
}

/** Leaving is an answer: what was not undone is deleted. */
export function commitAll(): void {
  for (const { commit } of removals.get().values()) void commit({ keepalive: true });
}
