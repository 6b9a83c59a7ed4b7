"use client";

import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { buttonClass } from "./button.tsx";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

const backdrop = "fixed inset-0 z-40 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0";
const card =
  "fixed z-40 flex flex-col border border-line bg-sheet text-ink outline-none transition duration-150 ease-quiet data-ending-style:opacity-0 data-starting-style:opacity-0 " +
  "inset-x-0 bottom-0 max-h-[85dvh] rounded-t-box border-x-0 border-b-0 pb-[env(safe-area-inset-bottom)] data-ending-style:translate-y-4 data-starting-style:translate-y-4 " +
  "sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-[min(32rem,calc(100vw-4rem))] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-box sm:border sm:pb-0 sm:data-ending-style:-translate-y-1/2 sm:data-starting-style:-translate-y-1/2";

interface CardProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly closeLabel: string;
  readonly children: ReactNode;
  readonly className?: string;
}

/** A card in the middle; on a narrow screen a sheet from below. */
export function CardDialog({ open, onClose, title, closeLabel, children, className }: CardProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdrop} />
        <Dialog.Popup data-card className={cx(card, className)}>
          <header className="flex h-12 shrink-0 items-center border-b border-line px-4">
            <Dialog.Title className="text-body font-strong">{title}</Dialog.Title>
          </header>
          <div className="min-h-0 overflow-y-auto overscroll-contain p-4">{children}</div>
          {/* Last, so that the first field has the focus when it opens. */}
          <Dialog.Close aria-label={closeLabel} className={buttonClass("quiet", "small", "!absolute end-1 top-1 !size-10 !px-0 wide:end-2 wide:top-2 wide:!size-8")}>
            <Icon of={X} />
          </Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly body: string;
  /** The buttons, the safe one first. */
  readonly children: ReactNode;
}

/** Says what will happen, and asks. */
export function ConfirmDialog({ open, onClose, title, body, children }: ConfirmProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdrop} />
        <AlertDialog.Popup data-card className={cx(card, "gap-2 px-4 pt-4 !pb-[calc(1rem+env(safe-area-inset-bottom))]")}>
          <AlertDialog.Title className="text-body font-strong">{title}</AlertDialog.Title>
          <AlertDialog.Description className="text-ink-soft">{body}</AlertDialog.Description>
          <div className="flex justify-end gap-2 pt-4">{children}</div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

export const ConfirmClose = AlertDialog.Close;
