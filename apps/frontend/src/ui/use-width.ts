"use client";

import { useCallback, useState } from "react";

/** The width of an element's content box, null until it is known. */
export function useWidth(): { width: number | null; ref: (element: HTMLElement | null) => (() => void) | undefined } {
  const [width, setWidth] = useState<number | null>(null);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return undefined;
    setWidth(Math.floor(element.clientWidth));
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { width, ref };
}
