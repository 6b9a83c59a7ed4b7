"use client";

import { useLayoutEffect } from "react";

const kept = new Map<string, number>();

/** Comes back to where one was on this page; a page seen for the first time starts at its top. */
export function useKeptScroll(page: string, ready: boolean): void {
  useLayoutEffect(() => {
    if (ready) window.scrollTo(0, kept.get(page) ?? 0);
  }, [page, ready]);

  // Ends with the page's last moment: once its content is gone the window is shorter, and says so as a scroll.
  useLayoutEffect(() => {
    if (!ready) return undefined;
    const keep = () => void kept.set(page, window.scrollY);
    window.addEventListener("scroll", keep, { passive: true });
    return () => window.removeEventListener("scroll", keep);
  }, [page, ready]);
}
