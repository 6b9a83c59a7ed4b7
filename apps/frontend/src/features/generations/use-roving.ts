"use client";

import { useCallback, useEffect, useState, type KeyboardEvent, type RefObject } from "react";
import { focusSoon } from "../../ui/focus-soon.ts";
import { useStore } from "../../ui/store.ts";
import { neighbour, type Line } from "./justify.ts";
import { focusWish } from "./walk.ts";

/** What lies over the list at the window's edges. */
export interface Clearance {
  readonly top: number;
  readonly bottom: number;
}

interface Options {
  readonly lines: readonly Line[];
  readonly container: RefObject<HTMLElement | null>;
  readonly clearance: Clearance;
}

const find = (container: HTMLElement | null, key: string) => container?.querySelector<HTMLElement>(`[data-tile="${CSS.escape(key)}"]`) ?? null;

/** One stop for Tab; arrows walk from there. A tile far away is scrolled to first, and focused as soon as it is drawn. */
export function useRoving({ lines, container, clearance }: Options) {
  const [active, setActive] = useState<string | null>(null);
  const wish = useStore(focusWish);

  const focus = useCallback(
    (key: string) => {
      const line = lines.find(({ tiles }) => tiles.some((tile) => tile.key === key));
      if (!line || !container.current) return false;
      setActive(key);
      bringIntoView(line, container.current, clearance);
      void focusSoon(() => find(container.current, key));
      return true;
    },
    [lines, container, clearance],
  );

  useEffect(() => {
    if (wish && focus(wish.key)) focusWish.set(null);
  }, [wish, focus]);

  function onArrow(event: KeyboardEvent): void {
    const key = (event.target as HTMLElement).dataset["tile"];
    if (key === undefined || event.metaKey || event.ctrlKey || event.altKey || event.shiftKey) return;
    const next = target(lines, key, event);
    if (next === undefined) return;
    event.preventDefault();
    if (next !== null) focus(next);
  }

  return { active, setActive, focus, onArrow };
}

/** Where a key leads from a tile; null at an edge, undefined for another key. */
function target(lines: readonly Line[], key: string, event: KeyboardEvent): string | null | undefined {
  const forwards = getComputedStyle(event.currentTarget).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  switch (event.key) {
    case "ArrowUp":
      return neighbour(lines, key, -1);
    case "ArrowDown":
      return neighbour(lines, key, 1);
    case "ArrowLeft":
    case "ArrowRight":
      return beside(lines, key, event.key === forwards ? 1 : -1);
    case "Home":
      return lines.find(({ tiles }) => tiles.length > 0)?.tiles[0]?.key ?? null;
    case "End":
      return lines.findLast(({ tiles }) => tiles.length > 0)?.tiles.at(-1)?.key ?? null;
    default:
      return undefined;
  }
}

function beside(lines: readonly Line[], key: string, step: 1 | -1): string | null {
  const order = lines.flatMap(({ tiles }) => tiles.map((tile) => tile.key));
  return order[order.indexOf(key) + step] ?? null;
}

function bringIntoView(line: Line, container: HTMLElement, { top, bottom }: Clearance): void {
  const start = container.getBoundingClientRect().top + line.top;
  const end = start + line.size;
  if (start < top) window.scrollBy(0, start - top);
  else if (end > window.innerHeight - bottom) window.scrollBy(0, Math.min(end - window.innerHeight + bottom, start - top));
}
