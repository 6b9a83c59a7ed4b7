"use client";

import { t } from "../../messages/index.ts";
import { useStore } from "../../ui/store.ts";
import { connection } from "../live/index.ts";

/** A thin line, and nothing else, when what is on show may be behind. */
export function ConnectionLine() {
  const state = useStore(connection);
  const text = state === "offline" ? t.app.offline : state === "polling" ? t.app.reconnecting : null;
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-0 z-50">
      {text ? <p className="bg-ink px-4 py-1 text-center text-small text-paper">{text}</p> : null}
    </div>
  );
}
