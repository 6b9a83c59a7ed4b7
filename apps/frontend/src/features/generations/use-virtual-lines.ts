"use client";

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { Line } from "./justify.ts";

const OVERSCAN = 4;
/** Lines left below the last one drawn, when more are asked for. */
const NEAR_END = 8;

interface Options {
  readonly lines: readonly Line[];
  readonly container: RefObject<HTMLElement | null>;
  readonly onNearEnd: () => void;
}

/** Draws only what is near the window, and keeps what is being looked at where it is when lines come or go above it. */
export function useVirtualLines({ lines, container, onNearEnd }: Options) {
  const [margin, setMargin] = useState(0);
  const virtualizer = useWindowVirtualizer({
    count: lines.length,
    estimateSize: (index) => lines[index]?.size ?? 0,
    overscan: OVERSCAN,
    scrollMargin: margin,
    // A new function for new lines makes the virtualizer take their sizes anew.
    getItemKey: useCallback((index: number) => lines[index]?.key ?? index, [lines]),
  });
  const drawn = virtualizer.getVirtualItems();
  const last = drawn.at(-1)?.index ?? -1;

  useLayoutEffect(() => {
    if (container.current) setMargin(Math.round(container.current.getBoundingClientRect().top + window.scrollY));
  }, [container, lines]);

  useLayoutEffect(() => virtualizer.measure(), [virtualizer, lines]);
  useAnchor(lines, container);

  useEffect(() => {
    if (lines.length > 0 && last >= lines.length - NEAR_END) onNearEnd();
  }, [last, lines.length, onNearEnd]);

  return { drawn, margin, height: virtualizer.getTotalSize() };
}

function useAnchor(lines: readonly Line[], container: RefObject<HTMLElement | null>): void {
  const before = useRef<readonly Line[]>([]);
  useLayoutEffect(() => {
    const earlier = before.current;
    before.current = lines;
    const above = -(container.current?.getBoundingClientRect().top ?? 0);
    const shift = above > 0 ? shiftOf(earlier, lines, above) : 0;
    if (shift !== 0) window.scrollBy(0, shift);
  }, [lines, container]);
}

/** How far the first line in sight moved. */
export function shiftOf(earlier: readonly Line[], lines: readonly Line[], above: number): number {
  const tops = new Map(lines.flatMap((line) => line.tiles.map((tile) => [tile.key, line.top] as const)));
  for (const line of earlier) {
    if (line.top + line.size <= above) continue;
    for (const { key } of line.tiles) {
      const top = tops.get(key);
      if (top !== undefined) return top - line.top;
    }
  }
  return 0;
}
