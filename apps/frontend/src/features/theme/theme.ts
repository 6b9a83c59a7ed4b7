"use client";

import { useSyncExternalStore } from "react";
import { PLACE } from "./theme-script.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

function chosen(): Theme {
  try {
    const stored = localStorage.getItem(PLACE);
    return themes.find((theme) => theme === stored) ?? "system";
  } catch {
    return "system";
  }
}

export function setTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(PLACE);
    else localStorage.setItem(PLACE, theme);
  } catch {
    // Without storage the system's choice stays.
  }
  window.dispatchEvent(new Event("cooly:theme"));
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("cooly:theme", changed);
  window.addEventListener("storage", changed);
  return () => {
    window.removeEventListener("cooly:theme", changed);
    window.removeEventListener("storage", changed);
  };
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, chosen, () => "system");
