"use client";

import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { buttonClass } from "./button.tsx";
import { Icon } from "./icon.tsx";

const manager = Toast.createToastManager();

interface Notice {
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
  readonly milliseconds?: number;
  /** Once it is gone, whether by time, by hand or by its action. */
  readonly onGone?: () => void;
}

/** A line at the foot of the page that goes away by itself. Answers with a function that takes it away now. */
export function notify({ text, action, milliseconds = 4000, onGone }: Notice): () => void {
  const id: string = manager.add({
    description: text,
    timeout: milliseconds,
    ...(onGone ? { onClose: onGone } : {}),
    ...(action
      ? {
          actionProps: {
            children: action.label,
            onClick() {
              action.run();
              manager.close(id);
            },
          },
        }
      : {}),
  });
  return () => manager.close(id);
}

export function ToastHost({ label, closeLabel, children }: { label: string; closeLabel: string; children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      {children}
      <Toast.Portal>
        <Toast.Viewport
          aria-label={label}
          className="fixed inset-x-4 bottom-[calc(var(--dock-height,0px)+1rem)] z-50 flex flex-col items-center gap-2 wide:bottom-6"
        >
          <Notices closeLabel={closeLabel} />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Notices({ closeLabel }: { closeLabel: string }) {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      aria-label={String(toast.description)}
      swipeDirection="down"
      className="max-w-full rounded-box border border-line-strong bg-sheet text-ink transition duration-150 ease-quiet data-ending-style:translate-y-2 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-center gap-2 py-1 ps-4 pe-1">
        <Toast.Description className="min-w-0 py-1.5" />
        {toast.actionProps ? <Toast.Action className={buttonClass("quiet", "small", "font-strong !text-ink")} /> : null}
        <Toast.Close aria-label={closeLabel} className={buttonClass("quiet", "small", "!w-8 !px-0")}>
          <Icon of={X} />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
