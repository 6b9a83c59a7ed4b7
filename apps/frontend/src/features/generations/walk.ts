import { createStore } from "../../ui/store.ts";

/** One stop on the way through a list: an output of a generation. */
export interface Stop {
  readonly key: string;
  readonly id: string;
  readonly index: number;
}

/** The order in which the list on show is walked, also by the large view above it. */
export interface Walk {
  readonly stops: readonly Stop[];
  /** Loads what comes after the last stop, if there is more. */
  readonly more: () => void;
}

export const walk = createStore<Walk>({ stops: [], more: () => undefined });

/** Asks the list on show to put the focus on one of its tiles, once that is drawn. */
export const focusWish = createStore<{ readonly key: string } | null>(null);

export const wishFocus = (key: string): void => focusWish.set({ key });

/** The stop to stand on once a generation is gone: the one after it, or else before it. */
export function stopBeside(stops: readonly Stop[], id: string): Stop | null {
  const first = stops.findIndex((stop) => stop.id === id);
  if (first === -1) return null;
  return stops.slice(first).find((stop) => stop.id !== id) ?? stops[first - 1] ?? null;
}
