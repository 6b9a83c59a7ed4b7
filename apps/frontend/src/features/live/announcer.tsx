"use client";

import { createStore, useStore } from "../../ui/store.ts";

const spoken = createStore<{ readonly text: string; readonly turn: number }>({ text: "", turn: 0 });

/** Says it to a screen reader, without taking the focus. */
export const announce = (text: string): void => spoken.set(({ turn }) => ({ text, turn: turn + 1 }));

export function Announcer() {
  const { text, turn } = useStore(spoken);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {/* The same words twice are two messages. */}
      <span key={turn}>{text}</span>
    </div>
  );
}
