import { cx } from "./cx.ts";

/** The sign of Cooly; the same lines as the icon of the tab. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 32 32" className={cx("size-8 shrink-0", className)}>
      <rect width="32" height="32" rx="8" className="fill-ink" />
      <path d="M22.5 11.2a8 8 0 1 0 0 9.6" fill="none" strokeWidth="3.4" strokeLinecap="round" className="stroke-paper" />
      <circle cx="22.6" cy="16" r="2.4" className="fill-paper" />
    </svg>
  );
}
