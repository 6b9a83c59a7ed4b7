import type { ReactNode } from "react";

export function Key({ children }: { children: ReactNode }) {
  return <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded-[4px] border border-line bg-well px-1 font-sans text-small text-ink-soft">{children}</kbd>;
}
