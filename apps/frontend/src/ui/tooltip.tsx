"use client";

import { Tooltip } from "@base-ui/react/tooltip";
import { Key } from "./key.tsx";

export const HintProvider = Tooltip.Provider;

export function Hint({ label, shortcut, side }: { label: string; shortcut?: string; side: "bottom" | "inline-end" | "top" }) {
  return (
    <Tooltip.Portal>
      <Tooltip.Positioner side={side} sideOffset={6} className="z-50">
        <Tooltip.Popup className="flex items-center gap-2 rounded-box border border-line bg-sheet px-2 py-1 text-small text-ink transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0">
          {label}
          {shortcut ? <Key>{shortcut}</Key> : null}
        </Tooltip.Popup>
      </Tooltip.Positioner>
    </Tooltip.Portal>
  );
}
