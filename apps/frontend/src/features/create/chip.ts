export const chipClass =
  "inline-flex h-8 min-w-0 shrink-0 items-center gap-1.5 rounded-box border border-transparent px-2 text-body whitespace-nowrap text-ink-soft select-none transition-colors duration-150 hover:bg-well hover:text-ink data-popup-open:bg-well data-popup-open:text-ink";
