"use client";

import { useLayoutEffect } from "react";
import { t } from "../../messages/index.ts";
import { useStore } from "../../ui/store.ts";
import { connection } from "../live/index.ts";

/** A thin line, and nothing else, when what is on show may be behind. */
export function ConnectionLine() {
  const state = useStore(connection);
  const text = state === "offline" ? t.app.offline : state === "polling" ? t.app.reconnecting : null;
  useLayoutEffect(() => {
    // What sticks to the top of the window makes room for the line.
    document.documentElement.style.setProperty("--line-height", text ? "1.5rem" : "0px");
    return () => void document.documentElement.style.removeProperty("--line-height");
  }, [text]);
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-0 z-50">
      {text ? <p className="h-6 truncate bg-ink px-4 text-center text-small leading-6 text-paper">{text}</p> : null}
    </div>
  );
}
