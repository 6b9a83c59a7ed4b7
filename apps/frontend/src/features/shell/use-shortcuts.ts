"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { focusWish, undoLast, walk, wishFocus } from "../generations/index.ts";
import { wishPrompt } from "../recipe/index.ts";
import { pages } from "./pages.ts";

const THEN_MS = 1200;

const isTyping = (element: Element | null): boolean =>
  element instanceof HTMLElement && (element.isContentEditable || element.matches("input, textarea, select, [role=listbox] *, [role=combobox]"));

/** Keys that work anywhere. Keys of one picture live with the grid and the large view. */
export function useShortcuts({ onSheet, covered }: { onSheet: () => void; covered: boolean }): void {
  const router = useRouter();
  const wentAt = useRef(0);

  useEffect(() => {
    function go(event: KeyboardEvent): boolean {
      const page = pages.find(({ key }) => key === event.key.toLowerCase());
      const due = Date.now() - wentAt.current < THEN_MS;
      wentAt.current = !due && event.key === "g" ? Date.now() : 0;
      if (!due || !page) return wentAt.current > 0;
      router.push(page.path, { scroll: false });
      return true;
    }

    function writePrompt(): boolean {
      wishPrompt();
      if (window.location.pathname !== "/") router.push("/", { scroll: false });
      return true;
    }

    function enterGrid(): boolean {
      const [first] = walk.get().stops;
      if (covered || !first || document.activeElement !== document.body) return false;
      wishFocus(firstInView() ?? first.key);
      return focusWish.get() !== null;
    }

    function act(event: KeyboardEvent): boolean {
      if (event.key === "?") {
        onSheet();
        return true;
      }
      if (go(event)) return true;
      if (event.key === "/" && !covered) return writePrompt();
      return event.key === "ArrowDown" || event.key === "ArrowUp" || event.key === "ArrowLeft" || event.key === "ArrowRight" ? enterGrid() : false;
    }

    function onKey(event: KeyboardEvent) {
      if (event.defaultPrevented || isTyping(document.activeElement)) return;
      if (document.querySelector("[data-card][data-open]")) return;
      const undo = event.key === "z" && (event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey;
      if (undo ? undoLast() : !event.metaKey && !event.ctrlKey && !event.altKey && act(event)) event.preventDefault();
    }
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [router, onSheet, covered]);
}

/** The tile that a reader sees first. */
function firstInView(): string | undefined {
  const tiles = [...document.querySelectorAll<HTMLElement>("[data-tile]")];
  return tiles.find((tile) => tile.getBoundingClientRect().top > 0)?.dataset["tile"];
}
