"use client";

import { useLayoutEffect } from "react";

const kept = new Map<string, number>();

/** How long a page may take to become as tall as it was. */
const RESTORE_MS = 1_500;
const BY_HAND = ["wheel", "touchmove", "keydown", "pointerdown"] as const;

/** Comes back to where one was on this page; a page seen for the first time starts at its top. */
export function useKeptScroll(page: string, ready: boolean): void {
  useLayoutEffect(() => {
    if (!ready) return undefined;
    const restored = restore(kept.get(page) ?? 0);
    // Ends with the page's last moment: once its content is gone the window is shorter, and says so as a scroll.
    const keep = () => void (restored.isDone() && kept.set(page, window.scrollY));
    window.addEventListener("scroll", keep, { passive: true });
    return () => {
      restored.end();
      window.removeEventListener("scroll", keep);
    };
  }, [page, ready]);
}

/** Scrolls there, again whenever the page grows, until it is there or the reader moves. */
function restore(target: number): { isDone(): boolean; end(): void } {
  let done = false;
  const grown = new ResizeObserver(go);
  const late = setTimeout(end, RESTORE_MS);
  for (const hand of BY_HAND) window.addEventListener(hand, end, { passive: true });
  grown.observe(document.body);
  go();

  function go(): void {
    window.scrollTo(0, target);
    if (Math.abs(window.scrollY - target) <= 1) end();
  }

  function end(): void {
    done = true;
    grown.disconnect();
    clearTimeout(late);
    for (const hand of BY_HAND) window.removeEventListener(hand, end);
  }

  return { isDone: () => done, end };
}
