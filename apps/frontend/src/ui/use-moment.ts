"use client";

import { useEffect, useState } from "react";

const MOMENT_MS = 150;

/** True once a wait has lasted long enough to be worth a word. */
export function useMoment(): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), MOMENT_MS);
    return () => clearTimeout(timer);
  }, []);
  return late;
}
