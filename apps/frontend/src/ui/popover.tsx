"use client";

import { Popover } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx.ts";

export const popupClass =
  "z-30 rounded-box border border-line bg-sheet text-ink outline-none transition duration-150 ease-quiet origin-(--transform-origin) data-ending-style:scale-[0.98] data-ending-style:opacity-0 data-starting-style:scale-[0.98] data-starting-style:opacity-0";

interface Props {
  readonly trigger: ReactElement;
  readonly title: string;
  readonly children: ReactNode;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
  readonly className?: string;
}

export function Pop({ trigger, title, children, className, ...control }: Props) {
  return (
    <Popover.Root {...control}>
      <Popover.Trigger render={trigger} />
      <Popover.Portal>
        <Popover.Positioner sideOffset={8} align="start" collisionPadding={8} className="z-30">
          <Popover.Popup className={cx(popupClass, "max-h-(--available-height) max-w-[calc(100vw-1rem)] overflow-y-auto p-3", className)}>
            <Popover.Title className="pb-2 text-small text-ink-soft">{title}</Popover.Title>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
