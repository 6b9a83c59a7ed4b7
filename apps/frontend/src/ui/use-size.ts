"use client";

import { useCallback, useState } from "react";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of an element's content box, null until it is known. */
export function useSize(): { size: Size | null; ref: (element: HTMLElement | null) => (() => void) | undefined } {
  const [size, setSize] = useState<Size | null>(null);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const { width, height } = entry.contentRect;
      setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    setSize({ width: element.clientWidth, height: element.clientHeight });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { size, ref };
}
